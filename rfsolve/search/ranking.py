"""The K best designs of a problem, by enumeration under a cap that is raised until K designs are below it.

All designs up to the cap have been found then, so that none is missing. Where one value has more designs than can be
listed, as many of them are taken as are wanted, by the next objective where there is one.
"""

from dataclasses import dataclass

from rfsolve.search.enumeration import Batch, Enumeration, Listed, Next, held, in_order
from rfsolve.space.problem import Objective, Requirement

SLACK = 100
"""The first step above the best value is a hundredth of it; each step is twice the one before it."""

SPARE = 20
"""Designs more than twice those wanted that one enumeration may find before its cap is lowered."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Designs, the best first; `complete`: no other is better than the last; `more`: others are known to exist."""

    listed: tuple[Listed, ...]
    complete: bool
    more: bool


def best(
    enumeration: Enumeration,
    number: int,
    objectives: tuple[Objective, ...],
    caps: tuple[Requirement, ...] = (),
    least: int | None = None,
) -> Ranked:
    """Return the best designs by costs that are minimised, one after another, among those that keep to the caps.

    `least`: the best value of the first, where it is proven already.
    """
    ranking = _Ranking(enumeration, number, objectives, caps)
    return ranking.ranked(ranking.after(None) if least is None else Next(least, proven=True))


class _Ranking:
    """Looks for the cap; `below` holds all designs up to one that was too low."""

    def __init__(
        self, enumeration: Enumeration, number: int, objectives: tuple[Objective, ...], caps: tuple[Requirement, ...]
    ) -> None:
        self._enumeration = enumeration
        self._number = number
        self._objective, *self._others = objectives
        self._caps = caps
        self._below = Batch((), complete=True)
        self._slack = 0
        self._ceiling: int | None = None
        """A cap under which there are more designs than one enumeration may find."""

    def ranked(self, following: Next) -> Ranked:
        """Raise the cap from the least value on."""
        while following.value is not None:
            cap = self._cap(following.value)
            batch = self._enumeration.within((*self._caps, held(self._objective, most=cap)), enough=self._enough)
            if batch.complete and len(batch.listed) >= self._number:
                return Ranked(self._first(batch), complete=True, more=True)
            if batch.complete:
                self._below = batch
                self._slack = max(2 * self._slack, following.value // SLACK)
                following = self.after(cap)
            elif len(batch.listed) < self._enough:  # time ran out
                most = max(batch, self._below, key=lambda one: len(one.listed))
                return Ranked(self._first(most), complete=False, more=True)
            elif cap == following.value:
                return self._filled(batch, cap)
            else:
                self._ceiling = cap
        return Ranked(self._first(self._below), complete=following.proven, more=False)

    @property
    def _enough(self) -> int:
        return 2 * self._number + SPARE

    def _cap(self, least: int) -> int:
        return least + self._slack if self._ceiling is None else (least + self._ceiling) // 2

    def after(self, cap: int | None) -> Next:
        """Return the least value above a cap."""
        least = held(self._objective, least=0 if cap is None else cap + 1)
        return self._enumeration.next_value(self._objective, (*self._caps, least))

    def _first(self, batch: Batch) -> tuple[Listed, ...]:
        return tuple(in_order(batch.listed, self._enumeration.problem.objectives)[: self._number])

    def _filled(self, batch: Batch, value: int) -> Ranked:
        """Return the designs below a value that has too many, and as many of its own as are wanted."""
        wanted = self._number - len(self._below.listed)
        if self._others:
            exactly = held(self._objective, least=value, most=value)
            rest = best(self._enumeration, wanted, tuple(self._others), (*self._caps, exactly))
        else:
            known = {id(one) for one in self._below.listed}
            rest = Ranked(tuple(one for one in batch.listed if id(one) not in known)[:wanted], complete=True, more=True)
        listed = in_order((*self._below.listed, *rest.listed), self._enumeration.problem.objectives)
        return Ranked(tuple(listed), complete=rest.complete, more=True)
