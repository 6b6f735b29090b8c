"""Frontiers: equal to enumeration, point by point; anytime; what cannot be one is refused."""

import os
import random
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.errors import InputError
from rfsolve.search.cache import Cache
from rfsolve.search.frontier import Ending, Frontier, frontier
from rfsolve.search.solve import solve
from rfsolve.search.staircase import Floor, Stair, Staircase
from rfsolve.space.reading import load_problem, problem_from
from tests.oracle.graph_optimum import COSTS, Sights, all_candidates, broken, fields, graph_problem, layers_of
from tests.oracle.optimum import OracleProblem, all_designs, count_designs, feasible, totals, touched_offsets
from tests.oracle.random_problems import random_problem
from tests.search.chains import chain

PROBLEMS = Path(__file__).parents[2] / "problems"
LARGE = os.environ.get("RFSOLVE_LARGE_TESTS") == "1"
CHAINS, GRAPHS = (50, 100) if LARGE else (8, 20)
MOST_DESIGNS = 60_000 if LARGE else 15_000
GAINS = {"receptive_field", "effective_receptive_field"}
CHAIN_AXES = [
    ("parameters", "receptive_field"),
    ("macs", "receptive_field"),
    ("receptive_field", "layers"),
    ("parameters", "layers"),
    ("layers", "macs"),
    ("parameters", "receptive_field", "layers"),
    ("parameters", "macs", "layers"),
    ("layers", "receptive_field", "macs"),
]
GRAPH_AXES = [("parameters", "receptive_field"), ("layers", "receptive_field"), ("parameters", "layers")]

Values = tuple[float, ...]


def best_of(values: set[Values], axes: Sequence[str]) -> set[Values]:
    """The values that no others beat, by comparing all with all."""
    signs = [1 if axis in GAINS else -1 for axis in axes]
    scored = {tuple(sign * number for sign, number in zip(signs, one, strict=True)): one for one in values}
    return {
        one
        for score, one in scored.items()
        if not any(other != score and all(map(lambda a, b: a >= b, other, score)) for other in scored)
    }


def found(table: dict[str, Any], axes: Sequence[str], **options: Any) -> tuple[Frontier, list[Values]]:
    made = frontier(problem_from(table), axes, time_limit=60, **options)
    return made, [tuple(point.values[axis] for axis in axes) for point in made]


# against enumeration --------------------------------------------------------------------------------------------------


def chains() -> Iterator[tuple[int, dict[str, Any], list[dict[str, float]]]]:
    """Chains with what each of their designs has, as a hundred designs or more meet them; a few have none."""
    for seed in count():
        table, oracle = chain(seed)
        if 100 <= count_designs(oracle) <= MOST_DESIGNS:
            seen = [_measured(oracle, design) for design in all_designs(oracle) if feasible(oracle, design)]
            if len(seen) >= 100 or (not seen and seed % 50 == 0):
                yield seed, table, seen


def test_a_frontier_is_that_of_all_designs() -> None:
    """Every chain with every choice of axes: the same values, each of a design that has them."""
    sizes = []
    for (seed, table, seen), number in zip(chains(), range(CHAINS), strict=False):
        for axes in CHAIN_AXES if LARGE else CHAIN_AXES[number % 4 :: 4]:
            made, points = found(table, axes)
            expected = best_of({tuple(one[axis] for axis in axes) for one in seen}, axes)
            assert made.ending is (Ending.COMPLETE if seen else Ending.INFEASIBLE), (seed, axes)
            assert len(points) == len(set(points)), (seed, axes)
            assert set(points) == expected, (seed, axes)
            sizes.append(len(points))
    assert max(sizes) > 4
    assert 0 < sizes.count(0) < len(sizes) / 2


def _measured(oracle: OracleProblem, design: list[Any]) -> dict[str, float]:
    costs = totals(oracle, design)
    last = len(oracle.stacks) - 1
    seen = [layer for layer in design if layer.stack <= last]
    field = min(max(touched_offsets(oracle, seen, axis)) + 1 for axis in range(oracle.axes))
    return {"receptive_field": field, **costs._asdict()}


def test_a_frontier_of_a_graph_is_that_of_all_candidates() -> None:
    """Merges, up-sampling, ties, relations: the least field over axes and phases of the last output."""
    sizes = []
    for seed in range(GRAPHS):
        table = random_problem(seed, 500).table
        if seed % 4:
            _ask_less(table)
        oracle = graph_problem(table)
        sights = Sights(oracle)
        good = [one for one in all_candidates(oracle) if broken(oracle, layers_of(one), sights) is None]
        problem = problem_from(table)
        last = problem.before(problem.outputs[-1].name)
        values = []
        for one in good:
            field = min(low for low, _ in fields(sights.tap(layers_of(one), last, None)))
            values.append({"receptive_field": field} | dict(zip(COSTS, one.costs, strict=True)))
        axes = GRAPH_AXES[seed % len(GRAPH_AXES)]
        made, points = found(table, axes)
        assert made.ending is (Ending.COMPLETE if good else Ending.INFEASIBLE), seed
        assert set(points) == best_of({tuple(one[axis] for axis in axes) for one in values}, axes), seed
        sizes.append(len(points))
    assert max(sizes) > 3


def _ask_less(table: dict[str, Any]) -> None:
    """Take away limits that leave nearly nothing to compare."""
    table.pop("budget", None)
    for way_out in table["exit"]:
        if "measured_from" not in way_out:
            for key in ("receptive_field", "effective_receptive_field", "stride"):
                way_out.pop(key, None)


def test_effective_fields_of_a_frontier_are_those_of_all_designs() -> None:
    """4 sigma of plain convolutions, from the sum of (k^2 - 1) / 12 * (d j)^2 over their layers."""
    for seed in range(3):
        rng = random.Random(seed)  # noqa: S311 - a sample
        dilations = rng.choice([[1, 2], [1, 3], [2, 1, 4]])
        table = {
            "input": {"axes": 1, "channels": 3},
            "defaults": {"widths": 4, "kernels": [3, 5], "dilations": dilations, "layers": {"max": 4}},
            "exit": [{"stride": {"max": 4}}],
            "guards": {"hole_free": False},
        }
        values = set()
        choices = [(k, s, d) for k in (3, 5) for s in (1, 2) for d in dilations]
        runs: list[tuple[int, int, int, float]] = [(1, 3, 0, 0.0)]  # jump, width, parameters, variance
        for _ in range(4):
            runs = [
                (j * s, 4, p + k * c * 4 + 8, v + (k * k - 1) / 12 * (d * j) ** 2)
                for j, c, p, v in runs
                for k, s, d in choices
                if j * s <= 4
            ]
            values |= {(parameters, 4 * variance**0.5) for _, _, parameters, variance in runs}
        _, points = found(table, ("parameters", "effective_receptive_field"))
        expected = sorted(best_of({(p, round(v, 6)) for p, v in values}, ("parameters", "effective_receptive_field")))
        assert [(p, round(v, 6)) for p, v in points] == expected


# the staircase itself -------------------------------------------------------------------------------------------------


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), max_size=40), st.booleans())
def test_a_staircase_visits_what_nothing_beats(values: set[tuple[int, int, int]], flat: bool) -> None:  # noqa: FBT001
    """Over one score and over two, whichever of several cheapest is answered; and it asks nothing twice."""
    designs = [(cost, (one,) if flat else (one, two)) for cost, one, two in sorted(values)]
    asked: list[Floor] = []

    def cheapest(floor: Floor) -> Stair[None] | None:
        asked.append(floor)
        above = [
            (cost, scores)
            for cost, scores in designs
            if all(least is None or score >= least for score, least in zip(scores, floor, strict=True))
        ]
        if not above:
            return None
        cost = min(cost for cost, _ in above)
        return Stair(cost, min(scores for one, scores in above if one == cost), None)

    stairs = Staircase(cheapest, lambda _, score: score + 1, 1 if flat else 2)
    points = [(stair.cost, *stair.scores) for stair in stairs.points()]
    axes = ("cost", *["receptive_field"] * (1 if flat else 2))
    assert len(points) == len(set(points))
    assert set(points) == best_of({(cost, *scores) for cost, scores in designs}, axes)
    assert len(asked) == len(set(asked))


# how it is used -------------------------------------------------------------------------------------------------------

TRUNK: dict[str, Any] = {"defaults": {"widths": 8}, "exit": [{"receptive_field": {"min": 10, "max": 120}}]}


def test_points_are_designs_that_solve_finds_no_cheaper() -> None:
    """Each point against a fresh search for its field, with all that guards a single answer."""
    made, points = found(TRUNK, ("parameters", "receptive_field"))
    assert points == sorted(points)
    for parameters, field in points[::4]:
        table = {**TRUNK, "exit": [{"receptive_field": {"min": int(field), "max": 120}}]}
        assert solve(problem_from(table), explain=False).outcome.value == parameters
    for point, (parameters, field) in zip(made.points, points, strict=True):
        assert point.design.parameters == parameters
        assert min(low for low, _ in point.design.exits[-1].receptive_field) == field


def test_points_come_one_by_one_and_again() -> None:
    made = frontier(problem_from(TRUNK))
    first = next(iter(made))
    assert (made.points, made.ending) == ([first], None)
    everything = list(made)
    assert everything[0] is first
    assert made.ending is Ending.COMPLETE
    assert list(made) == everything == made.points


def test_it_stops_at_as_many_points_as_asked() -> None:
    made = frontier(problem_from(TRUNK), points=3)
    assert len(list(made)) == 3
    assert made.ending is Ending.ENOUGH


def test_out_of_time_what_is_proven_is_kept() -> None:
    problem = problem_from({**TRUNK, "exit": [{"receptive_field": {"min": 10, "max": 1000}}]})
    started = time.perf_counter()
    made = frontier(problem, time_limit=1.0)
    points = list(made)
    assert time.perf_counter() - started < 3
    assert made.ending is Ending.OUT_OF_TIME
    assert points
    whole = [point.values for point in frontier(problem)][: len(points)]
    assert [point.values for point in points] == whole
    assert made.bound is None or made.bound >= points[-1].values["parameters"]


def test_interrupted_what_is_proven_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made = frontier(problem_from(TRUNK))
    running = iter(made)
    first = [next(running), next(running)]

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(made._climb, "_solved", interrupted)
    assert list(made) == first == made.points
    assert made.ending is Ending.INTERRUPTED


def test_without_a_design_there_is_no_point() -> None:
    table = {"defaults": {"layers": {"max": 2}}, "exit": [{"receptive_field": {"min": 400}}]}
    made, points = found(table, ("parameters", "receptive_field"))
    assert (made.ending, points) == (Ending.INFEASIBLE, [])


def test_what_was_proven_before_is_not_asked_again(tmp_path: Path) -> None:
    """A frontier that was cut short goes on where it was; a whole one asks nothing."""
    problem = problem_from(TRUNK)
    list(frontier(problem, points=4, cache=Cache(tmp_path)))
    second = frontier(problem, cache=Cache(tmp_path))
    values = [point.values for point in second]
    third = frontier(problem, cache=Cache(tmp_path))
    fresh = frontier(problem)
    assert [point.values for point in third] == values == [point.values for point in fresh]
    assert third.solves == 0
    assert second.solves < fresh.solves


def test_the_same_seed_gives_the_same_designs() -> None:
    one, other = (list(frontier(problem_from(TRUNK), seed=3)) for _ in range(2))
    assert [point.design.layers for point in one] == [point.design.layers for point in other]


def test_what_the_problem_minimises_is_not_looked_at() -> None:
    table = {**TRUNK, "objective": {"minimise": ["layers"]}}
    assert found(table, ("parameters", "receptive_field"))[1] == found(TRUNK, ("parameters", "receptive_field"))[1]


def test_a_graph_with_phases_has_a_frontier() -> None:
    problem = load_problem(PROBLEMS / "unet-phases.toml")
    made = frontier(problem, ("parameters", "receptive_field"), points=3, time_limit=60)
    values = [(point.values["parameters"], point.values["receptive_field"]) for point in made]
    assert values[0] == (1_364_384, 94)
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("axes", "text"),
    [
        (("parameters", "receptive-field"), "axes: unknown axis 'receptive-field', did you mean receptive_field?"),
        (("params", "rf"), "axes: unknown axis 'params', did you mean parameters?"),
        (("parameters", "erf"), "axes: unknown axis 'erf', did you mean effective_receptive_field?"),
        (
            ("parameters", "stride"),
            "axes: unknown axis 'stride', expected some of parameters, macs, layers, activations, receptive_field",
        ),
        (("parameters",), "axes: 1 given, expected two or three, such as parameters,receptive_field"),
        (("parameters", "macs", "layers", "receptive_field"), "axes: 4 given, expected two or three"),
        (("layers", "layers"), "axes: layers,layers names an axis twice, expected each once"),
        (("receptive_field", "effective_receptive_field"), "are all to be large, expected a cost among them"),
        (("macs", "receptive_field"), "axes: macs: counting MACs needs input.size (--input-size)"),
    ],
)
def test_axes_that_cannot_be_are_refused(axes: tuple[str, ...], text: str) -> None:
    with pytest.raises(InputError) as caught:
        frontier(problem_from(TRUNK), axes)
    assert text in str(caught.value)


def test_an_axis_without_an_end_is_refused() -> None:
    with pytest.raises(InputError, match="it has no end, expected a largest field"):
        frontier(problem_from({"exit": [{"receptive_field": 10}]}))
    for more in ({"budget": {"parameters": 100_000}}, {"defaults": {"layers": {"max": 3}}}):
        assert next(iter(frontier(problem_from({"exit": [{"receptive_field": 10}], **more}))))
