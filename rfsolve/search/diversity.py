"""Designs that differ as much as they can: each is the furthest from all before it, and proven so.

Two designs differ by how many layers of each kernel, and of each dilation, one has more than the other, and by how many
layers one is deeper: |a - b| summed over kernels, dilations and depth.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ortools.sat.python import cp_model

from rfsolve.search.cuts import Cuts
from rfsolve.search.engine import Engine
from rfsolve.search.exact import run_exactly
from rfsolve.search.lattice import lattices
from rfsolve.search.model import Model
from rfsolve.search.solution import Design, Status
from rfsolve.search.variables import Placed
from rfsolve.space.blocks import Choice
from rfsolve.space.problem import Problem

DEPTH = "depth"
Trait = tuple[str, object]


def traits(design: Design) -> Counter[Trait]:
    """Return how many layers of a design have each kernel and each dilation, and how many there are."""
    return Counter(trait for layer in design.layers for trait in _traits(layer.choice))


def distance(one: Design, other: Design) -> int:
    """Return by how many layers two designs differ, summed over kernels, dilations and depth."""
    first, second = traits(one), traits(other)
    return sum(abs(first[trait] - second[trait]) for trait in first | second)


def _traits(choice: Choice) -> tuple[Trait, ...]:
    return ("kernel", choice.kernel), ("dilation", choice.dilation), (DEPTH, None)


@dataclass(frozen=True, slots=True)
class Furthest:
    """A design and its least distance to those before it; `proven`: no design is further."""

    design: Design
    distance: int
    proven: bool


def furthest(problem: Problem, first: Design, number: int, engine: Engine) -> Iterator[Furthest]:
    """Yield designs of a problem, `number` at most, each as far as can be from the first and from those before it."""
    found = lattices(problem)
    model = Model(problem, found, spare=True)
    spread = _Spread(model)
    cuts = Cuts(model)
    spread.keep_from(first)
    for left in range(number, 0, -1):
        exact = run_exactly(engine.ends_at(engine.seconds_left / left), model, cuts)
        if exact.design is None or exact.run.value is None:
            return
        yield Furthest(exact.design, -round(exact.run.value), proven=exact.run.status is Status.OPTIMAL)
        spread.keep_from(exact.design)


class _Spread:
    """Maximises the least distance to given designs; stated as a minimum, as the space's costs are."""

    def __init__(self, model: Model) -> None:
        self._cp = model.cp
        self._items: dict[Trait, list[Placed]] = {}
        for placed in model.placed.values():
            for item in placed:
                for trait in _traits(item.move.choice):
                    self._items.setdefault(trait, []).append(item)
        self._least = self._cp.new_int_var(1, 2**30, "least distance")
        self._cp.minimize(-self._least)

    def keep_from(self, design: Design) -> None:
        """Let the distance to one more design count."""
        counts = traits(design)
        apart = [self._apart(items, counts[trait]) for trait, items in self._items.items()]
        missing = sum(count for trait, count in counts.items() if trait not in self._items)
        self._cp.add(self._least <= cp_model.LinearExpr.sum(apart) + missing)

    def _apart(self, items: list[Placed], count: int) -> cp_model.IntVar:
        """Return a variable that is at most how far the number of these layers is off a count."""
        number = cp_model.LinearExpr.sum([item.count for item in items])
        most = max(sum(item.most for item in items), count)
        apart = self._cp.new_int_var(0, most, "")
        more = self._cp.new_bool_var("")
        self._cp.add(apart <= number - count).only_enforce_if(more)
        self._cp.add(apart <= count - number).only_enforce_if(~more)
        return apart
