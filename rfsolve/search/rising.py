"""What up-sampling does to a window, on the mean over its output phases.

Output p of a period of f sees the input cells lo ... hi. Seen from the place of the output, p * j / f pixels, where a
cell is j pixels wide, its window reaches left by p * j / f - lo * j. Every later convolution takes all phases in turn,
so that the means add up along a path, while single phases do not: they are checked by the recurrence.
"""

from math import ceil

from rfsolve.graph import TensorShape
from rfsolve.space.blocks import Unit
from rfsolve.space.pools import resize, transposed
from rfsolve.windows import Step


def rising_step(unit: Unit, axis: int) -> Step:
    """Return the step of an up-sampling unit along one axis, as its layer has it."""
    layer = transposed(unit, bias=False) if unit.kind.weighs else resize(unit)
    step = layer.dependence([TensorShape(unit.c_in, (None,) * len(unit.choice.stride))])[axis]
    assert isinstance(step, Step)  # noqa: S101 - the factor is stated, so that no size is needed
    return step


def rising_reach(unit: Unit, axis: int, jump: int) -> tuple[int, int, int]:
    """Return the mean reach to the left and right, and how far a phase lies off it, in half pixels, rounded up."""
    step = rising_step(unit, axis)
    cell = jump // step.period
    lefts = [phase * cell - taps.indices[0] * jump for phase, taps in enumerate(step.phases)]
    rights = [taps.indices[-1] * jump - phase * cell for phase, taps in enumerate(step.phases)]
    left, right = (2 * sum(side) / step.period for side in (lefts, rights))
    spread = max(abs(2 * reach - mean) for side, mean in ((lefts, left), (rights, right)) for reach in side)
    return ceil(left), ceil(right), ceil(spread)


def rising_variance(unit: Unit, axis: int, jump: int) -> int:
    """Return 48 x the variance of the influence about the mean of all phases, rounded up."""
    step = rising_step(unit, axis)
    cell = jump // step.period
    seen = [
        (index * jump - phase * cell, weight)
        for phase, taps in enumerate(step.phases)
        for index, weight in zip(taps.indices, taps.weights or (taps.weight,) * taps.count, strict=True)
    ]
    mass = sum(weight for _, weight in seen)
    mean = sum(weight * place for place, weight in seen) / mass
    return ceil(48 * sum(weight * (place - mean) ** 2 for place, weight in seen) / mass - 1e-6)
