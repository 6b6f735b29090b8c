"""Runs a plan: keeps the workers busy, settles what answers imply, writes every row, and yields it."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from rfsolve.errors import InputError
from rfsolve.sweep.answering import Answer, Effort, Task, failed, versions
from rfsolve.sweep.executors import Pool, SchedulerLost, WorkerLost
from rfsolve.sweep.planning import Plan, Planned
from rfsolve.sweep.reuse import Settled, implied
from rfsolve.sweep.rows import Row, RowStatus
from rfsolve.sweep.store import Store

TRIES = 2
"""How often a point whose worker died is given to another."""
AHEAD = 2
"""Tasks in flight for each worker, so that none waits for the next."""
LOOK = 1.0
"""Seconds between two looks after the scheduler."""


class Chain:
    """A chain on its way: what is settled, and what is left in order."""

    def __init__(self, plan: Plan, points: tuple[Planned, ...], known: dict[int, Row]) -> None:
        self._plan = plan
        self._known = known
        self._left = deque(points)
        self._settled: list[Settled] = []
        self.tries = 0

    def advance(self) -> Iterator[Row]:
        """Yield the rows of all points that need no solve, up to the next that needs one."""
        while self._left:
            row = self._free(self._left[0])
            if row is None:
                return
            self._left.popleft()
            yield row

    @property
    def next(self) -> Planned | None:
        """The point to solve next."""
        return self._left[0] if self._left else None

    def settle(self, row: Row) -> None:
        """Take the answer to the next point."""
        planned = self._left.popleft()
        self._learn(planned, row)
        self.tries = 0

    def _learn(self, planned: Planned, row: Row) -> None:
        if planned.question is not None and row.status.proven and row.implied_by is None:
            self._settled.append(Settled.of(planned.question, row))

    def _free(self, planned: Planned) -> Row | None:
        """Return the row of a point that is known, cannot be stated, or is implied."""
        known = self._known.get(planned.point.number)
        if known is not None:
            self._learn(planned, known)
            return known
        empty = blank(self._plan, planned)
        if planned.question is None:
            return failed(empty, planned.mistake or "")
        found = (implied(planned.question, settled, empty) for settled in self._settled)
        return next((row for row in found if row is not None), None)


def blank(plan: Plan, planned: Planned) -> Row:
    """Return the row of a point before anything is known."""
    return Row(
        sweep=plan.digest,
        points=len(plan.points),
        point=planned.point.number,
        problem=planned.problem,
        title=planned.title,
        varied=dict(planned.point.varied),
        status=RowStatus.UNKNOWN,
        versions=versions(),
    )


@dataclass
class Runner:
    """One run of a plan on a pool, into a store where there is one."""

    plan: Plan
    pool: Pool
    effort: Effort
    store: Store | None = None
    retry: bool = False
    warn: Callable[[str], None] | None = None
    _ready: "deque[Chain]" = field(default_factory=deque)
    _running: "dict[Future[Answer], tuple[Chain, Task]]" = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Yield every row of the plan as it is known, those of the store first; each is written before it is yielded.

        Raises:
            InputError: the store cannot be written, or the scheduler has gone; what was finished is kept.

        """
        known = self._known()
        chains = [Chain(self.plan, points, known) for points in self.plan.chains]
        for chain in chains:
            yield from self._advanced(chain, known)
        while self._ready or self._running:
            self._fill()
            done, _ = wait(self._running, timeout=LOOK, return_when=FIRST_COMPLETED)
            if not done:
                self._look()
            for future in done:
                chain, task = self._running.pop(future)
                found = self._answer(future, chain, task)
                if found is None:
                    self._ready.appendleft(chain)
                    continue
                if found.complaint is not None and self.warn is not None:
                    self.warn(found.complaint)
                chain.settle(found.row)
                yield from self._advanced(chain, known, found)

    def _known(self) -> dict[int, Row]:
        stored = {} if self.store is None else self.store.rows
        return {number: row for number, row in stored.items() if not (self.retry and row.status.open)}

    def _advanced(self, chain: Chain, known: dict[int, Row], found: Answer | None = None) -> Iterator[Row]:
        """Write and yield an answer with all that it implies; the chain is then ready for its next solve, or done."""
        rows = [*([] if found is None else [found.row]), *chain.advance()]
        new = [row for row in rows if known.get(row.point) is not row]
        if self.store is not None and new:
            self.store.append(new, {} if found is None else _graphs(found))
        if chain.next is not None:
            self._ready.append(chain)
        yield from rows

    def _fill(self) -> None:
        while self._ready and len(self._running) < AHEAD * self.pool.workers:
            chain = self._ready.popleft()
            planned = chain.next
            assert planned is not None  # noqa: S101 - a ready chain has a next point
            task = Task(self.plan.problem(planned), blank(self.plan, planned), self.effort)
            self._running[self.pool.submit(task)] = (chain, task)

    def _answer(self, future: "Future[Answer]", chain: Chain, task: Task) -> Answer | None:
        """Return the answer of a task; None where it is to be tried again."""
        try:
            return self.pool.result(future)
        except WorkerLost as error:
            chain.tries += 1
            return Answer(failed(task.blank, f"its worker died: {error}")) if chain.tries >= TRIES else None
        except SchedulerLost as error:
            raise self._kept(error) from None
        except Exception as error:  # noqa: BLE001 - what a cluster raises for a task is a row, as any failure
            return Answer(failed(task.blank, f"{type(error).__name__}: {error}"))

    def _look(self) -> None:
        try:
            self.pool.check()
        except SchedulerLost as error:
            raise self._kept(error) from None

    def _kept(self, error: SchedulerLost) -> InputError:
        if self.store is None:
            return InputError(str(error))
        count = len(self.store.rows)
        return InputError(f"{error}; {count:,} points are kept in {self.store.path}, the same command goes on")


def _graphs(found: Answer) -> dict[str, str]:
    return {found.row.design: found.graph} if found.row.design is not None and found.graph is not None else {}


def check_store(plan: Plan, store: Store) -> None:
    """See that what a store holds is of this sweep and of this version.

    Raises:
        InputError: it is not; says what differs.

    """
    for row in store.rows.values():
        _check_version(row, store)
        planned = plan.points[row.point] if row.point < len(plan.points) else None
        if planned is None or dict(planned.point.varied) != dict(row.varied):
            axes = ", ".join(row.varied)
            raise InputError(
                f"{store.path}: holds another sweep ({row.points:,} points over {axes}), expected a new file, "
                "or the same problem and axes"
            )
        if planned.problem != row.problem:
            raise InputError(
                f"{store.path}: point {row.point} ({planned.point.words}) was another problem when it was solved, "
                "expected the same problem, or a new file"
            )


def _check_version(row: Row, store: Store) -> None:
    theirs, ours = row.versions.get("rfsolve"), versions()["rfsolve"]
    if theirs != ours:
        raise InputError(f"{store.path}: written by rfsolve {theirs}, this is {ours}; expected a new file")
