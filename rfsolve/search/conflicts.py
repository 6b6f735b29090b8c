"""All minimal conflicts of a problem that has no design, and all minimal sets whose relaxation would do.

MARCO (Liffiton, Previti, Malik and Marques-Silva, Constraints 2016): each seed is a largest set of requirements that
holds no conflict known so far, which is what is left without a smallest set that hits them all. If the seed can be met,
the rest is a minimal correction; if not, it is shrunk to a minimal conflict, one requirement after another. Smallest
corrections come first, so that what is known when time runs out is what is wanted most.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rfsolve.search.engine import Engine
from rfsolve.search.feasibility import Feasibility, Names, settled
from rfsolve.search.named import Asked, asked, by_name, called, changed, only
from rfsolve.search.solution import Conflict, Status
from rfsolve.space.problem import Problem, Requirement

MOST_SEEDS = 4_096
"""Sets that hit all conflicts known; with more of them open, the list of conflicts would be read by nobody."""


@dataclass(frozen=True, slots=True)
class Explored:
    """The minimal conflicts and the minimal corrections found; `complete`: proven to be all of them.

    `larger`: conflicts of which a part may be one already; time ran out before that was settled.
    """

    conflicts: tuple[Names, ...]
    larger: tuple[Names, ...]
    corrections: tuple[Names, ...]
    complete: bool


class Marco:
    """Explores the sets of names of one problem; those that are `fixed` always hold, and are in no set."""

    def __init__(self, problem: Problem, feasibility: Feasibility, *, fixed: Names = frozenset()) -> None:
        self._fixed = fixed
        self._names = tuple(name for name in by_name(problem) if name not in fixed)
        self._first_out = sorted(self._names, key=lambda name: not _goes_unsaid(by_name(problem)[name]))
        self._feasibility = feasibility
        self._conflicts: list[Names] = []
        self._larger: list[Names] = []
        self._corrections: list[Names] = []
        self._open: list[Names] = [frozenset()]
        self._undecided: set[Names] = set()
        self._alone: set[str] = set()

    def explored(self) -> Explored:
        """Explore until every seed is settled, or time runs out; what was not answered in time is passed over.

        First each requirement alone: those whose change would do are wanted most, and they are in every conflict.
        """
        for name in self._names:
            if self._feasible(frozenset(self._names) - {name}):
                self._alone.add(name)
                self._corrections.append(frozenset({name}))
        while seeds := [one for one in self._open if one not in self._undecided]:
            if len(seeds) > MOST_SEEDS or self._feasibility.is_over:
                break
            self._settle(min(seeds, key=self._rank))
        minimal, corrections = tuple(self._conflicts), tuple(self._corrections)
        return Explored(minimal, tuple(self._larger), corrections, complete=not self._open and not self._larger)

    def _settle(self, hit: Names) -> None:
        seed = frozenset(self._names) - hit
        answer = self._feasible(seed)
        if answer is None:
            self._undecided.add(hit)
        elif answer:
            self._open.remove(hit)
            self._corrections.append(hit)
        else:
            conflict, minimal = self._shrunk(seed)
            (self._conflicts if minimal else self._larger).append(conflict)
            self._open = list(self._hitting(conflict))

    def _rank(self, names: Names) -> tuple[int, ...]:
        """Few names before many, then in the order of the problem."""
        return len(names), *(i for i, name in enumerate(self._names) if name in names)

    def _shrunk(self, names: Names) -> tuple[Names, bool]:
        """Return a conflict among names that cannot be met together, and whether it is proven that none is smaller."""
        kept, minimal = self._refuted(names), True
        for name in self._first_out:
            if name in kept and name not in self._alone:
                answer = self._feasible(kept - {name})
                minimal = minimal and answer is not None
                if answer is False:
                    kept = self._refuted(kept - {name})
        return kept, minimal

    def _feasible(self, names: Names) -> bool | None:
        return self._feasibility.of(names | self._fixed)

    def _refuted(self, names: Names) -> Names:
        """Return those of some names that a solve has refuted, all of them where it was not of fewer."""
        return (self._feasibility.refuted(names | self._fixed) or names) - self._fixed

    def _hitting(self, conflict: Names) -> Iterator[Names]:
        """Yield the smallest sets that hit the new conflict too; those that are settled hit every conflict."""
        hitting = [one for one in self._open if one & conflict]
        grown = {one | {name} for one in self._open if not one & conflict for name in conflict}
        settled_too = [*hitting, *self._corrections]
        yield from hitting
        yield from (one for one in grown if not any(other <= one for other in settled_too) and _is_least(one, grown))


def _is_least(one: Names, others: set[Names]) -> bool:
    return not any(other < one for other in others)


def _goes_unsaid(group: Sequence[Asked]) -> bool:
    """Whether nobody typed it: a guard, or the one layer of every stack that says nothing; others are named first."""
    return all(r.guard or (isinstance(r, Requirement) and r.asks_for_a_layer and r.most is None) for r in group)


def told(problem: Problem, names: Names, engine: Engine, *, minimal: bool) -> Conflict:
    """Return a conflict in words: of a requirement with two bounds, only the one that matters, if that can be told."""
    groups = {name: group for name, group in by_name(problem).items() if name in names}
    question = only(problem, names)
    reasons = {}
    for name, group in groups.items():
        reasons[name] = asked([side for one in group for side in _sides(one)])
        for side in ("most", "least"):
            rest = [_without(one, side) for one in group]
            if rest != group:
                status, _ = settled(changed(question, {**groups, name: rest}), engine)
                if status is Status.INFEASIBLE:
                    groups[name] = rest
                    reasons[name] = asked(rest)
                    break
    return Conflict(names=tuple(map(called, groups.values())), reasons=tuple(reasons.values()), minimal=minimal)


def _sides(one: Asked) -> tuple[Asked, ...]:
    """Return a requirement of two different bounds as two, so that both are said; any other as it is."""
    low, high = _without(one, "most"), _without(one, "least")
    return (one,) if low == one else (low, high)


def _without(one: Asked, side: str) -> Asked:
    """Return a requirement of two different bounds without one of them; any other as it is."""
    two = isinstance(one, Requirement) and one.least is not None and one.most is not None and one.least != one.most
    if not two or not isinstance(one, Requirement):
        return one
    return replace(one, most=None) if side == "most" else replace(one, least=None)
