"""Axes, conditions and keys: what a grid is made of, and what is wrong with one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.errors import InputError, ProblemError
from rfsolve.space.option_values import toml_value
from rfsolve.sweep.axes import axis_of, split
from rfsolve.sweep.conditions import condition_of
from rfsolve.sweep.grid import Base, Grid, Stating, grid_of
from rfsolve.sweep.keys import Home, key_of
from rfsolve.sweep.planning import plan_of

UNET = {"family": {"name": "unet"}}


def values(text: str) -> list[Any]:
    return list(axis_of("x", text, toml_value).values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50:400:25", list(range(50, 401, 25))),
        ("5:7", [5, 6, 7]),
        ("400:50:-50", list(range(400, 49, -50))),
        ("0.1:0.3:0.1", [0.1, 0.2, 0.3]),
        ("100k:300k:100k", [100_000, 200_000, 300_000]),
        ("4,8,20:24:2", [4, 8, 20, 22, 24]),
        ("[3],[3,5],[[1,7],[7,1]]", [[3], [3, 5], [[1, 7], [7, 1]]]),
        ("100k,1M,none", ["100k", "1M", "none"]),
        ("'32*jump:512',64", ["32*jump:512", 64]),
        ("true,false", [True, False]),
        ("20:lffd", ["20:lffd"]),
    ],
)
def test_the_values_of_an_axis(text: str, expected: list[Any]) -> None:
    assert values(text) == expected


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(1, 99))
def test_a_range_is_that_of_python_with_its_end(start: int, end: int, step: int) -> None:
    """Upwards, and downwards with a negative step."""
    low, high = min(start, end), max(start, end)
    assert values(f"{low}:{high}:{step}") == list(range(low, high + 1, step))
    if low < high:
        assert values(f"{high}:{low}:-{step}") == list(range(high, low - 1, -step))


@given(st.lists(st.integers(0, 99), min_size=1, max_size=5, unique=True))
def test_what_is_listed_is_what_is_meant(numbers: list[int]) -> None:
    assert split(",".join(map(str, numbers))) == [str(number) for number in numbers]


@pytest.mark.parametrize(
    ("axes", "more", "error"),
    [
        ({}, {}, "nothing to vary, expected --vary key=values or a [sweep] table in the problem"),
        ({"target_fr": "5"}, {}, "--vary target_fr: names no key, did you mean target_rf?"),
        ({"kernals": [[3]]}, {}, "--vary kernals: names no key, did you mean kernels?"),
        ({"target_rf": "50:40"}, {}, "--vary target_rf: 50:40 is an empty range, expected start:end:step"),
        ({"target_rf": "5:9:0"}, {}, "--vary target_rf: 5:9:0 has a step of 0"),
        ({"target_rf": "1:9999999"}, {}, "--vary target_rf: 1:9999999 has more than 1,000,000 values"),
        ({"target_rf": ""}, {}, "--vary target_rf: empty"),
        ({"target_rf": [5, 5]}, {}, "--vary target_rf: 5 is there twice"),
        ({"target_rf": [5]}, {"zipped": [["target_rf", "x"]]}, "--zip target_rf,x: 'x' is no axis"),
        (
            {"target_rf": [5], "max_rf": [7, 8]},
            {"zipped": [["target_rf", "max_rf"]]},
            "--zip target_rf,max_rf: target_rf has 1, max_rf has 2 values",
        ),
        (
            {"target_rf": [5]},
            {"dropped": ["target_fr > 3"]},
            "--drop target_fr > 3: 'target_fr' is no axis, did you mean",
        ),
        ({"target_rf": [5]}, {"dropped": ["target_rf"]}, "--drop target_rf: no comparison"),
    ],
)
def test_what_is_wrong_with_a_grid(axes: dict[str, Any], more: dict[str, Any], error: str) -> None:
    with pytest.raises(InputError) as caught:
        grid_of([Base({})], axes, **more)
    assert str(caught.value).startswith(error)


def points(grid: Grid) -> list[tuple[Any, ...]]:
    return [tuple(point.varied.values()) for point in grid.points()]


def test_the_last_axis_is_the_fastest() -> None:
    grid = grid_of([Base({})], {"target_rf": [5, 7], "output_stride": [1, 2]})
    assert points(grid) == [(5, 1), (5, 2), (7, 1), (7, 2)]
    assert [point.number for point in grid.points()] == [0, 1, 2, 3]


def test_axes_that_move_together() -> None:
    axes = {"target_rf": [5, 7], "max_params": ["1k", "2k"], "output_stride": [1, 2]}
    grid = grid_of([Base({})], axes, zipped=[["target_rf", "output_stride"]])
    assert points(grid) == [(5, "1k", 1), (5, "2k", 1), (7, "1k", 2), (7, "2k", 2)]
    assert grid.size == 4


def test_conditions_drop_points() -> None:
    grid = grid_of(
        [Base(UNET)],
        {"levels": [3, 4, 5], "target_rf": [50, 100, 200]},
        dropped=["levels >= 5 and target_rf < 100", "target_rf > 50*levels"],
    )
    assert points(grid) == [(3, 50), (3, 100), (4, 50), (4, 100), (4, 200), (5, 100), (5, 200)]


@pytest.mark.parametrize(
    ("text", "varied", "expected"),
    [
        ("a < 3", {"a": 2, "b": 0}, True),
        ("a*2 < 3", {"a": 2, "b": 0}, None),
        ("2*a < 3", {"a": 2, "b": 0}, False),
        ("a == 'x'", {"a": "x", "b": 0}, True),
        ("a >= 100k", {"a": "1M", "b": 0}, True),
        ("a != b and b <= 7", {"a": 3, "b": 7}, True),
        ("a == [3, 5]", {"a": [3, 5], "b": 0}, True),
        ("__import__('os') == 3", {"a": 3, "b": 0}, None),
    ],
)
def test_what_conditions_say(text: str, varied: dict[str, Any], *, expected: bool | None) -> None:
    """Comparisons and nothing else: what calls something is refused."""
    if expected is None:
        with pytest.raises(InputError):
            condition_of(text, list(varied))
    else:
        assert condition_of(text, list(varied)).holds(varied) is expected


def test_what_has_no_order_is_not_compared() -> None:
    with pytest.raises(InputError, match="compares what has no order"):
        condition_of("a < 3", ["a"]).holds({"a": "conv"})


@pytest.mark.parametrize(
    ("name", "table", "home"),
    [
        ("levels", UNET, Home.FAMILY),
        ("family.levels", UNET, Home.FAMILY),
        ("target_rf", UNET, Home.FAMILY),
        ("target-rf", {}, Home.OPTION),
        ("max_params", UNET, Home.OPTION),
        ("exit[0].stride", {}, Home.PATH),
        ("budget.layers", UNET, Home.PATH),
    ],
)
def test_where_keys_live(name: str, table: dict[str, Any], home: Home) -> None:
    """A parameter of the family comes before an option of the same name."""
    assert key_of(name, table).home is home


def test_axes_say_what_a_problem_file_would() -> None:
    """Families first, then keys over them; settings are the same at all points."""
    grid = grid_of([Base(UNET)], {"levels": [3], "budget.parameters": ["9k"], "exit[0].stride": [1]})
    (point,) = grid.points()
    problem = Stating(grid, {"target_rf": "30", "within": "0.1"}).problem(point)
    said = [str(requirement) for requirement in problem.requirements if not requirement.name.startswith("stack")]
    assert problem.title == "A U-Net of depth 2"
    assert said[0] == "--set target_rf (receptive field >= 27, receptive field <= 33)" or "27" in said[0]
    assert "--vary budget.parameters (parameters <= 9,000)" in said


def test_a_sweep_table_is_where_axes_can_stand() -> None:
    """And the command line comes over it."""
    table = {
        "exit": [{"receptive_field": 9}],
        "sweep": {"vary": {"target_rf": "5:9:2", "output_stride": [1, 2]}, "drop": ["target_rf > 8"]},
    }
    assert len(points(grid_of([Base(table)], {}))) == 4
    assert len(points(grid_of([Base(table)], {"output_stride": [1]}))) == 2


def test_several_files_are_an_axis() -> None:
    bases = [Base({"exit": [{"receptive_field": n}]}, f"{n}.toml") for n in (5, 9)]
    grid = grid_of(bases, {"output_stride": [1, 2]})
    assert grid.names == ("problem", "output_stride")
    assert points(grid) == [("5.toml", 1), ("5.toml", 2), ("9.toml", 1), ("9.toml", 2)]


def test_a_point_that_cannot_be_stated_is_kept_for_a_row() -> None:
    plan = plan_of(grid_of([Base({})], {"target_rf": [9], "kernels": [[3], [4]]}))
    assert [one.mistake is None for one in plan.points] == [True, False]
    assert "--vary kernels" in str(plan.points[1].mistake)


@pytest.mark.parametrize("axes", [{"defaults.kernals": [[3]], "target_rf": [9]}, {"target_rf": ["x", "y"]}])
def test_a_plan_without_a_point_is_refused(axes: dict[str, Any]) -> None:
    """As is a key that there is not, at the first point."""
    with pytest.raises(ProblemError):
        plan_of(grid_of([Base({})], axes))
