"""Event lists of signals: onset and offset (or duration) in seconds, and a label.

With a head (`onset`, `offset` or `duration`, `label`; DCASE, BIDS) or without one (Audacity: start, end, label).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from rfsolve.errors import InputError
from rfsolve.propose.annotations.annotations import Annotations, Unit
from rfsolve.propose.annotations.files import counted, files_in
from rfsolve.propose.annotations.reading import Collector, Reading
from rfsolve.propose.annotations.tables import HEADS, cell, column, number, rows_of

KIND = "events"
ENDINGS = (".csv", ".tsv", ".txt")

ONSETS = "onset start begin start_time onset_s begin_time start_seconds tmin"
OFFSETS = "offset end stop end_time offset_s stop_seconds end_seconds tmax"
DURATIONS = "duration length duration_s"
LABELS = "label event_label event class trial_type category species text name"
FREQUENCIES = "\\"
"""What Audacity begins a line with that belongs to the event above it: its lowest and highest frequency."""
FILES = "filename file audio_filename recording"


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a table has what."""

    onset: int
    offset: int | None
    duration: int | None
    label: int | None
    file: int | None


BARE = _Columns(onset=0, offset=1, duration=None, label=2, file=None)


def read(path: Path, reading: Reading) -> Annotations:
    """Return the events of a list, or of all lists in a folder, in samples.

    Raises:
        InputError: no sample rate is given.

    """
    if reading.sample_rate is None:
        bare = "" if _has_head(path) else f"; a table of sizes needs a header, such as {HEADS}"
        raise InputError(
            f"{path}: events in seconds need the rate of the signal, expected sample_rate (--sample-rate){bare}"
        )
    found = Collector(KIND, path, axes=1, unit=Unit.SAMPLES)
    files = [path] if path.is_file() else files_in(path, ENDINGS, reading.tell)
    for file in counted(files, reading.tell):
        _file(found, file, reading.sample_rate)
    return found.annotations(reading, sample_rate=reading.sample_rate)


def _has_head(path: Path) -> bool:
    """Return whether a file begins with names of columns; a folder is no table of sizes."""
    if not path.is_file():
        return True
    first = next(rows_of(path), None)
    return first is not None and is_events(first)


def is_events(row: Sequence[str]) -> bool:
    """Return whether the first row of a table is that of a list of events."""
    return _columns(row) is not None


def _columns(head: Sequence[str]) -> _Columns | None:
    onset, offset, duration = (column(head, names) for names in (ONSETS, OFFSETS, DURATIONS))
    if onset is None or (offset is None and duration is None):
        return None
    return _Columns(onset, offset, duration, column(head, LABELS), column(head, FILES))


def _file(found: Collector, file: Path, rate: float) -> None:
    columns = None
    for row in rows_of(file):
        if row[0] == FREQUENCIES:
            continue
        if columns is None:
            columns = _columns(row) or BARE
            if columns is not BARE:
                continue
        _event(found, file, row, columns, rate)
    if columns is None:
        found.image(str(file))


def _event(found: Collector, file: Path, row: Sequence[str], columns: _Columns, rate: float) -> None:
    onset = number(cell(row, columns.onset))
    seconds = number(cell(row, columns.duration))
    offset = number(cell(row, columns.offset))
    if onset is not None and offset is not None:
        seconds = offset - onset
    if onset is None or seconds is None:
        found.skipped["rows that are no event"] += 1
        return
    if isfinite(seconds) and seconds < 0:
        found.skipped["that end before they begin"] += 1
        return
    recording = cell(row, columns.file) or str(file)
    found.add((seconds * rate,), cell(row, columns.label) or "event", found.image(recording))
