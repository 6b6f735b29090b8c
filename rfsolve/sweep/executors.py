"""Where points are solved: threads, processes of this machine, or the workers of a Dask cluster.

All are executors in the sense of `concurrent.futures`. A worker that dies does not end a sweep: processes are started
anew and Dask gives its points to other workers; a point whose worker dies again and again is a failed row.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from rfsolve.errors import InputError
from rfsolve.sweep.answering import Answer, Task, answer

WAIT = 10.0
"""Seconds in which a scheduler must answer."""


class WorkerLost(Exception):  # noqa: N818 - what happened, not whose error
    """A worker died with a point; another may solve it."""


class SchedulerLost(InputError):  # noqa: N818 - as above
    """The scheduler of a cluster cannot be reached any more."""


class Pool(Protocol):
    """What solves tasks."""

    workers: int

    def submit(self, task: Task) -> "Future[Answer]":
        """Start a task."""

    def result(self, future: "Future[Answer]") -> Answer:
        """Return the answer of a task that has ended.

        Raises:
            WorkerLost: its worker died.
            SchedulerLost: nobody hands out tasks any more.

        """

    def check(self) -> None:
        """Raise SchedulerLost where nobody hands out tasks any more."""

    def close(self, *, now: bool) -> None:
        """End; `now` without waiting for what runs."""


@dataclass
class Local:
    """Threads or processes of this machine. CP-SAT releases the interpreter's lock: threads are a sound default."""

    workers: int
    processes: bool = False

    def __post_init__(self) -> None:
        self._pool = self._started()

    def _started(self) -> Executor:
        if not self.processes:
            return ThreadPoolExecutor(self.workers, thread_name_prefix="rfsolve-sweep")
        loky = import_module("joblib.externals.loky")
        pool: Executor = loky.ProcessPoolExecutor(max_workers=self.workers, timeout=None)
        return pool

    def submit(self, task: Task) -> "Future[Answer]":
        """Start a task; in new processes where the old ones have broken down."""
        try:
            return self._pool.submit(answer, task)
        except BrokenProcessPool:
            self._pool = self._started()
            return self._pool.submit(answer, task)

    def result(self, future: "Future[Answer]") -> Answer:
        """Return the answer; WorkerLost where the process died."""
        try:
            return future.result()
        except (BrokenProcessPool, CancelledError) as error:
            raise WorkerLost(str(error).partition("\n")[0] or "cancelled") from None

    def check(self) -> None:
        """Nothing to lose."""

    def close(self, *, now: bool) -> None:
        """End the workers."""
        if self.processes:
            self._pool.shutdown(wait=not now, kill_workers=now)  # type: ignore[call-arg]  # loky's own argument
        else:
            self._pool.shutdown(wait=not now, cancel_futures=True)


class Cluster:
    """The workers of a Dask cluster."""

    def __init__(self, client: Any, close: Callable[[], None], name: str) -> None:  # noqa: ANN401 - dask is untyped
        self._client = client
        self._end = close
        self._name = name
        self._lost = import_module("distributed.scheduler").KilledWorker
        self.workers = max(1, sum(client.nthreads().values()))

    def submit(self, task: Task) -> "Future[Answer]":
        """Start a task on some worker."""
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()
        theirs = self._client.submit(answer, task, pure=False, key=f"rfsolve-{task.blank.sweep}-{task.blank.point}")
        theirs.add_done_callback(lambda done: _hand_over(done, future))
        future._theirs = theirs  # type: ignore[attr-defined]  # noqa: SLF001 - dask forgets a task nobody holds
        return future

    def result(self, future: "Future[Answer]") -> Answer:
        """Return the answer; WorkerLost where workers died with the task again and again."""
        try:
            return future.result()
        except self._lost as error:
            raise WorkerLost(str(error).partition("\n")[0]) from None
        except CancelledError:
            raise self._gone() from None

    def check(self) -> None:
        """Look after the scheduler."""
        if self._client.status not in {"running", "newclient"}:
            raise self._gone()

    def _gone(self) -> SchedulerLost:
        return SchedulerLost(f"{self._name}: the scheduler has gone away")

    def close(self, *, now: bool) -> None:  # noqa: ARG002 - tasks of a client that has gone are dropped by themselves
        """Leave the cluster, and end it where it was started here."""
        with suppress(Exception):  # what cannot be reached cannot be closed
            self._end()


def _hand_over(done: Any, future: "Future[Answer]") -> None:  # noqa: ANN401 - dask is untyped
    """Copy how a task of Dask ended into a future that can be waited for."""
    if done.status == "finished":
        with suppress(Exception):
            future.set_result(done.result(timeout=WAIT))
            return
    error = done.exception(timeout=WAIT) if done.status == "error" else None
    future.set_exception(error or CancelledError())


@contextmanager
def pool_of(executor: str, workers: int | None) -> Iterator[Pool]:
    """Yield what solves tasks: `threads`, `processes`, `local:4` (a cluster on this machine), or a scheduler's address.

    Raises:
        InputError: there is no such thing, Dask is not installed, or the scheduler does not answer.

    """
    pool = _pool(executor, workers or os.cpu_count() or 1)
    now = True
    try:
        yield pool
        now = False
    finally:
        pool.close(now=now)


def _pool(executor: str, workers: int) -> Pool:
    if executor in {"threads", "processes"}:
        return Local(workers, processes=executor == "processes")
    distributed = _distributed(executor)
    if executor.startswith("local:"):
        number = executor.removeprefix("local:")
        if not number.isdigit() or not 1 <= int(number) <= 256:  # noqa: PLR2004 - a machine has no more
            raise InputError(f"--cluster {executor}: expected local:N with N workers, such as local:4")
        cluster = distributed.LocalCluster(n_workers=int(number), threads_per_worker=1, dashboard_address=None)
        client = distributed.Client(cluster)

        def end() -> None:
            client.close()
            cluster.close()

        return Cluster(client, end, executor)
    if "://" not in executor:
        raise InputError(f"{executor}: no way to run, expected threads, processes, local:4 or tcp://host:8786")
    try:
        client = distributed.Client(executor, timeout=WAIT)
    except (OSError, ValueError, TimeoutError) as error:
        reason = f"no answer in {WAIT:.0f} s" if isinstance(error, OSError) else "no address"
        raise InputError(f"{executor}: no scheduler there ({reason}), expected the address that it prints") from None
    if not client.nthreads():
        client.close()
        raise InputError(f"{executor}: the scheduler has no workers, start some: dask worker {executor}")
    return Cluster(client, client.close, executor)


def _distributed(executor: str) -> Any:  # noqa: ANN401 - dask is untyped
    try:
        return import_module("distributed")
    except ModuleNotFoundError:
        raise InputError(f"{executor}: needs dask, install it: pip install 'rfsolve[cluster]'") from None
