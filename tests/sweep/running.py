"""Sweeps as processes of their own, to be killed, and Dask clusters made of processes."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

AXES = ["--vary", "target_rf=20:140:12", "--vary", "output_stride=4,16", "--vary", "max_params=200k,1M,5M"]
"""66 points in two groups of questions, of which about every third is solved."""

SLOW = ["--vary", "target_rf=60:200:14", "--set", "output_stride=8", "--set", "widths=[16,24,32,48,64,96]"]
"""11 points that take a tenth of a second and more each: free widths."""

Rows = dict[int, dict[str, Any]]


def started(store: Path, *more: str, axes: list[str] | None = None) -> "subprocess.Popen[str]":
    """A sweep in a process of its own."""
    words = [sys.executable, "-m", "rfsolve", "sweep", *(axes or AXES), "-o", str(store), "--no-cache", "--no-explain"]
    return subprocess.Popen([*words, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(store: Path, *more: str, axes: list[str] | None = None) -> Rows:
    """The rows of a sweep that runs to its end."""
    with started(store, *more, axes=axes) as running:
        out, err = running.communicate(timeout=240)
    assert running.returncode == 0, out + err
    return rows_of(store)


def rows_of(*stores: Path) -> Rows:
    """Rows by point, each once, without the seconds."""
    rows: Rows = {}
    for store in stores:
        for line in store.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            assert row.pop("seconds") >= 0
            assert row["point"] not in rows, f"point {row['point']} is there twice"
            rows[row["point"]] = row
    return rows


def wait_for_lines(store: Path, number: int) -> None:
    """Wait until a store has so many lines."""
    end = time.monotonic() + 120
    while not store.exists() or store.read_bytes().count(b"\n") < number:
        assert time.monotonic() < end, f"{store} does not grow"
        time.sleep(0.02)


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, "subprocess.Popen[bytes]", list[Any]]]:
    """A scheduler and workers as processes of their own; yields the address, the scheduler and the workers."""
    file = folder / "scheduler.json"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--scheduler-file", str(file)]
    scheduler = subprocess.Popen([*words, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"], **quiet)
    theirs: list[subprocess.Popen[bytes]] = []
    try:
        end = time.monotonic() + 60
        while not file.exists():
            assert time.monotonic() < end, "no scheduler"
            time.sleep(0.05)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
        theirs += [subprocess.Popen([*worker, "--no-dashboard"], **quiet) for _ in range(workers)]
        yield address, scheduler, theirs
    finally:
        for one in (*theirs, scheduler):
            one.kill()
            one.wait()
