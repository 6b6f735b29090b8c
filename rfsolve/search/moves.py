"""Moves: every layer that a stack could place, with what it adds to each quantity.

A move leads from one (jump, width) state to another. One that stays in its state can be repeated: its number is an
integer, and the order inside a state does not matter, which is why the model's size does not depend on depth.

All quantities are integers and additive along a path. Per axis, with jump j before a unit of kernel k and dilation d:

    step      g = d * j                      pixels between two taps, seen from the input
    field     (k - 1) * g                    what the unit adds to the receptive field
    variance  4 * (k^2 - 1) * g^2            48 x the variance of the unit's box; halved by an identity beside it

48 makes the mixture of a box with its shortcut whole: the variance of half a box and half a point is v / 2 + mu^2 /
4, where mu, the distance of the two centres, is a multiple of one half.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil, log, prod

from rfsolve.errors import Mistake, ProblemError
from rfsolve.space.blocks import Axes, BlockSpec, Choice, Recipe, Unit, padding
from rfsolve.space.problem import Quantity

VARIANCE_SCALE = 48
ENTROPY_SCALE = 10_000
LARGEST_PRICE = 10**15
"""Thousands of them still add up in 64 bits."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a layer may start or end: jump in pixels per axis, width in channels. `fresh`: the network's input."""

    jump: Axes
    width: int
    fresh: bool = False

    def __str__(self) -> str:
        """Return e.g. `8x8/256`."""
        return "x".join(map(str, self.jump)) + f"/{self.width}"


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a layer adds along each axis: (step, taps - 1) of each unit with taps, and 48 x variance."""

    taps: tuple[tuple[tuple[int, int], ...], ...]
    variance: Axes

    def field(self, axis: int) -> int:
        """Return the pixels added to the receptive field."""
        return sum(step * mass for step, mass in self.taps[axis])


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One layer that a stack could place, and its costs."""

    stack: str
    source: State
    target: State
    choice: Choice
    footprint: Footprint
    parameters: int
    macs: int
    activations: int
    entropy: int

    @property
    def repeatable(self) -> bool:
        """Whether the move stays in its state."""
        return self.source == self.target

    @property
    def order(self) -> tuple[int, ...]:
        """Sort key inside a state: small steps first, as an engineer would write them."""
        steps = [step for axis in self.footprint.taps for step, _ in axis]
        return (max(steps, default=0), *self.choice.kernel, *self.choice.dilation)

    def cost(self, quantity: Quantity) -> int:
        """Return what one placement adds to an additive quantity."""
        return 1 if quantity is Quantity.LAYERS else int(getattr(self, quantity.value))


class Pricer:
    """Prices the moves of one stack; what moves share is computed once."""

    def __init__(self, stack: str, block: BlockSpec, input_size: Axes | None) -> None:
        self._stack = stack
        self._block = block
        self._input_size = input_size
        self._recipe = cache(block.recipe)
        self._costs = cache(self._price)
        self._footprint = cache(self._measure)

    def moves(self, source: State, target: State, choices: Iterable[Choice]) -> Iterator[Move]:
        """Yield the moves from `source` to `target` that the block can build."""
        for choice in choices:
            recipe = self._recipe(choice, source.width, target.width)
            if recipe is None:
                continue
            parameters, macs, activations, entropy = self._costs(choice, source.width, target.width, source.jump)
            yield Move(
                stack=self._stack,
                source=source,
                target=target,
                choice=choice,
                footprint=self._footprint(choice, source.jump, recipe.shortcut is not None),
                parameters=parameters,
                macs=macs,
                activations=activations,
                entropy=entropy,
            )

    def _built(self, choice: Choice, c_in: int, c_out: int) -> Recipe:
        recipe: Recipe | None = self._recipe(choice, c_in, c_out)
        assert recipe is not None  # noqa: S101 - asked only for widths the block can have
        return recipe

    def _price(self, choice: Choice, c_in: int, c_out: int, jump: Axes) -> tuple[int, int, int, int]:
        recipe = self._built(choice, c_in, c_out)
        norm = 2 if self._block.norm == "batch" else 0
        per_channel = norm + self._block.bias
        parameters = sum(unit.weights + per_channel * unit.c_out for unit in recipe.units if unit.weights)
        macs, activations = self._run(recipe, jump, c_out) if self._input_size is not None else (0, 0)
        if max(parameters, macs, activations) > LARGEST_PRICE:
            text = f"a layer costs more than {LARGEST_PRICE:.0e} MACs, expected a smaller input or narrower widths"
            raise ProblemError([Mistake(self._stack, text)])
        return parameters, macs, activations, sum(map(_entropy, recipe.units))

    def _run(self, recipe: Recipe, jump: Axes, c_out: int) -> tuple[int, int]:
        """Return MACs and elements written, with ceil(size / jump) cells along each axis."""
        macs = activations = 0
        for way in (recipe.main, recipe.shortcut or ()):
            here = jump
            for unit in way:
                here = advance(here, unit.choice.stride)
                cells = self._cells(here)
                macs += cells * unit.weights
                activations += cells * unit.c_out
        if recipe.shortcut is not None:
            activations += self._cells(here_after(jump, recipe.main)) * c_out
        return macs, activations

    def _cells(self, jump: Axes) -> int:
        sizes = self._input_size or ()
        return prod(ceil(size / j) for size, j in zip(sizes, jump, strict=True))

    def _measure(self, choice: Choice, jump: Axes, shortcut: bool) -> Footprint:  # noqa: FBT001 - a cache key
        # The main path's kernels do not depend on the widths; one that every block can build shows them.
        recipe = self._built(choice, 8, 8)
        axes = range(len(jump))
        taps = tuple(tuple(_taps(recipe.main, jump, axis)) for axis in axes)
        variance = tuple(_variance(recipe.main, jump, axis, shortcut, self._block.padding) for axis in axes)
        return Footprint(taps, variance)


def advance(jump: Axes, stride: Axes) -> Axes:
    """Return the jump after a stride."""
    return tuple(j * s for j, s in zip(jump, stride, strict=True))


def here_after(jump: Axes, units: Iterable[Unit]) -> Axes:
    """Return the jump after a run of units."""
    for unit in units:
        jump = advance(jump, unit.choice.stride)
    return jump


def _taps(units: Iterable[Unit], jump: Axes, axis: int) -> Iterator[tuple[int, int]]:
    for unit in units:
        kernel = unit.choice.kernel[axis]
        if kernel > 1:
            yield unit.choice.dilation[axis] * jump[axis], kernel - 1
        jump = advance(jump, unit.choice.stride)


def _variance(units: Iterable[Unit], jump: Axes, axis: int, shortcut: bool, rule: str) -> int:  # noqa: FBT001
    variance = twice_centre = 0
    for unit in units:
        kernel, dilation = unit.choice.kernel[axis], unit.choice.dilation[axis]
        left, _ = padding(rule, unit.choice)[axis]
        variance += 4 * (kernel**2 - 1) * (dilation * jump[axis]) ** 2
        twice_centre += ((kernel - 1) * dilation - 2 * left) * jump[axis]
        jump = advance(jump, unit.choice.stride)
    return variance // 2 + 3 * twice_centre**2 if shortcut else variance


def _entropy(unit: Unit) -> int:
    if not unit.weights:
        return 0
    return round(ENTROPY_SCALE * log(unit.c_in * prod(unit.choice.kernel) / unit.groups))
