"""Moves: every layer that a stack could place, with what it adds to each quantity.

A move leads from one (jump, width) state to another. One that stays in its state can be repeated: its number is an
integer, and the order inside a state does not matter, which is why the model's size does not depend on depth.

All quantities are integers and additive along a path. Per axis, with jump j before a unit of kernel k and dilation d:

    step      g = d * j                      pixels between two taps, seen from the input
    field     (k - 1) * g                    what the unit adds to the receptive field
    variance  4 * (k^2 - 1) * g^2            48 x the variance of the unit's box; halved by an identity beside it

48 makes the mixture of a box with its shortcut whole: the variance of half a box and half a point is v / 2 + mu^2 /
4, where mu, the distance of the two centres, is a multiple of one half.

What up-samples adds no taps: its outputs come in phases, each with a window of its own. It has a reach (`Reach`), on
the mean over its phases, and a variance about that mean.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import ceil, inf, log, prod
from typing import NamedTuple

from rfsolve.errors import Mistake, ProblemError
from rfsolve.search.rising import rising_reach, rising_variance
from rfsolve.space.blocks import Axes, BlockSpec, Choice, Recipe, Unit
from rfsolve.space.pools import left_padding
from rfsolve.space.problem import Quantity

VARIANCE_SCALE = 48
ENTROPY_SCALE = 10_000
LARGEST_PRICE = 10**15
"""Thousands of them still add up in 64 bits."""


class State(NamedTuple):
    """Where a layer may start or end: jump in pixels per axis, width in channels. `fresh`: the network's input.

    A tuple, as states are looked up and compared in every loop over moves, seven times as fast as a dataclass.
    """

    jump: Axes
    width: int
    fresh: bool = False

    def __str__(self) -> str:
        """Return e.g. `8x8/256`."""
        return "x".join(map(str, self.jump)) + f"/{self.width}"


class Reach(NamedTuple):
    """By how many half pixels a layer moves the ends of the window away from an output's own place, along one axis.

    Where it up-samples: on the mean over its phases, which lie up to `spread` half pixels off it.
    """

    left: int
    right: int
    spread: int = 0


Taps = tuple[tuple[int, int], ...]
"""(step, taps - 1) of each unit with taps, along one axis."""


class Footprint(NamedTuple):
    """What a layer adds along each axis: (step, taps - 1) of each unit with taps, 48 x variance, and reach.

    `lefts` holds, for each of the taps, how many of them lie left of the output's own place. From the taps follow
    `field`, the pixels that the layer adds to the receptive field; `least` and `most`, the steps between its taps
    (infinite and 0 where it has none); and `room`, the field less one before it that leaves no hole, whatever follows.
    """

    taps: tuple[Taps, ...]
    variance: Axes
    lefts: tuple[tuple[int, ...], ...]
    reach: tuple[Reach, ...]
    field: Axes
    least: tuple[float, ...]
    most: Axes
    room: Axes

    @classmethod
    def of(
        cls, taps: tuple[Taps, ...], variance: Axes, lefts: tuple[tuple[int, ...], ...], reach: tuple[Reach, ...]
    ) -> "Footprint":
        """Return the footprint of these taps."""
        return cls(
            taps,
            variance,
            lefts,
            reach,
            field=tuple([sum([step * mass for step, mass in run]) for run in taps]),
            least=tuple([min([step for step, _ in run], default=inf) for run in taps]),
            most=tuple([max([step for step, _ in run], default=0) for run in taps]),
            room=tuple([room(run) for run in taps]),
        )

    def scaled(self, jump: Axes) -> "Footprint":
        """Return what the layer adds where every cell of its input is so many pixels further from the next."""
        if max(jump) == 1:
            return self
        taps = [tuple([(step * j, mass) for step, mass in run]) for run, j in zip(self.taps, jump, strict=True)]
        return Footprint.of(
            taps=tuple(taps),
            variance=tuple([variance * j * j for variance, j in zip(self.variance, jump, strict=True)]),
            lefts=self.lefts,
            reach=tuple([Reach(r.left * j, r.right * j, r.spread * j) for r, j in zip(self.reach, jump, strict=True)]),
        )


class Move(NamedTuple):
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
        return (max(self.footprint.most), *self.choice.kernel, *self.choice.dilation)

    def cost(self, quantity: Quantity) -> int:
        """Return what one placement adds to an additive quantity."""
        if quantity is Quantity.PARAMETERS:
            return self.parameters
        return 1 if quantity is Quantity.LAYERS else int(getattr(self, quantity))


MOST_KEPT = 1 << 15
"""Prices and footprints that a pricer keeps: some 30 MB where widths are many."""


class _Price(NamedTuple):
    """What a move costs, and whether a shortcut is beside it."""

    parameters: int
    macs: int
    activations: int
    entropy: int
    shortcut: bool


class Pricer:
    """Prices the moves of the stacks that place one block; what moves share is computed once.

    Costs, and whether a block can be built at all, do not depend on the dilation; a footprint grows with the jump. On
    LFFD with its dilations 1 to 3 that makes 60 recipes of 246 (tests/benchmarks/where.py shows the stage `lattice`).
    """

    def __init__(self, block: BlockSpec, input_size: Axes | None, *, weightless: bool = False) -> None:
        self._block = block
        self._weightless = weightless
        self._input_size = input_size
        kept = lru_cache(MOST_KEPT)
        self._recipe = kept(block.recipe)
        self._costs = kept(self._price)
        self._footprint = kept(self._measure)
        self._at_the_input = kept(self._measured)

    def moves(self, stack: str, source: State, target: State, choices: Iterable[Choice]) -> Iterator[Move]:
        """Yield the moves from `source` to `target` that the block can build.

        Raises:
            ProblemError: one costs more than can be added up.

        """
        jump, c_in, c_out = source.jump, source.width, target.width
        cells_from = None if self._input_size is None else jump  # nothing else of a cost depends on the jump
        for choice in choices:
            price = self._costs(choice.kernel, choice.stride, c_in, c_out, cells_from)
            if price is None:
                continue
            parameters, macs, activations, entropy, shortcut = price
            if max(parameters, macs, activations) > LARGEST_PRICE:
                text = f"a layer costs more than {LARGEST_PRICE:.0e} MACs, expected a smaller input or narrower widths"
                raise ProblemError([Mistake(stack, text)])
            yield Move(
                stack=stack,
                source=source,
                target=target,
                choice=choice,
                footprint=self._footprint(choice, jump, shortcut),
                parameters=parameters,
                macs=macs,
                activations=activations,
                entropy=entropy,
            )

    def _price(self, kernel: Axes, stride: Axes, c_in: int, c_out: int, jump: Axes | None) -> _Price | None:
        recipe = self._recipe(Choice(kernel, stride, (1,) * len(kernel)), c_in, c_out)
        if recipe is None:
            return None
        parameters = 0 if self._weightless else sum(map(self._parameters, recipe.units))
        macs, activations = (0, 0) if jump is None else self._run(recipe, jump, c_out)
        return _Price(parameters, macs, activations, sum(map(_entropy, recipe.units)), recipe.shortcut is not None)

    def _parameters(self, unit: Unit) -> int:
        weights = unit.weights
        norm = 2 if unit.normed and self._block.norm != "none" else 0
        return weights + (norm + self._block.biased(unit)) * unit.c_out if weights else 0

    def _run(self, recipe: Recipe, jump: Axes, c_out: int) -> tuple[int, int]:
        """Return MACs and elements written, with ceil(size / jump) cells along each axis."""
        macs = activations = 0
        for way in (recipe.main, recipe.shortcut or ()):
            here = jump
            for unit in way:
                before, here = here, after(here, unit)
                macs += self._cells(before if unit.kind.rises else here) * unit.weights
                activations += self._cells(here) * unit.c_out
        if recipe.shortcut is not None:
            activations += self._cells(here_after(jump, recipe.main)) * c_out
        return macs, activations

    def _cells(self, jump: Axes) -> int:
        return cells_at(jump, self._input_size or ())

    def _measure(self, choice: Choice, jump: Axes, shortcut: bool) -> Footprint:  # noqa: FBT001 - a cache key
        if self._block.rises:  # its phases are rounded, so that they do not just grow with the jump
            return self._measured(choice, jump, shortcut)
        return self._at_the_input(choice, (1,) * len(jump), shortcut).scaled(jump)

    def _measured(self, choice: Choice, jump: Axes, shortcut: bool) -> Footprint:  # noqa: FBT001 - as above
        # The main path's kernels do not depend on the widths; one that every block can build shows them.
        recipe = self._recipe(choice, 8, 8)
        assert recipe is not None  # noqa: S101 - asked only for what the block can build
        alike = len({*zip(choice.kernel, choice.stride, choice.dilation, jump, strict=True)}) == 1
        axes = range(1 if alike else len(jump))
        times = len(jump) if alike else 1
        rule = self._block.padding
        runs = [tuple(_taps(recipe.main, jump, axis, rule)) for axis in axes]
        return Footprint.of(
            taps=tuple(tuple((step, mass) for step, mass, _ in run) for run in runs) * times,
            variance=tuple(_variance(recipe.main, jump, axis, shortcut, rule) for axis in axes) * times,
            lefts=tuple(tuple(left for _, _, left in run) for run in runs) * times,
            reach=tuple(_reach(recipe.main, jump, axis, runs[axis]) for axis in axes) * times,
        )


pricer_of = lru_cache(maxsize=8)(Pricer)
"""A pricer with what it has computed already: stacks that place one block share it, and so do similar problems."""


def room(taps: Taps, following: float = inf) -> int:
    """Return the field, less one, that a layer needs before it, where the steps that follow are `following` or more."""
    span = needed = 0
    for step, mass in taps:
        if step <= following:
            needed = max(needed, step - 1 - span)
        span += step * mass
    return needed


def cells_at(jump: Axes, size: Axes) -> int:
    """Return the number of cells of an input of this size: ceil(size / jump) along each axis."""
    return prod(ceil(n / j) for n, j in zip(size, jump, strict=True))


def advance(jump: Axes, stride: Axes) -> Axes:
    """Return the jump after a stride."""
    return tuple(j * s for j, s in zip(jump, stride, strict=True))


def after(jump: Axes, unit: Unit) -> Axes:
    """Return the jump after a unit: times its stride, or divided by it where it up-samples."""
    if unit.kind.rises:
        return tuple(j // s for j, s in zip(jump, unit.choice.stride, strict=True))
    return advance(jump, unit.choice.stride)


def here_after(jump: Axes, units: Iterable[Unit]) -> Axes:
    """Return the jump after a run of units."""
    for unit in units:
        jump = after(jump, unit)
    return jump


def _taps(units: Iterable[Unit], jump: Axes, axis: int, rule: str) -> Iterator[tuple[int, int, int]]:
    """Yield (step, taps - 1, taps left of the output's place) of each unit with taps of its own."""
    for unit in units:
        kernel, dilation = unit.choice.kernel[axis], unit.choice.dilation[axis]
        if kernel > 1 and not unit.kind.rises:
            yield dilation * jump[axis], kernel - 1, left_padding(unit, rule, axis) // dilation
        jump = after(jump, unit)


def _reach(units: Iterable[Unit], jump: Axes, axis: int, run: tuple[tuple[int, int, int], ...]) -> Reach:
    for unit in units:
        if unit.kind.rises:  # such a block has no other unit
            return Reach(*rising_reach(unit, axis, jump[axis]))
    left = 2 * sum(step * left for step, _, left in run)
    return Reach(left, 2 * sum(step * mass for step, mass, _ in run) - left)


def _variance(units: Iterable[Unit], jump: Axes, axis: int, shortcut: bool, rule: str) -> int:  # noqa: FBT001
    variance = twice_centre = 0
    for unit in units:
        if unit.kind.rises:
            return rising_variance(unit, axis, jump[axis])
        kernel, dilation = unit.choice.kernel[axis], unit.choice.dilation[axis]
        variance += 4 * (kernel**2 - 1) * (dilation * jump[axis]) ** 2
        twice_centre += ((kernel - 1) * dilation - 2 * left_padding(unit, rule, axis)) * jump[axis]
        jump = advance(jump, unit.choice.stride)
    return variance // 2 + 3 * twice_centre**2 if shortcut else variance


def _entropy(unit: Unit) -> int:
    if not unit.weights:
        return 0
    return round(ENTROPY_SCALE * log(unit.c_in * prod(unit.choice.kernel) / unit.groups))
