"""The plan of a sweep: points in chains, in each of which one answer may settle others.

What is reused must not depend on who solves what when: the rows of threads, processes, clusters and shards are alike.
So points are put in chains beforehand, by their questions alone, and an answer settles points of its own chain only.
A chain is solved in order, loosest question first; chains run beside each other. Its first question relaxes all others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps
from typing import Any

from rfsolve.errors import InputError, ProblemError
from rfsolve.space.identity import canonical, identity_of
from rfsolve.space.problem import Problem
from rfsolve.sweep.grid import Grid, Point, Stating
from rfsolve.sweep.questions import Question, question_in

CHAINS = 16
"""A large group of questions is cut into about so many chains, so that as many workers have something to do."""
SHORTEST = 16
"""Points below which no chain is cut: each cut may cost a solve."""
OPEN_CHAINS = 8
"""Chains that a point is tried on, the latest first."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A point with its problem's identity and question; without either where it cannot be stated, for `mistake`."""

    point: Point
    problem: str
    title: str = ""
    question: Question | None = None
    mistake: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All points of a sweep by number, in chains; `digest` tells sweeps apart."""

    points: tuple[Planned, ...]
    chains: tuple[tuple[Planned, ...], ...]
    stating: Stating
    digest: str = field(default="")

    def problem(self, planned: Planned) -> Problem:
        """Return the problem of a point, built anew: a plan of many points holds none of them."""
        return self.stating.problem(planned.point)

    def shard(self, number: int, of: int) -> "Plan":
        """Return the part of the plan that shard `number` (from 1) of `of` solves: every so many chains."""
        return Plan(self.points, self.chains[number - 1 :: of], self.stating, self.digest)


def plan_of(grid: Grid, settings: dict[str, str] | None = None) -> Plan:
    """Return the plan of a grid.

    Raises:
        InputError: nothing is left of the grid.
        ProblemError: no point states a problem, or an axis names a key that there is not.

    """
    stating = Stating(grid, settings)
    points = []
    errors: list[ProblemError] = []
    for point in grid.points():
        try:
            problem = stating.problem(point)
        except ProblemError as error:
            errors.append(error)
            _check_keys(error)
            points.append(Planned(point, "", mistake="; ".join(map(str, error.mistakes))))
            continue
        form = canonical(problem)
        points.append(Planned(point, identity_of(form), problem.title, question_in(problem, form)))
    if not points:
        raise InputError("no combination is left to solve, expected fewer conditions to drop")
    if len(errors) == len(points):
        raise errors[0]
    text = dumps([[one.problem, one.mistake, one.point.varied] for one in points], default=str)
    return Plan(tuple(points), tuple(_chains(points)), stating, sha256(text.encode()).hexdigest()[:16])


def _check_keys(error: ProblemError) -> None:
    """An unknown key is no matter of one point."""
    if any("unknown key" in mistake.text or "no such parameter" in mistake.text for mistake in error.mistakes):
        raise error


def _chains(points: Iterable[Planned]) -> Iterator[tuple[Planned, ...]]:
    groups: dict[Any, list[Planned]] = {}
    for one in points:
        key = one.point.number if one.question is None else (one.question.shape, one.question.exact)
        groups.setdefault(key, []).append(one)
    for group in groups.values():
        yield from _cut(group)


def _cut(group: Sequence[Planned]) -> Iterator[tuple[Planned, ...]]:
    """Yield the chains of one group; a point joins the latest chain whose first question relaxes its own."""
    asked = [(one, one.question) for one in group if one.question is not None]
    if not asked:
        yield tuple(group)
        return
    aspects = sorted({aspect for _, question in asked for aspect in question.bounds}, key=str)
    longest = max(SHORTEST, -(-len(asked) // CHAINS))
    chains: list[list[tuple[Planned, Question]]] = []
    for one, question in sorted(asked, key=lambda pair: (pair[1].order(aspects), pair[0].point.number)):
        room = (chain for chain in reversed(chains[-OPEN_CHAINS:]) if len(chain) < longest)
        fitting = next((chain for chain in room if chain[0][1].relaxes(question)), None)
        if fitting is None:
            chains.append([(one, question)])
        else:
            fitting.append((one, question))
    yield from (tuple(one for one, _ in chain) for chain in chains)
