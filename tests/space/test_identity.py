"""The identity of a problem: equal for every spelling of one question, different for every other question."""

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.search.solve import solve
from rfsolve.space.identity import canonical, identity
from rfsolve.space.problem import Known
from rfsolve.space.reading import load_problem, problem_from
from tests.search.small import tables

Table = dict[str, Any]
LIBRARY = sorted((Path(__file__).parents[2] / "problems").glob("*.toml"))
GRAPH: Table = {
    "input": {"channels": 3, "axes": 2, "size": 64},
    "defaults": {"widths": [8, 16], "kernels": [3, 5], "layers": {"min": 1, "max": 4}},
    "stack": [
        {"name": "trunk", "after": "input", "strides": [1, 2]},
        {"name": "a", "after": "trunk", "strides": [1]},
        {"name": "b", "after": "trunk", "strides": [1], "tied_to": "a", "dilations": [1, 2]},
        {"name": "p", "after": "trunk", "strides": [1], "block": "pool"},
        {"name": "x", "after": "m", "strides": [1], "block": "convnext", "expansion": 4, "layers": 1},
    ],
    "merge": [{"name": "m", "op": "concat", "of": ["a", "b", "p"]}],
    "relation": [{"of": ["a", "b"], "receptive_field": "different"}],
    "exit": [
        {"name": "out", "after": "x", "receptive_field": {"min": 20, "max": 60}, "stride": 2},
        {"name": "own", "after": "b", "measured_from": "trunk", "receptive_field": {"min": 3}},
    ],
    "budget": {"parameters": "1M", "layers": 9},
    "objective": {"minimise": ["parameters", "layers"]},
}


def name_of(table: Table) -> str:
    return identity(problem_from(table))


# equal ----------------------------------------------------------------------------------------------------------------


def shuffled(value: Any, rng: random.Random) -> Any:
    """The same tables with their keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    return [shuffled(item, rng) for item in value] if isinstance(value, list) else value


def named_by_a_tie(stack: Table, table: Table) -> bool:
    """Whether a tied stack repeats this one, word for word."""
    return any(other.get("tied_to") == stack["name"] for other in table["stack"])


def respelt(table: Table, rng: random.Random) -> Table:
    """The same problem in other words: orders, defaults said aloud, domains with repeats, one number for each axis."""
    told = deepcopy(table)
    told |= {"title": f"title {rng.random()}", "source": "elsewhere", "known": {"objective": 5}}
    axes = told["input"]["axes"]
    defaults = {"norm": "batch", "activation": "relu", "expansion": 6, "reduction": 4, "mode": "nearest"}
    told["defaults"] = defaults | told.get("defaults", {})
    before = "input"
    for stack in told["stack"]:
        stack.setdefault("after", before)
        before = stack["name"]
        for key in ("kernels", "strides", "dilations"):
            if key in stack and "tied_to" not in stack and not named_by_a_tie(stack, told) and rng.random() < 0.7:
                stack[key] = [[item] * axes if isinstance(item, int) else item for item in stack[key] * 2]
                rng.shuffle(stack[key])
    end = told["stack"][-1]["name"]
    for way_out in told["exit"]:
        way_out.setdefault("name", "out")
        way_out.setdefault("after", end)
        for key, limit in (("receptive_field", "min"), ("stride", "exact")):
            if isinstance(way_out.get(key), int):
                way_out[key] = {limit: [way_out[key]] * axes}
    for tables_ in ("stack", "exit", "merge", "relation"):
        rng.shuffle(told.get(tables_, []))
    for key, amount in told.get("budget", {}).items():
        told["budget"][key] = str(amount)
    told["guards"] = {"hole_free": True, "monotone_widths": True} | told.get("guards", {})
    return shuffled(told, rng)


@given(tables(), st.integers(0, 2**32))
def test_other_words_are_the_same_problem(table: Table, seed: int) -> None:
    assert name_of(respelt(table, random.Random(seed))) == name_of(table)  # noqa: S311 - a sample


@given(st.integers(0, 2**32))
def test_other_words_are_the_same_graph(seed: int) -> None:
    assert name_of(respelt(GRAPH, random.Random(seed))) == name_of(GRAPH)  # noqa: S311 - a sample


def with_(changes: dict[str, Any], table: Table = GRAPH) -> Table:
    """The table with values put at dotted paths; None takes a key away."""
    changed = deepcopy(table)
    for path, value in changes.items():
        *way, last = path.split(".")
        holder: Any = changed
        for key in way:
            holder = holder[int(key)] if isinstance(holder, list) else holder.setdefault(key, {})
        if value is None:
            del holder[last]
        else:
            holder[int(last) if isinstance(holder, list) else last] = value
    return changed


@pytest.mark.parametrize(
    "changes",
    [
        {"defaults.dilations": [1, 2, 4]},  # the default
        {"stack.0.widths": [16, 8, 16]},
        {"stack.3.widths": [8, 16, 32]},  # a pool's width stays whatever is said
        {"stack.3.norm": "none"},
        {"stack.0.expansion": 2},  # a convolution has none
        {"stack.0.reduction": 2},
        {"exit.0.output": True},
        {"exit.0.hole_free": True},  # typed, and the guard's already
        {"exit.1.output": False},
        {"exit.0.receptive_field.min": [20, 20]},
        {"exit.0.object_size": 20},  # asks for the same field once more
        {"exit.0.object_size": 12},  # asks for less than the field does
        {"budget.parameters": 1_000_000},
        {"relation.0.of": ["b", "a"]},
        {"relation.0.by": 1},
        {"relation.0.measured_from": "input"},
        {"objective.minimise": ["parameters", "layers", "parameters"]},
        {"guards.odd_kernels": False},  # refuses domains, and these are odd
        {"guards.max_dilation": False},
        {"guards.max_output_stride": False},  # the only output says its stride
    ],
    ids=str,
)
def test_what_makes_no_difference_is_no_difference(changes: dict[str, Any]) -> None:
    assert name_of(with_(changes)) == name_of(GRAPH)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (8, {1: 8}),
        ([8], 8),
        ("8,16", [16, 8]),
        ("8*jump:8", 8),
        ({1: 8, 4: 8, 8: 16}, {1: 8, 8: 16}),
        ({2: 8, 1: 4}, {1: 4, 2: 8}),
    ],
)
def test_a_width_plan_is_known_in_each_of_its_forms(one: Any, other: Any) -> None:
    plain: Table = {"exit": [{"receptive_field": 20}]}
    assert name_of({**plain, "defaults": {"widths": one}}) == name_of({**plain, "defaults": {"widths": other}})


def test_names_of_requirements_and_files_are_the_callers() -> None:
    table = {"exit": [{"receptive_field": 20}]}
    mine = problem_from(table, place="a.toml", origins={"exit[0].receptive_field": "--target-rf"})
    renamed = replace(mine, title="t", source="s", known=Known(objective=1, proven=True))
    doubled = replace(mine, requirements=(*mine.requirements, *mine.requirements))
    assert len({identity(problem_from(table)), identity(mine), identity(renamed), identity(doubled)}) == 1


# different ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"input.channels": 4},
        {"input.size": 65},
        {"input.size": [64, 65]},
        {"input.size": None, "budget": {}},
        {"defaults.widths": [8, 32]},
        {"defaults.widths": 16},
        {"defaults.widths": "8*jump"},
        {"defaults.widths": "8*jump:16"},
        {"defaults.widths": {1: 8, 2: 16}},
        {"defaults.kernels": [3]},
        {"defaults.kernels": [[3, 5], 5]},
        {"defaults.dilations": [1, 2]},
        {"defaults.norm": "none"},
        {"defaults.bias": True},
        {"defaults.activation": "gelu"},
        {"defaults.padding": "causal"},
        {"defaults.block": "separable"},
        {"defaults.layers.max": 5},
        {"defaults.layers.min": 0},
        {"stack.0.strides": [1]},
        {"stack.0.undilated_after_stride": 1},
        {"stack.1.name": "c", "stack.2.tied_to": "c", "merge.0.of": ["c", "b", "p"], "relation.0.of": ["c", "b"]},
        {"stack.2.tied_to": None},
        {"stack.2.dilations": None},
        {"stack.2.shares_weights": True},
        {"stack.3.after": "input"},
        {"stack.4.expansion": 5},
        {"merge.0.op": "add"},
        {"merge.0.of": ["b", "a", "p"]},
        {"relation": []},
        {"relation.0.by": 2},
        {"relation.0.receptive_field": "increasing"},
        {"relation.0.measured_from": "trunk"},
        {"exit.0.receptive_field.min": 21},
        {"exit.0.receptive_field.min": [20, 21]},
        {"exit.0.receptive_field.max": 61},
        {"exit.0.receptive_field.max": None},
        {"exit.0.stride": {"max": 2}},
        {"exit.0.stride": 4},
        {"exit.0.width": 48},
        {"exit.0.hole_free": False},
        {"exit.0.effective_receptive_field": 9.5},
        {"stack.1.after": "input"},
        {"exit.0.name": "end"},
        {"exit.1.measured_from": "input"},
        {"exit.1.receptive_field.min": 4},
        {"budget.parameters": "1.1M"},
        {"budget.parameters": None},
        {"budget.macs": "1G"},
        {"objective.minimise": ["layers", "parameters"]},
        {"objective.minimise": "parameters"},
        {"guards.hole_free": False},
        {"guards.monotone_widths": False},
    ],
    ids=str,
)
def test_another_question_is_another_problem(changes: dict[str, Any]) -> None:
    assert name_of(with_(changes)) != name_of(GRAPH)


def test_increasing_fields_have_an_order() -> None:
    grown = with_({"relation.0.receptive_field": "increasing"})
    assert name_of(grown) != name_of(with_({"relation.0.of": ["b", "a"]}, grown))


def test_the_order_of_widths_that_are_not_free_does_not_matter() -> None:
    """Whether widths may fall is a question only where they are free."""
    fixed = with_({"defaults.widths": 16})
    assert name_of(fixed) == name_of(with_({"guards.monotone_widths": False}, fixed))


def test_every_problem_of_the_library_has_its_own() -> None:
    names = [identity(load_problem(path)) for path in LIBRARY]
    assert len(set(names)) == len(LIBRARY) > 40


# neighbours -----------------------------------------------------------------------------------------------------------


def changes_of(table: Table, rng: random.Random) -> Iterator[Callable[[Table], None]]:
    """Yield changes that may or may not matter."""
    stack = rng.randrange(len(table["stack"]))

    def layer(key: str, value: Any) -> Callable[[Table], None]:
        return lambda other: other["stack"][stack].__setitem__(key, value)

    yield layer("kernels", rng.choice([[3], [3, 5], [1, 3], [5]]))
    yield layer("strides", rng.choice([[1], [1, 2]]))
    yield layer("dilations", rng.choice([[1], [1, 2], [1, 2, 3], [2]]))
    yield layer("block", rng.choice(["conv", "separable", "residual", "pool"]))
    yield layer("widths", rng.choice([4, "4*jump:4", "2*jump:8", [4, 2, 6], {1: 3, 4: 5}, {1: 4, 2: 4}]))
    yield lambda other: other["exit"][0].__setitem__("stride", {"max": rng.choice([1, 2, 4, 8, 32])})
    yield lambda other: other["exit"][0].__setitem__("hole_free", rng.random() < 0.5)
    yield lambda other: other["guards"].__setitem__("monotone_widths", rng.random() < 0.5)
    yield lambda other: other["budget"].__setitem__("layers", rng.choice([4, 5, 99]))


def test_problems_of_one_identity_have_one_optimum() -> None:
    """A sample of small changes: where the identity stays, so do status and optimum."""
    same = 0
    for seed in range(12):
        rng = random.Random(seed)  # noqa: S311 - a sample, no secret
        table = {
            "input": {"axes": 1, "size": 64},
            "defaults": {"widths": rng.choice([4, "2*jump:8", [2, 4, 6], {1: 3, 4: 5}])},
            "stack": [
                {"name": "a", "kernels": [3, 5], "dilations": [1, 2], "layers": {"min": 0, "max": 4}},
                {"name": "b", "kernels": [3], "dilations": [1, 2], "layers": {"min": 1, "max": 5}},
            ],
            "exit": [{"receptive_field": rng.randint(5, 40)}],
            "budget": {},
            "guards": {},
        }
        for change in changes_of(table, rng):
            other = deepcopy(table)
            change(other)
            one, two = problem_from(table), problem_from(other)
            if identity(one) == identity(two):
                same += 1
                first, second = (solve(problem, explain=False) for problem in (one, two))
                assert (first.status, first.outcome.value) == (second.status, second.outcome.value)
    assert same > 8


def test_the_form_is_plain_data() -> None:
    form = canonical(problem_from(GRAPH))
    assert json.loads(json.dumps(form)) == form
