"""The oracle is itself on trial here: its two answers agree, and both know what is known."""

import dataclasses
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.oracle.optimum import (
    OracleExit,
    OracleLayer,
    OracleProblem,
    OracleStack,
    Totals,
    WidthRule,
    all_designs,
    brute_force,
    count_designs,
    feasible,
    layer_macs,
    layer_parameters,
    optimal_design,
    optimum,
    totals,
    touched_offsets,
    violations,
)

PROBLEMS = 800
MOST_DESIGNS = 3000


def stack(
    kernels: tuple[int, ...] = (3,),
    strides: tuple[int, ...] = (1,),
    dilations: tuple[int, ...] = (1,),
    axes: int = 1,
    **fields: Any,
) -> OracleStack:
    """A stack whose choices are the same on every axis."""
    usual: dict[str, Any] = {"widths": ("fixed", 64), "min_layers": 1, "max_layers": 3}
    return OracleStack(
        kernels=tuple((k,) * axes for k in kernels),
        strides=tuple((s,) * axes for s in strides),
        dilations=tuple((d,) * axes for d in dilations),
        **(usual | fields),
    )


# ---------------------------------------------------------------------------------------------
# Tiny random problems: A* against every sequence of layers.


class Draw:
    """Draws tiny problems from a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311
        self.axes = self.rng.choice((1, 1, 1, 2, 2, 3))

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def choices(self, pool: tuple[int, ...], most: int) -> tuple[tuple[int, ...], ...]:
        """A domain of one to `most` choices, each the same on every axis or not."""
        domain = {
            tuple(self.rng.choices(pool, k=self.axes)) if self.maybe(0.4) else (self.rng.choice(pool),) * self.axes
            for _ in range(self.rng.randint(1, most))
        }
        return tuple(sorted(domain))

    def per_axis(self, low: int, high: int) -> int | tuple[int, ...]:
        if self.maybe(0.7):
            return self.rng.randint(low, high)
        return tuple(self.rng.randint(low, high) for _ in range(self.axes))

    def widths(self) -> WidthRule:
        kind = self.rng.choice(("fixed", "plan", "table", "free", "free"))
        if kind == "fixed":
            return ("fixed", self.rng.randint(1, 4))
        if kind == "plan":
            return ("plan", self.rng.randint(1, 3), self.rng.randint(2, 8))
        if kind == "table":
            jumps = self.rng.sample((1, 2, 3, 4), k=3)
            return ("table", {jump: self.rng.randint(1, 4) for jump in jumps})
        return ("free", tuple(self.rng.sample((1, 2, 3, 4), k=2)))

    def stack(self) -> OracleStack:
        least = self.rng.choice((0, 0, 1, 1, 2))
        return OracleStack(
            kernels=self.choices((1, 2, 3, 5), 2),
            strides=self.choices((1, 1, 2, 3), 2),
            dilations=self.choices((1, 1, 2, 3), 2),
            widths=self.widths(),
            min_layers=least,
            max_layers=max(least, self.rng.randint(1, 3)),
            block=self.rng.choice(("conv", "conv", "separable", "pool", "residual")),
        )

    def exit(self, stacks: int) -> OracleExit:
        return OracleExit(
            after_stack_index=self.rng.randrange(stacks),
            rf_min=self.per_axis(1, 9) if self.maybe(0.6) else None,
            rf_max=self.per_axis(5, 16) if self.maybe(0.3) else None,
            stride=self.per_axis(1, 4) if self.maybe(0.15) else None,
            max_stride=self.per_axis(1, 4) if self.maybe(0.15) else None,
            hole_free=self.maybe(0.4),
            width=self.rng.randint(1, 4) if self.maybe(0.15) else None,
        )

    def problem(self) -> OracleProblem:
        stacks = tuple(self.stack() for _ in range(self.rng.choice((1, 1, 2, 2, 3))))
        return OracleProblem(
            axes=self.axes,
            in_channels=self.rng.randint(1, 4),
            stacks=stacks,
            exits=tuple(self.exit(len(stacks)) for _ in range(self.rng.choice((1, 1, 2)))),
            max_stride_overall=self.per_axis(1, 6) if self.maybe(0.2) else None,
            monotone_widths=self.maybe(0.5),
            max_parameters=self.rng.randint(5, 100) if self.maybe(0.4) else None,
            max_macs=self.rng.randint(20, 400) if self.maybe(0.4) else None,
            max_layers=self.rng.randint(1, 5) if self.maybe(0.25) else None,
            input_size=self.per_axis(1, 9),
            norm=self.maybe(0.5),
            bias=self.maybe(0.5),
            objective=self.rng.choice(("parameters", "macs", "layers")),
        )


def tiny_problems() -> Iterator[tuple[int, OracleProblem]]:
    """The first `PROBLEMS` seeds whose problem has few enough designs to try them all."""
    found = 0
    for seed in range(100 * PROBLEMS):
        problem = Draw(seed).problem()
        if 20 <= count_designs(problem) <= MOST_DESIGNS:
            yield seed, problem
            found += 1
        if found == PROBLEMS:
            return


@pytest.mark.parametrize("part", range(8))
def test_both_answers_agree_on_random_problems(part: int) -> None:
    for seed, problem in list(tiny_problems())[part::8]:
        best, design = brute_force(problem), optimal_design(problem)
        assert optimum(problem) == best, seed
        assert (design is None) == (best is None), seed
        if design is not None:
            assert list(violations(problem, design)) == [], seed
            assert getattr(totals(problem, design), problem.objective) == best, seed


def test_random_problems_are_of_every_kind() -> None:
    """A comparison says little if every problem is infeasible, or none has the feature."""
    seen: Counter[str] = Counter()
    for _, problem in tiny_problems():
        design = optimal_design(problem)
        seen["infeasible" if design is None else "feasible"] += 1
        seen["deep"] += design is not None and len(design) >= 3
        seen[problem.objective] += design is not None
        for field in ("max_parameters", "max_macs", "max_layers"):
            unlimited: dict[str, Any] = {field: None}
            freed = dataclasses.replace(problem, **unlimited)
            seen[field] += optimum(freed) != optimum(problem)
        holes = tuple(dataclasses.replace(e, hole_free=False) for e in problem.exits)
        freed = dataclasses.replace(problem, exits=holes)
        seen["hole_free"] += optimum(freed) != optimum(problem)
        freed = dataclasses.replace(problem, monotone_widths=False)
        seen["monotone"] += optimum(freed) != optimum(problem)
    assert seen["feasible"] > 120
    assert seen["infeasible"] > 50
    features = ("deep", "parameters", "macs", "layers", "max_parameters", "max_macs")
    assert min(seen[feature] for feature in features) >= 10, seen
    assert min(seen[feature] for feature in ("max_layers", "hole_free", "monotone")) >= 2, seen


# ---------------------------------------------------------------------------------------------
# What is known by hand.


def one_stack(one: OracleStack, exit_: OracleExit, **fields: Any) -> OracleProblem:
    """A problem with one stack and one exit."""
    usual: dict[str, Any] = {"axes": len(one.kernels[0]), "in_channels": 64}
    return OracleProblem(stacks=(one,), exits=(exit_,), **(usual | fields))


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_three_small_kernels_are_cheaper_than_one_large_one(answer: Any) -> None:
    seven = OracleExit(0, rf_min=7, rf_max=7)
    assert answer(one_stack(stack((3, 7), axes=2), seven)) == 3 * 9 * 64 * 64
    assert answer(one_stack(stack((7,), axes=2), seven)) == 49 * 64 * 64
    assert answer(one_stack(stack((3, 7), axes=2), seven, max_layers=2)) == 49 * 64 * 64
    assert answer(one_stack(stack((3, 7), axes=2), seven, objective="layers")) == 1
    assert answer(one_stack(stack((5,), axes=2), seven)) is None


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_dilations_by_three_reach_27_without_holes(answer: Any) -> None:
    dilated = stack((3,), dilations=tuple(range(1, 10)), max_layers=3)
    exactly = OracleExit(0, rf_min=27, rf_max=27, hole_free=True)
    assert answer(one_stack(dilated, exactly, objective="layers")) == 3
    assert answer(one_stack(dilated, exactly, objective="layers", max_layers=2)) is None
    holes = dataclasses.replace(exactly, hole_free=False)
    with_holes = stack((3,), dilations=tuple(range(1, 14)), max_layers=2)
    assert answer(one_stack(with_holes, holes, objective="layers")) == 1


def test_the_layers_that_reach_27_without_holes() -> None:
    dilated = stack((3,), dilations=tuple(range(1, 10)), max_layers=3)
    design = optimal_design(one_stack(dilated, OracleExit(0, 27, 27, hole_free=True)))
    assert design is not None
    assert sorted(layer.dilation for layer in design) == [(1,), (3,), (9,)]


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_the_largest_field_without_holes_is_a_power_of_three(layers: int) -> None:
    near_powers = (1, 2, 3, 4, 8, 9, 10, 26, 27, 28)
    dilated = stack(
        (3,),
        dilations=near_powers if layers > 3 else tuple(range(1, 13)),
        max_layers=layers,
        min_layers=0,
    )
    largest = OracleExit(0, rf_min=3**layers, hole_free=True)
    beyond = OracleExit(0, rf_min=3**layers + 1, hole_free=True)
    assert optimum(one_stack(dilated, largest, objective="layers")) == layers
    assert optimum(one_stack(dilated, beyond)) is None


def test_stride_multiplies_the_steps_after_it() -> None:
    """Two 3-tap layers of stride 2, then one of stride 1: 1 + 2*1 + 2*2 + 2*4 = 15, jump 4."""
    problem = one_stack(stack((3,), (1, 2)), OracleExit(0, rf_min=15, stride=4))
    design = optimal_design(problem)
    assert design is not None
    assert [layer.stride for layer in design] == [(2,), (2,), (1,)]
    assert optimum(one_stack(stack((3,), (1, 2)), OracleExit(0, rf_min=16, stride=4))) is None


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_a_window_narrower_than_its_stride_leaves_holes(answer: Any) -> None:
    """Kernel 1 with stride 2 skips every other input for good; kernel 2 with stride 2 does not."""
    two = OracleStack(((1,), (2,)), ((2,),), ((1,),), ("fixed", 1), 2, 2)
    reach = OracleExit(0, rf_min=3, hole_free=True)
    problem = one_stack(two, reach, in_channels=1)
    assert answer(problem) == 2 + 2
    assert answer(dataclasses.replace(problem, exits=(OracleExit(0, rf_min=3),))) == 1 + 2


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_axes_are_held_to_their_own_demands(answer: Any) -> None:
    flat = OracleStack(((1, 7), (3, 3), (7, 1)), ((1, 1),), ((1, 1),), ("fixed", 1), 1, 4)
    problem = one_stack(flat, OracleExit(0, rf_min=(1, 13)), in_channels=1)
    assert answer(problem) == 7 + 7
    both = dataclasses.replace(problem, exits=(OracleExit(0, rf_min=(3, 9), rf_max=(3, 9)),))
    assert answer(both) == 9 + 7


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_an_early_exit_binds_the_first_stacks_only(answer: Any) -> None:
    small, wide = stack((3,), widths=("fixed", 2)), stack((3, 5), widths=("fixed", 4))
    early = OracleExit(0, rf_min=5, rf_max=5, width=2)
    late = OracleExit(1, rf_min=9, rf_max=9, width=4)
    problem = OracleProblem(1, 1, (small, wide), (late, early))
    assert answer(problem) == 3 * (1 * 2 + 2 * 2) + 5 * 2 * 4
    assert answer(dataclasses.replace(problem, exits=(early, OracleExit(1, width=2)))) is None


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_monotone_widths_exempt_the_first_layer(answer: Any) -> None:
    one = stack((1,), widths=("free", (1, 4)), min_layers=2, max_layers=2)
    narrow = OracleExit(0, width=1)
    problem = one_stack(one, narrow, in_channels=8, monotone_widths=True)
    assert answer(problem) == 8 + 1
    first = stack((1,), widths=("fixed", 4), max_layers=1)
    later = dataclasses.replace(problem, stacks=(first, one), exits=(OracleExit(1, width=1),), in_channels=1)
    assert answer(later) is None
    assert answer(dataclasses.replace(later, monotone_widths=False)) == 4 + 4 + 1


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_the_first_layer_is_told_from_one_that_only_looks_like_it(answer: Any) -> None:
    """After an optional layer as wide as the input, the next layer is not the first."""
    optional = stack((3,), widths=("fixed", 4), min_layers=0, max_layers=1)
    free = stack((3,), widths=("free", (1, 4)), max_layers=1)
    problem = OracleProblem(1, 4, (optional, free), (OracleExit(1, 5, width=1),))
    assert answer(problem) == 3 * 16 + 3 * 4
    assert answer(dataclasses.replace(problem, monotone_widths=True)) is None
    shallow = (OracleExit(1, 3, width=1),)
    assert answer(dataclasses.replace(problem, monotone_widths=True, exits=shallow)) == 3 * 4


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_widths_follow_the_jump(answer: Any) -> None:
    planned = stack((1,), (2,), widths=("plan", 3, 10), min_layers=3, max_layers=3)
    problem = OracleProblem(1, 1, (planned,))
    assert answer(problem) == 1 * 6 + 6 * 10 + 10 * 10
    table = dataclasses.replace(planned, widths=("table", {2: 5, 8: 7}))
    assert answer(dataclasses.replace(problem, stacks=(table,))) is None
    table = dataclasses.replace(planned, widths=("table", {2: 5, 4: 6, 8: 7}))
    assert answer(dataclasses.replace(problem, stacks=(table,))) == 5 + 30 + 42


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_a_pool_widens_nothing(answer: Any) -> None:
    pool = stack((2,), (2,), widths=("free", (4, 8)), block="pool", max_layers=1)
    problem = OracleProblem(1, 4, (pool,), input_size=8, norm=True, bias=True)
    assert answer(problem) == 0
    assert answer(dataclasses.replace(problem, in_channels=5)) is None
    assert answer(dataclasses.replace(problem, exits=(OracleExit(0, width=8),))) is None


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_a_budget_on_another_quantity_changes_the_optimum(answer: Any) -> None:
    """Striding first saves multiply-accumulates, and parameters do not notice."""
    one = stack((3,), (1, 2), widths=("free", (1, 2)), min_layers=2, max_layers=2)
    problem = OracleProblem(1, 1, (one,), (OracleExit(0, stride=2, width=2),), input_size=16, norm=True)
    assert answer(problem) == (3 + 2) + (6 + 4)
    fewest = dataclasses.replace(problem, objective="macs")
    assert answer(fewest) == 8 * 3 + 8 * 6
    assert answer(dataclasses.replace(problem, max_macs=8 * 9)) == 15
    assert answer(dataclasses.replace(problem, max_macs=8 * 9 - 1)) is None
    assert answer(dataclasses.replace(fewest, max_parameters=14)) is None


@pytest.mark.parametrize("answer", [optimum, brute_force])
def test_the_jump_is_limited_everywhere(answer: Any) -> None:
    strided = stack((3,), (2,), min_layers=2, max_layers=2)
    assert answer(OracleProblem(1, 1, (strided,), max_stride_overall=4)) is not None
    assert answer(OracleProblem(1, 1, (strided,), max_stride_overall=3)) is None
    assert answer(OracleProblem(1, 1, (strided,), (OracleExit(0, max_stride=3),))) is None


@pytest.mark.parametrize(
    ("block", "c_in", "stride", "weights", "channels"),
    [
        ("conv", 3, (1, 1), 15 * 3 * 4, 4),
        ("separable", 3, (1, 1), 15 * 3 + 3 * 4, 3 + 4),
        ("pool", 4, (2, 2), 0, 0),
        ("residual", 4, (1, 1), 15 * 16 * 2, 4 + 4),
        ("residual", 4, (1, 2), 15 * 16 * 2 + 16, 4 + 4 + 4),
        ("residual", 3, (1, 1), 15 * 12 + 15 * 16 + 12, 4 + 4 + 4),
    ],
)
def test_what_a_block_costs(block: Any, c_in: int, stride: tuple[int, int], weights: int, channels: int) -> None:
    """A 3x5 layer with 4 outputs on a 10x7 input; its jumps are its strides."""
    one = OracleStack(((3, 5),), (stride,), ((1, 1),), ("fixed", 4), 1, 1, block)
    layer = OracleLayer(0, (3, 5), stride, (1, 1), 4)
    for norm, bias in ((False, False), (True, False), (False, True), (True, True)):
        problem = OracleProblem(2, c_in, (one,), input_size=(10, 7), norm=norm, bias=bias)
        parameters = weights + channels * (2 * norm + bias)
        macs = weights * (5 if stride[0] == 2 else 10) * (4 if stride[1] == 2 else 7)
        assert layer_parameters(problem, layer, c_in) == parameters
        assert layer_macs(problem, layer, c_in, stride) == macs
        assert totals(problem, [layer]) == Totals(parameters, macs, 1)
        assert optimum(problem) == brute_force(problem) == parameters
        assert optimum(dataclasses.replace(problem, objective="macs")) == macs


def test_a_residual_block_is_two_windows() -> None:
    """Kernel 3, stride 2, dilation 2: steps 2 and 4, so 0,2,4 + 0,4,8; then a jump of 2."""
    block = stack((3,), (2,), (2,), block="residual", min_layers=2, max_layers=2)
    problem = OracleProblem(1, 64, (block,))
    layer = OracleLayer(0, (3,), (2,), (2,), 64)
    assert touched_offsets(problem, [layer], 0) == {0, 2, 4, 6, 8, 10, 12}
    assert max(touched_offsets(problem, [layer, layer], 0)) == 12 + 2 * 4 + 2 * 8
    reach = OracleExit(0, rf_min=37, rf_max=37)
    assert optimum(dataclasses.replace(problem, exits=(reach,), objective="layers")) == 2
    beyond = OracleExit(0, rf_min=38)
    assert optimum(dataclasses.replace(problem, exits=(beyond,))) is None


def test_an_empty_network_is_a_network() -> None:
    problem = one_stack(stack(min_layers=0), OracleExit(0, rf_max=1, stride=1, width=64))
    assert optimal_design(problem) == []
    assert optimum(problem) == brute_force(problem) == 0


def test_violations_name_what_is_wrong() -> None:
    one = stack((3,), (1, 2), max_layers=2)
    exit_ = OracleExit(0, 9, (4,), stride=1, max_stride=1, hole_free=True, width=3)
    problem = OracleProblem(1, 1, (one,), (exit_,), max_stride_overall=3, max_parameters=1, max_layers=2)
    layer = OracleLayer(0, (3,), (2,), (5,), 5)
    found = " ".join(violations(problem, [layer] * 3))
    for word in ("3 layers", "domains", "width 5", "jump (4,)", "too large", "not as", "over 1"):
        assert word in found
    assert "holes" in found
    small = dataclasses.replace(problem, exits=(OracleExit(0, rf_min=12),))
    assert "too small" in " ".join(violations(small, [layer]))
    wrong = OracleProblem(1, 1, (one, one))
    assert "order" in " ".join(violations(wrong, [layer._replace(stack=1), layer]))
    assert not feasible(wrong, [layer])


def test_every_design_is_counted() -> None:
    problem = OracleProblem(1, 1, (stack((1, 3), (1, 2), widths=("free", (1, 2))), stack(min_layers=0)))
    assert len(list(all_designs(problem))) == count_designs(problem) == (8 + 64 + 512) * 4


@pytest.mark.parametrize(
    "fields",
    [
        {"stacks": ()},
        {"axes": 2},
        {"stacks": (stack(min_layers=4),)},
        {"stacks": (stack(()),)},
        {"exits": (OracleExit(1),)},
        {"objective": "macs"},
        {"max_macs": 5},
    ],
)
def test_malformed_problems_are_refused(fields: dict[str, Any]) -> None:
    sound: dict[str, Any] = {"axes": 1, "in_channels": 1, "stacks": (stack(),)}
    with pytest.raises(ValueError, match="an oracle problem needs"):
        OracleProblem(**(sound | fields))
