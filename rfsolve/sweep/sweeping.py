"""`sweep`: from Python, the rows of a grid of problems as they come."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from os import PathLike
from typing import Any

from rfsolve.errors import InputError
from rfsolve.search.cache import Cache
from rfsolve.space.reading import read_table
from rfsolve.sweep.answering import Effort
from rfsolve.sweep.executors import pool_of
from rfsolve.sweep.grid import MOST_POINTS, Base, Grid, grid_of
from rfsolve.sweep.planning import Plan, plan_of
from rfsolve.sweep.rows import Row
from rfsolve.sweep.running import Runner, check_store
from rfsolve.sweep.store import Store

Stated = Mapping[str, Any] | str | PathLike[str]


def sweep(
    problem: Stated | Sequence[Stated],
    axes: Mapping[str, object] | None = None,
    *,
    settings: Mapping[str, str] | None = None,
    zipped: Sequence[Sequence[str]] = (),
    drop: Sequence[str] = (),
    store: str | PathLike[str] | None = None,
    executor: str = "threads",
    workers: int | None = None,
    time_limit: float = 60.0,
    seed: int = 0,
    solver_workers: int = 1,
    explain: bool = True,
    cache: Cache | None = None,
    retry: bool = False,
    yes: bool = False,
) -> Iterator[Row]:
    """Yield a row for each point of a grid, as it becomes known; what is in the store already comes first.

    Args:
        problem: a problem file, a table such as one holds, or several of them.
        axes: by key of the problem, option of solve or parameter of the family: values, or a text such as `50:400:25`.
        settings: keys that are set alike in all points, as texts.
        zipped: names of axes that move together.
        drop: combinations to leave out, such as `levels >= 5 and target_rf < 100`.
        store: a file of rows; it is continued where it holds some of this sweep already.
        executor: `threads`, `processes`, `local:4` (Dask workers of this machine), or a Dask scheduler's address.
        workers: points at a time; as many as the machine has cores by default.
        time_limit: seconds for each point.
        seed: of the solver.
        solver_workers: threads of the solver for each point.
        explain: whether to find why a point has no design.
        cache: where proven answers are looked up and kept, in a directory; none by default.
        retry: whether to solve again what the store has without a proof.
        yes: whether more than 100,000 points are meant.

    Raises:
        RfsolveError: an axis names no key, a store holds another sweep, a scheduler does not answer, the disk is full.

    """
    several = not isinstance(problem, Mapping | str | PathLike)
    stated: Sequence[Any] = problem if several else [problem]  # type: ignore[assignment]  # told apart above
    grid = grid_of([base_of(one) for one in stated], axes or {}, zipped=zipped, dropped=drop)
    check_size(grid, yes=yes)
    plan = plan_of(grid, dict(settings or {}))
    effort = Effort(
        time_limit=time_limit,
        seed=seed,
        solver_workers=solver_workers,
        explain=explain,
        cache=None if cache is None or cache.directory is None else str(cache.directory),
    )
    warn = None if cache is None else cache.warn
    yield from run(plan, effort, store=store, executor=executor, workers=workers, retry=retry, warn=warn)


def base_of(stated: Stated) -> Base:
    """Return the problem of a file or a table."""
    return Base(stated) if isinstance(stated, Mapping) else Base(read_table(str(stated)), str(stated))


def check_size(grid: Grid, *, yes: bool) -> None:
    """Refuse what may be a slip of the keyboard.

    Raises:
        InputError: there are very many combinations, and nobody said yes.

    """
    if grid.size > MOST_POINTS and not yes:
        raise InputError(f"{grid.size:,} combinations, expected --yes for more than {MOST_POINTS:,}")


def run(
    plan: Plan,
    effort: Effort,
    *,
    store: str | PathLike[str] | None,
    executor: str,
    workers: int | None,
    retry: bool = False,
    warn: Callable[[str], None] | None = None,
) -> Iterator[Row]:
    """Yield the rows of a plan; see `sweep`. `warn` is told what is wrong with the cache."""
    with ExitStack() as open_:
        kept = None if store is None else open_.enter_context(Store(str(store)))
        if kept is not None:
            check_store(plan, kept)
        pool = open_.enter_context(pool_of(executor, workers))
        yield from Runner(plan, pool, effort, kept, retry, warn).rows()
