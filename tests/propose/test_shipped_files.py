"""Annotation files that a public package ships: birdsong, labelled by people, in what their tools write.

crowsetta (BSD) carries them as examples; its code is not imported. Expected numbers are counted line by line here.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest

from rfsolve.propose.annotations.reading import Reading
from rfsolve.propose.taking import take

SPEC = find_spec("crowsetta")
assert SPEC is not None
assert SPEC.origin is not None
EXAMPLES = Path(SPEC.origin).parent / "examples"

FILES = {
    "Audacity": ("405_marron1_June_14_2016_69640887.audacity.txt", "\t", 0, 1, 0),
    "Audacity with frequencies": ("spinetail.txt", "\t", 0, 1, 0),
    "Raven": ("Recording_1_Segment_02.Table.1.selections.txt", "\t", 3, 4, 1),
    "simple sequence": ("bl26lb16_190412_0721.20144_annotations.csv", ",", 2, 3, 1),
    "generic": ("bird1.csv", ",", 1, 2, 1),
    "AVA": ("GO_24860x23748_ltr2_pup3_ch4_4800_m_337_295_fr1_p9_2021-10-02_12-35-01.csv", ",", 0, 1, 1),
}
"""File, separator, the columns of onset and offset, and how many lines of head there are."""


@pytest.mark.parametrize("name", FILES)
def test_events_are_those_of_the_lines(name: str) -> None:
    file, separator, onset, offset, head = FILES[name]
    lengths = []
    for line in (EXAMPLES / file).read_text().splitlines()[head:]:
        words = line.split(separator)
        if words[0] != "\\":
            lengths.append(float(words[offset]) - float(words[onset]))
    found = take(EXAMPLES / file, reading=Reading(sample_rate=1_000))
    assert sorted(found.mean.tolist()) == pytest.approx(sorted(1_000 * one for one in lengths))
    assert not found.annotations.skipped
