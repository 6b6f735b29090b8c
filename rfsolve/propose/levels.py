"""The levels that a dataset's objects need: their strides, what each serves, and what it must see."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, inf, log2
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rfsolve.errors import InputError
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.space.assignments import ASSIGNMENTS, Assignment, Band, Measure, octaves
from rfsolve.space.policies import POLICIES, Need, Policy

Mask = NDArray[np.bool_]
Number = TypeVar("Number", int, float)

CELLS = 2.5
"""Cells that an object spans at least where a policy is silent: LFFD's rule (He et al., 2019)."""
TAIL = 0.05
"""The part of the objects, at either end, that derived levels are not made for."""
COVERS = 0.99
"""The part of a level's objects that its field is made for: one stray annotation is no reason for a larger network."""
COARSEST = 32
"""Largest stride of derived levels, in pixels; as `guards.max_output_stride`."""

VOLUME = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level: its stride, the objects it serves, and what it must see of them.

    `low` and `high` bound the `measure` of its objects in pixels; `high` is infinite for the last. `need` is
    what the policy (or the source of the assignment) asks of it; `receptive_field` and
    `effective_receptive_field` are that per axis: in volumes the objects differ between axes, in
    images they are turned either way and the long side counts. `cells` are the 5th percentile
    and the median of short side / stride. `beyond` counts objects that are longer than the field.
    """

    name: str
    stride: int
    low: float
    high: float
    measure: Measure
    need: Need
    receptive_field: tuple[int, ...] | None
    effective_receptive_field: tuple[float, ...] | None
    count: int
    share: float
    by_class: Mapping[str, float]
    short_side: tuple[float, float]
    long_side: tuple[float, float]
    cells: tuple[float, float]
    fine: float
    beyond: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A level of the assignment that serves no object."""

    band: Band
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """The objects that no level serves, by reason: how many, of which classes, and their mean sides in pixels."""

    reason: str
    count: int
    share: float
    by_class: Mapping[str, float]
    mean_side: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """The levels that a fingerprint needs by a policy, finest first; what was dropped, and what is not served."""

    fingerprint: Fingerprint
    policy: Policy
    assignment: Assignment
    required_cells: float
    covers: float
    levels: tuple[Level, ...]
    dropped: tuple[Dropped, ...]
    unserved: tuple[Unserved, ...]

    def __iter__(self) -> Iterator[Level]:
        return iter(self.levels)

    def __len__(self) -> int:
        return len(self.levels)

    def __getitem__(self, n: int) -> Level:
        return self.levels[n]

    @property
    def served(self) -> float:
        """The part of the objects that some level serves."""
        return 1.0 - sum(one.share for one in self.unserved)

    def serving(self, size: float) -> tuple[Level, ...]:
        """Return the levels that serve a square (or cube) of this side in pixels."""
        names = {band.name for band in self.assignment.bands_for(size, self.fingerprint.axes)}
        return tuple(level for level in self if level.name in names)


def levels(
    fingerprint: Fingerprint,
    policy: str | Policy | Callable[[float], Need] = "contains",
    *,
    assignment: str | Assignment | None = None,
    cells: float | None = None,
    coarsest: int = COARSEST,
    tail: float = TAIL,
    covers: float = COVERS,
) -> Levels:
    """Return the levels that the objects need, each with its range, its target field and the objects it serves.

    `policy` says what a level must see: a name, a `Policy`, or a function from a size in pixels to a
    `Need`. `assignment` says which level serves an object: a name or an `Assignment`; by default the
    one that the policy comes with, else one level for each stride from the largest on which all but
    `tail` of the objects span `cells` cells up to `coarsest` (doubling). An assignment's name in
    place of a policy's means that assignment with the policy `contains`. `covers` is the part of a
    level's objects that its field is made for.

    Raises:
        InputError: there is no such policy or assignment, or a number is out of range.

    """
    asked, named = _policy(policy), _assignment(policy, assignment)
    if asked.assignment is not None and named is None:
        named = ASSIGNMENTS[asked.assignment]
    required = cells if cells is not None else asked.cells if asked.cells is not None else CELLS
    _check(required, coarsest, tail, covers)
    chosen = named if named is not None else _derived(fingerprint, required, coarsest, tail)
    if fingerprint.axes == 1 and chosen.rule is not None:
        raise InputError(f"assignment '{chosen.name}': is about boxes, expected objects of two axes")
    masks = {band.name: chosen.serves(band, fingerprint.sizes) for band in chosen.bands}
    context = _Context(fingerprint, asked, chosen, required, covers, masks)
    return Levels(
        fingerprint=fingerprint,
        policy=asked,
        assignment=chosen,
        required_cells=required,
        covers=covers,
        levels=tuple(context.level(band) for band in chosen.bands if masks[band.name].any()),
        dropped=tuple(context.dropped(band) for band in chosen.bands if not masks[band.name].any()),
        unserved=tuple(context.unserved()),
    )


@dataclass(frozen=True, slots=True)
class _Context:
    """Objects, policy and assignment, for the levels to be made of."""

    fingerprint: Fingerprint
    policy: Policy
    assignment: Assignment
    required: float
    covers: float
    masks: Mapping[str, Mask]

    def level(self, band: Band) -> Level:
        found, mask = self.fingerprint, self.masks[band.name]
        short, long = found.short[mask], found.long[mask]
        need, needs = self._need(band, long), self._needs(band, mask)
        wanted = need.receptive_field
        return Level(
            name=band.name,
            stride=band.stride,
            low=band.low,
            high=band.high,
            measure=self.assignment.measure,
            need=need,
            receptive_field=_all_known([one.receptive_field for one in needs]),
            effective_receptive_field=_all_known([one.effective_receptive_field for one in needs]),
            count=int(mask.sum()),
            share=float(mask.mean()),
            by_class=_by_class(found, mask),
            short_side=(float(short.min()), float(short.max())),
            long_side=(float(long.min()), float(long.max())),
            cells=_percentiles(short / band.stride, 5, 50),
            fine=float((short >= self.required * band.stride).mean()),
            beyond=0 if wanted is None else int((long > wanted).sum()),
        )

    def _need(self, band: Band, sides: NDArray[np.float64]) -> Need:
        """Return what the level needs for sides of its objects: what its source has there, or what the policy says."""
        if band.need is not None and self.policy.assignment == self.assignment.name:
            return band.need
        if self.policy.of_middle:
            return self.policy(_middle(band, sides))
        return self.policy(_round_up(float(np.quantile(sides, self.covers, method="higher"))))

    def _needs(self, band: Band, mask: Mask) -> list[Need]:
        """Return what the level needs along each axis."""
        found = self.fingerprint
        sides = found.sizes[mask].T if found.axes == VOLUME else [found.long[mask]] * found.axes
        return [self._need(band, axis) for axis in sides]

    def dropped(self, band: Band) -> Dropped:
        measured = self.fingerprint.measured(self.assignment.measure)
        least, most = float(measured.min()), float(measured.max())
        unit = self.fingerprint.unit.value
        text = f"{self.assignment.measure} {least:,.1f} to {most:,.1f} {unit}, all of it outside {range_text(band)}"
        inside = least < band.high and most >= band.low
        return Dropped(band=band, reason="no object falls into its range" if inside else text)

    def unserved(self) -> Iterator[Unserved]:
        """Yield the objects that no level serves: smaller than all ranges, larger, or between them."""
        found = self.fingerprint
        left = ~np.logical_or.reduce(list(self.masks.values()))
        measured = found.measured(self.assignment.measure)
        low = min(band.low for band in self.assignment.bands)
        high = max(band.high for band in self.assignment.bands)
        reasons = {
            f"{self.assignment.measure} under {low:,.4g} {found.unit.value}": measured < low,
            f"{self.assignment.measure} of {high:,.4g} {found.unit.value} and more": measured >= high,
            "of a shape that no level is for": (measured >= low) & (measured < high),
        }
        for reason, mask in reasons.items():
            alone = mask & left
            if alone.any():
                yield Unserved(
                    reason=reason,
                    count=int(alone.sum()),
                    share=float(alone.mean()),
                    by_class=_by_class(found, alone),
                    mean_side=_percentiles(found.mean[alone], 0, 100),
                )


def range_text(band: Band | Level) -> str:
    """Return a range of sizes in pixels: `10-20`, `0-112`, `448-`."""
    return f"{band.low:,.4g}-" + ("" if band.high == inf else f"{band.high:,.4g}")


def _policy(policy: str | Policy | Callable[[float], Need]) -> Policy:
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, str):
        if policy in POLICIES:
            return POLICIES[policy]
        if policy in ASSIGNMENTS:
            return POLICIES["contains"]
        known = ", ".join(sorted({*POLICIES, *ASSIGNMENTS}))
        raise InputError(f"unknown policy '{policy}', expected one of {known}")
    name = getattr(policy, "__name__", "own")
    formula = " ".join((getattr(policy, "__doc__", None) or "a function of the size").split())
    return Policy(name=name, formula=formula, source="yours", rule=policy)


def _assignment(policy: object, assignment: str | Assignment | None) -> Assignment | None:
    if isinstance(assignment, Assignment):
        return assignment
    if assignment is None:
        own = isinstance(policy, str) and policy not in POLICIES
        return ASSIGNMENTS[str(policy)] if own else None
    if assignment not in ASSIGNMENTS:
        raise InputError(f"unknown assignment '{assignment}', expected one of {', '.join(sorted(ASSIGNMENTS))}")
    return ASSIGNMENTS[assignment]


def _check(cells: float, coarsest: int, tail: float, covers: float) -> None:
    if not 0 < cells < inf:
        raise InputError(f"cells {cells:g}: expected a positive number of cells that an object spans")
    if coarsest < 1:
        raise InputError(f"coarsest {coarsest}: expected a stride of at least 1")
    if not 0 <= tail < 1 / 2:
        raise InputError(f"tail {tail:g}: expected a part of the objects from 0 to 0.5")
    if not 0 < covers <= 1:
        raise InputError(f"covers {covers:g}: expected a part of the objects above 0, up to 1")


def _derived(fingerprint: Fingerprint, cells: float, coarsest: int, tail: float) -> Assignment:
    """Return a level for each stride that the short sides ask for, but for the tails."""
    low = float(np.quantile(fingerprint.short, tail, method="lower"))
    high = float(np.quantile(fingerprint.short, 1 - tail, method="higher"))
    first, last = (2 ** max(0, floor(log2(side / cells) + 1e-12)) for side in (low, high))
    last = min(last, 2 ** floor(log2(coarsest)))
    return octaves(cells, min(first, last), last)


def _middle(band: Band, sides: NDArray[np.float64]) -> float:
    """Return the middle of a band; of an open one, that of the objects in it."""
    if band.high < inf:
        return (band.low + band.high) / 2
    return float(np.median(sides))


def _round_up(side: float) -> float:
    """Return the side without the last digits of a scale, so that 200 * 0.64 asks for 128 pixels and not 129."""
    return round(side, 6)


def _all_known(values: Sequence[Number | None]) -> tuple[Number, ...] | None:
    """Return the values, None where one of them is."""
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else None


def _by_class(fingerprint: Fingerprint, mask: Mask) -> dict[str, float]:
    """Return the part of each class's objects that the mask holds."""
    names = fingerprint.class_names
    inside = np.bincount(fingerprint.classes[mask], minlength=len(names))
    totals = fingerprint.by_class
    return {name: int(count) / totals[name] for name, count in zip(names, inside, strict=True) if totals[name]}


def _percentiles(values: NDArray[np.float64], low: float, high: float) -> tuple[float, float]:
    first, second = np.percentile(values, [low, high])
    return float(first), float(second)
