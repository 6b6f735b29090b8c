"""Sweeps at size: 10,000 points, 20 kills at random moments, and Dask workers of which one dies.

    python tests/benchmarks/sweeps.py points kills dask overhead

`points`: time, solves and points a second of a sweep of 10,000 points. `kills`: the same sweep killed 20 times and
resumed, its rows held against those of the uninterrupted run. `dask`: a scheduler and workers as processes of their
own; two workers against one, and one of two killed in mid-run. `overhead`: what a point costs beyond its solve. Exits
with 1 where rows differ.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = [sys.executable, "-m", "rfsolve", "sweep"]
NAMES = ("points", "kills", "dask", "overhead")

LARGE = [
    *("--vary", "target_rf=20:1015:5"),
    *("--vary", "output_stride=2,4,8,16,32"),
    *("--vary", "max_params=50k,100k,200k,500k,1M,2M,5M,10M,20M,50M"),
]
"""200 targets, 5 strides, 10 budgets; one stack, widths 32 x jump up to 512."""

HARD = [
    *("--vary", "target_rf=100:400:12"),
    *("--vary", "output_stride=4,8"),
    *("--set", "widths=[16,24,32,48,64,96,128]", "--set", "kernels=[3,5,7]", "--set", "dilations=[1,2,3,4]"),
]
"""Free widths: solves that take long enough for the workers to matter."""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def rows_of(store: Path) -> dict[int, dict[str, object]]:
    """Rows by point, without what may differ: seconds."""
    rows: dict[int, dict[str, object]] = {}
    for line in store.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        row.pop("seconds")
        assert row["point"] not in rows, f"point {row['point']} is there twice"
        rows[row["point"]] = row
    return rows


def sweep(axes: list[str], store: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run a sweep to its end."""
    words = [*PROGRAM, *axes, "-o", str(store), "--no-cache", *more]
    return subprocess.run(words, capture_output=True, text=True, check=True)


def described(store: Path, seconds: float) -> str:
    """Points, solves and rate of a store."""
    rows = [json.loads(line) for line in store.read_text(encoding="utf-8").splitlines()]
    solved = sum(row["implied_by"] is None for row in rows)
    statuses = Counter(row["status"] for row in rows)
    return (
        f"{len(rows):,} points in {seconds:.1f} s, {len(rows) / seconds:,.0f} points/s, {solved:,} solves, "
        f"{dict(statuses)}, {store.stat().st_size / 1e6:.1f} MB"
    )


def points(folder: Path) -> bool:
    """One uninterrupted run of the large sweep."""
    store = folder / "whole.jsonl"
    started = time.perf_counter()
    sweep(LARGE, store)
    say(f"points   {described(store, time.perf_counter() - started)}")
    return True


def kills(folder: Path, number: int = 20) -> bool:
    """Kill -9 the large sweep again and again, and hold what it ends with against the uninterrupted run."""
    whole, store = folder / "whole.jsonl", folder / "killed.jsonl"
    if not whole.exists():
        points(folder)
    chance = random.Random(0)  # noqa: S311 - moments to kill at, no secrets
    torn = 0
    size = whole.stat().st_size
    for kill in range(number):
        goal = (kill + chance.random()) / number * size  # somewhere in this twentieth of the work
        words = [*PROGRAM, *LARGE, "-o", str(store), "--no-cache"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            while running.poll() is None and (not store.exists() or store.stat().st_size < goal):
                time.sleep(0.01)
            time.sleep(chance.random() * 0.2)
            running.send_signal(signal.SIGKILL)
        content = store.read_bytes()
        torn += not content.endswith(b"\n")
    sweep(LARGE, store)
    same = rows_of(store) == rows_of(whole)
    say(f"kills    {number} kills, {torn} torn last lines; rows equal to the uninterrupted run: {same}")
    return same


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """A scheduler and workers, each a process of its own; yields the address and the workers."""
    file = folder / f"scheduler-{workers}-{time.time_ns()}.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--scheduler-file", str(file)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": str(folder)}
    scheduler = subprocess.Popen(
        [*dask, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"],
        **quiet,  # type: ignore[call-overload]
    )
    started: list[subprocess.Popen[bytes]] = []
    try:
        while not file.exists():
            time.sleep(0.05)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        for _ in range(workers):
            words = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
            started.append(subprocess.Popen([*words, "--no-dashboard", "--no-nanny"], **quiet))  # type: ignore[call-overload]
        wait_for(address, workers)
        yield address, started
    finally:
        for one in [*started, scheduler]:
            one.kill()
            one.wait()


def wait_for(address: str, workers: int) -> None:
    """Wait until all workers have told the scheduler."""
    from distributed import Client  # noqa: PLC0415 - only here is it needed

    with Client(address) as client:
        client.wait_for_workers(workers, timeout=60)


def dask(folder: Path) -> bool:
    """Two workers against one, and one of two killed in mid-run."""
    seconds = {}
    for workers in (1, 2):
        with cluster(folder, workers) as (address, _):
            store = folder / f"dask-{workers}.jsonl"
            started = time.perf_counter()
            sweep(HARD, store, "--scheduler", address, "--no-explain")
            seconds[workers] = time.perf_counter() - started
            say(f"dask     {workers} workers: {described(store, seconds[workers])}")
    say(f"dask     speed-up {seconds[1] / seconds[2]:.2f} on {os.cpu_count()} cores")
    with cluster(folder, 2) as (address, started_workers):
        store = folder / "dask-killed.jsonl"
        words = [*PROGRAM, *HARD, "-o", str(store), "--no-cache", "--no-explain", "--scheduler", address]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            while not store.exists() or store.read_bytes().count(b"\n") < 20:  # in mid-run
                time.sleep(0.05)
            started_workers[0].send_signal(signal.SIGKILL)
            out, err = running.communicate()
    threads = folder / "threads.jsonl"
    sweep(HARD, threads, "--no-explain")
    rows = [rows_of(folder / name) for name in ("dask-1.jsonl", "dask-2.jsonl", "dask-killed.jsonl", "threads.jsonl")]
    same = all(one == rows[0] for one in rows)
    say(f"dask     a worker killed: exit code {running.returncode}, {len(rows[2])} rows; all four runs equal: {same}")
    if running.returncode:
        say(out + err)
    return same


def overhead(folder: Path) -> bool:
    """Seconds beyond the solves of a sweep in which every point is solved, one at a time."""
    store = folder / "overhead.jsonl"
    axes = ["--vary", "", "--set", "exit[0].receptive_field.within=0", "--workers", "1"]
    axes[1] = "exit[0].receptive_field.about=21:419:2"
    started = time.perf_counter()
    sweep(axes, store, "--no-explain")
    whole = time.perf_counter() - started
    started = time.perf_counter()
    sweep(["--vary", "target_rf=20,21", "--workers", "1"], folder / "start.jsonl", "--no-explain")
    start = time.perf_counter() - started
    rows = [json.loads(line) for line in store.read_text(encoding="utf-8").splitlines()]
    solved = sum(row["seconds"] for row in rows)
    each = 1000 * (whole - start - solved) / len(rows)
    say(
        f"overhead {len(rows)} points, {whole:.2f} s, of them {solved:.2f} s solves, {start:.2f} s the start: "
        f"{each:.2f} ms a point"
    )
    return True


def main() -> int:
    """Run what is named, or everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)}; all by default")
    parser.add_argument("--folder", type=Path, help="where stores are kept; a temporary one by default")
    options = parser.parse_args()
    os.environ.setdefault("RFSOLVE_CACHE_DIR", "none")
    wanted = options.names or list(NAMES)
    unknown = [name for name in wanted if name not in NAMES or not re.fullmatch("[a-z]+", name)]
    if unknown:
        parser.error(f"{unknown[0]}: expected some of {', '.join(NAMES)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        runs = {"points": points, "kills": kills, "dask": dask, "overhead": overhead}
        return 0 if min([runs[name](folder) for name in wanted]) else 1


if __name__ == "__main__":
    sys.exit(main())
