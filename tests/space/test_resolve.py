"""From a document to a problem: defaults, guards, names, chains, axes."""

from itertools import product
from typing import Any

import pytest

from rfsolve.errors import ProblemError
from rfsolve.space.blocks import BlockSpec, Choice
from rfsolve.space.problem import Guards, Known, Objective, Problem, Quantity, Requirement
from rfsolve.space.reading import problem_from
from rfsolve.space.widths import ScaledWidth

EXIT = {"exit": [{"receptive_field": 20}]}


def mistakes(table: dict[str, Any], **options: Any) -> list[str]:
    with pytest.raises(ProblemError) as caught:
        problem_from(table, **options)
    return [str(mistake) for mistake in caught.value.mistakes]


def said(problem: Problem) -> list[str]:
    return [str(requirement) for requirement in problem.requirements]


# defaults -----------------------------------------------------------------------------------------------------------


def test_the_least_problem_has_the_defaults_of_the_design() -> None:
    problem = problem_from(EXIT)
    assert (problem.input.channels, problem.input.axes, problem.input.size) == (3, 2, None)
    (stack,) = problem.stacks
    assert stack.name == "trunk"
    assert stack.block == BlockSpec(kind="conv", norm="batch", activation="relu", bias=False, padding="same")
    assert stack.widths == ScaledWidth(32, 512)
    pairs = {(choice.kernel[0], choice.stride[0], choice.dilation[0]) for choice in stack.choices}
    assert pairs == set(product((3, 5, 7), (1, 2), (1, 2, 4)))
    assert [exit_.name for exit_ in problem.exits] == ["out"]
    assert problem.objectives == (Objective(quantity=Quantity.PARAMETERS),)
    assert problem.guards == Guards()
    assert said(problem) == [
        "defaults.layers (layers >= 1)",
        "exit[0].receptive_field (receptive field >= 20)",
        "guards.hole_free (hole-free)",
        "guards.max_output_stride (stride <= 32)",
    ]
    assert [requirement.guard for requirement in problem.requirements] == [False, False, True, True]


def test_a_stack_wins_over_the_defaults_key_by_key() -> None:
    defaults = {"kernels": [5], "block": "separable", "norm": "none", "layers": 4}
    problem = problem_from({**EXIT, "defaults": defaults, "stack": [{}, {"kernels": [7], "norm": "batch"}]})
    first, second = problem.stacks
    assert {choice.kernel for choice in first.choices} == {(5, 5)}
    assert {choice.kernel for choice in second.choices} == {(7, 7)}
    assert (first.block.norm, second.block.norm) == ("none", "batch")
    assert first.block.kind == second.block.kind == "separable"
    assert said(problem)[:2] == ["defaults.layers (layers = 4)"] * 2


@pytest.mark.parametrize(
    ("table", "bias"),
    [({}, False), ({"norm": "none"}, True), ({"norm": "none", "bias": False}, False), ({"bias": True}, True)],
)
def test_a_bias_stands_in_for_a_missing_normalisation(table: dict[str, Any], bias: bool) -> None:  # noqa: FBT001
    (stack,) = problem_from({**EXIT, "defaults": table}).stacks
    assert stack.block.bias is bias


def test_the_best_known_is_kept() -> None:
    problem = problem_from({**EXIT, "known": {"objective": 27, "proven": False}, "source": "a paper"})
    assert (problem.known, problem.source) == (Known(objective=27, proven=False), "a paper")


@pytest.mark.parametrize(
    ("table", "objectives"),
    [
        ({}, ["parameters"]),
        ({"minimise": "layers"}, ["layers"]),
        ({"minimise": ["layers", "parameters", "layers"]}, ["layers", "parameters"]),
        ({"maximise": "effective_receptive_field"}, ["-effective_receptive_field"]),
        ({"maximise": "effective_receptive_field", "minimise": ["layers"]}, ["-effective_receptive_field", "layers"]),
    ],
)
def test_objectives_in_order(table: dict[str, Any], objectives: list[str]) -> None:
    problem = problem_from({**EXIT, "objective": table, "budget": {"layers": 5}})
    assert ["-" * objective.maximise + objective.quantity for objective in problem.objectives] == objectives


# domains and axes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "axes"),
    [
        ({}, 2),
        ({"input": {"axes": 1}}, 1),
        ({"input": {"axes": 3}}, 3),
        ({"input": {"size": [480, 640]}}, 2),
        ({"input": {"size": 480}}, 2),
        ({"input": {"size": [16, 64, 64]}}, 3),
        ({"defaults": {"kernels": [[3, 3, 1]]}}, 3),
        ({"stack": [{"strides": [1, [1, 2, 2]]}]}, 3),
        ({"exit": [{"receptive_field": [5, 9, 9]}]}, 3),
        ({"exit": [{"stride": {"max": [1, 2, 2]}}]}, 3),
        ({"exit": [{"receptive_field": [5]}]}, 2),
    ],
)
def test_axes_are_told_from_the_lists(table: dict[str, Any], axes: int) -> None:
    problem = problem_from({**EXIT, **table})
    assert problem.input.axes == axes
    assert {len(choice.kernel) for choice in problem.stacks[0].choices} == {axes}


def test_one_number_is_for_every_axis() -> None:
    problem = problem_from({"input": {"axes": 3, "size": 64}, "exit": [{"receptive_field": 9, "stride": {"max": 4}}]})
    assert problem.input.size == (64, 64, 64)
    field, stride = (r for r in problem.requirements if r.quantity in {Quantity.RECEPTIVE_FIELD, Quantity.STRIDE})
    assert (field.least, field.most) == ((9, 9, 9), None)
    assert (stride.least, stride.most) == (None, (4, 4, 4))


def test_anisotropic_domains() -> None:
    """Voxels of 5 x 1 x 1 mm: flat kernels and flat strides beside full ones."""
    defaults = {"kernels": [[1, 3, 3], 3], "strides": [[1, 2, 2]], "dilations": [1]}
    problem = problem_from({"defaults": defaults, "exit": [{"receptive_field": [3, 30, 30]}]})
    assert problem.stacks[0].choices == (
        Choice((1, 3, 3), (1, 2, 2), (1, 1, 1)),
        Choice((3, 3, 3), (1, 2, 2), (1, 1, 1)),
    )
    assert "exit[0].receptive_field (receptive field >= 3x30x30)" in said(problem)


def test_dilation_is_one_where_the_kernel_is() -> None:
    """Otherwise the same layer would be several choices."""
    defaults = {"kernels": [1, [1, 3]], "strides": [1], "dilations": [1, 2, 4]}
    (stack,) = problem_from({**EXIT, "defaults": defaults}).stacks
    assert stack.choices == (
        Choice((1, 1), (1, 1), (1, 1)),
        *(Choice((1, 3), (1, 1), (1, dilation)) for dilation in (1, 2, 4)),
    )


def test_lists_of_the_wrong_length() -> None:
    table = {"input": {"size": [4, 5, 6], "axes": 2}, "defaults": {"kernels": [3, [3, 3, 3]]}, "exit": [{}]}
    assert mistakes(table) == [
        "input.size: [4, 5, 6] has 3 numbers, expected 2 (one per axis) or one",
        "defaults.kernels[1]: [3, 3, 3] has 3 numbers, expected 2 (one per axis) or one",
    ]


def test_too_many_choices() -> None:
    kernels = [[a, b] for a in range(1, 15, 2) for b in range(1, 15, 2)]
    dilations = [[a, b] for a in range(1, 9) for b in range(1, 9)]
    assert mistakes({**EXIT, "defaults": {"kernels": kernels, "dilations": dilations}}) == [
        "stack[0]: 4,802 combinations of kernel, stride and dilation, expected at most 4,096"
    ]


# guards --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("defaults", "line", "way_out"),
    [
        (
            {"kernels": [3, 4]},
            "even kernel 4 cannot be centred, expected odd kernels, or guards.odd_kernels = false",
            {"odd_kernels": False},
        ),
        (
            {"strides": [1, 3]},
            "stride 3 is above the guard, expected at most 2, or guards.max_stride = 3",
            {"max_stride": 3},
        ),
        (
            {"dilations": [9, 16]},
            "dilation 16 is above the guard, expected at most 8, or guards.max_dilation = 16",
            {"max_dilation": 16},
        ),
    ],
)
def test_a_guard_says_its_way_out(defaults: dict[str, Any], line: str, way_out: dict[str, Any]) -> None:
    (key,) = defaults
    assert mistakes({**EXIT, "defaults": defaults}) == [f"defaults.{key}: {line}"]
    assert mistakes({**EXIT, "stack": [defaults]}) == [f"stack[0].{key}: {line}"]
    problem_from({**EXIT, "defaults": defaults, "guards": way_out})


def test_all_guards_at_once() -> None:
    defaults = {"kernels": [2], "strides": [4], "dilations": [12]}
    assert len(mistakes({**EXIT, "defaults": defaults})) == 3
    guards = {"odd_kernels": False, "max_stride": False, "max_dilation": False}
    problem = problem_from({**EXIT, "defaults": defaults, "guards": guards})
    assert problem.stacks[0].choices == (Choice((2, 2), (4, 4), (12, 12)),)


@pytest.mark.parametrize("defaults", [{"block": "pool"}, {"padding": "causal"}])
def test_even_kernels_of_pools_and_causal_layers_are_no_mistake(defaults: dict[str, Any]) -> None:
    problem_from({**EXIT, "defaults": {**defaults, "kernels": [2]}})


def test_guards_switched_off_are_no_requirements() -> None:
    problem = problem_from({**EXIT, "guards": {"hole_free": False, "max_output_stride": False}})
    assert not any(requirement.guard for requirement in problem.requirements)
    assert problem.guards == Guards(hole_free=False, max_output_stride=None)


@pytest.mark.parametrize(
    ("exit_", "guards"),
    [
        ({"stride": 8}, ["guards.hole_free"]),
        ({"stride": {"max": 64}}, ["guards.hole_free"]),
        ({"stride": {"min": 8}}, ["guards.hole_free", "guards.max_output_stride"]),
        ({"object_size": {"value": 20, "policy": "lffd"}}, ["guards.hole_free"]),
        ({"object_size": 20}, ["guards.hole_free", "guards.max_output_stride"]),
        ({"hole_free": True}, ["guards.max_output_stride"]),
        ({"hole_free": False}, ["guards.max_output_stride"]),
    ],
)
def test_what_is_typed_takes_the_place_of_its_guard(exit_: dict[str, Any], guards: list[str]) -> None:
    problem = problem_from({"exit": [exit_]})
    assert [requirement.name for requirement in problem.requirements if requirement.guard] == guards
    kept = [requirement.name for requirement in problem.requirements if requirement.quantity is Quantity.HOLE_FREE]
    assert kept == {True: ["exit[0].hole_free"], False: []}.get(exit_.get("hole_free"), ["guards.hole_free"])


@pytest.mark.parametrize("kind", ["residual", "bottleneck", "inverted", "convnext"])
def test_a_shortcut_needs_a_padding_that_keeps_the_size(kind: str) -> None:
    table = {**EXIT, "defaults": {"block": kind}, "stack": [{"padding": "valid"}]}
    assert mistakes(table) == [
        f"defaults.block: block {kind} adds a shortcut, expected padding 'same' or 'causal', not 'valid'"
    ]


# requirements and their names ----------------------------------------------------------------------------------------


def test_requirements_are_named_by_their_path() -> None:
    exit_ = {
        "receptive_field": {"min": 20, "max": 40},
        "effective_receptive_field": 12.5,
        "stride": {"max": 8},
        "width": {"min": 8, "max": 64},
        "object_size": {"value": 16, "policy": "s3fd"},
        "hole_free": True,
    }
    table = {
        "exit": [exit_],
        "budget": {"parameters": "1.5M", "layers": 9},
        "stack": [{"layers": {"min": 2, "max": 7}}],
    }
    assert said(problem_from(table)) == [
        "stack[0].layers (layers >= 2, layers <= 7)",
        "exit[0].receptive_field (receptive field >= 20, receptive field <= 40)",
        "exit[0].stride (stride <= 8)",
        "exit[0].effective_receptive_field (effective receptive field >= 12.5)",
        "exit[0].width (width >= 8, width <= 64)",
        "exit[0].object_size (receptive field >= 48)",
        "exit[0].object_size (stride <= 4)",
        "exit[0].hole_free (hole-free)",
        "budget.parameters (parameters <= 1,500,000)",
        "budget.layers (layers <= 9)",
    ]


def test_requirements_are_named_by_the_option_that_set_them() -> None:
    origins = {"exit[0].receptive_field.min": "--target-rf", "exit[0].stride": "--output-stride", "budget": "--max"}
    table = {"exit": [{"receptive_field": 20, "stride": 8}], "budget": {"layers": 3}}
    names = [requirement.name for requirement in problem_from(table, origins=origins).requirements]
    assert names == ["defaults.layers", "--target-rf", "--output-stride", "guards.hole_free", "--max"]


def test_a_requirement_in_words() -> None:
    requirement = Requirement(name="x", quantity=Quantity.STRIDE, least=(1, 4), most=(1, 4))
    assert str(requirement) == "x (stride = 1x4)"
    assert Requirement(name="x", quantity=Quantity.MACS, most=(2000,)).sentence == "MACs <= 2,000"


@pytest.mark.parametrize(
    ("least", "most", "sentence"),
    [
        (1, 12, "layers <= 12"),
        (2, 12, "layers >= 2, layers <= 12"),
        (1, 1, "layers = 1"),
        (1, None, "layers >= 1"),
    ],
)
def test_one_layer_goes_unsaid_beside_a_limit(least: int, most: int | None, sentence: str) -> None:
    limits = (most,) if most is not None else None
    assert Requirement(name="x", quantity=Quantity.LAYERS, least=(least,), most=limits).sentence == sentence


def test_costs_need_a_size_and_a_padding_that_keeps_it() -> None:
    assert mistakes({**EXIT, "budget": {"macs": "1M", "activations": "1k"}}) == [
        "budget.macs: counting MACs needs the input's size, expected input.size (--input-size)",
        "budget.activations: counting activations needs the input's size, expected input.size (--input-size)",
    ]
    valid = {**EXIT, "input": {"size": 64}, "defaults": {"padding": "valid"}, "objective": {"minimise": "macs"}}
    assert mistakes(valid) == [
        "objective: counting MACs with padding 'valid' is not supported, expected 'same' or 'causal'"
    ]


def test_what_is_maximised_must_be_bounded() -> None:
    table = {**EXIT, "objective": {"maximise": "effective_receptive_field"}, "stack": [{"layers": 5}, {}]}
    caps = "budget.activations, budget.macs, budget.parameters"
    assert mistakes(table) == [f"objective.maximise: nothing bounds stack 'stack2', expected layers.max or {caps}"]
    problem_from({**table, "stack": [{"layers": 5}, {"layers": {"max": 3}}]})
    problem_from({**table, "budget": {"parameters": "1M"}})
    pooled = {**table, "stack": [{"layers": 5}, {"block": "pool"}], "budget": {"parameters": "1M"}}
    assert mistakes(pooled) == [
        "objective.maximise: nothing bounds stack 'stack2', expected layers.max or budget.activations"
    ]


def test_a_stack_that_leads_nowhere() -> None:
    table = {"stack": [{"name": "a"}, {"name": "b"}], "exit": [{"after": "a", "receptive_field": 9}]}
    assert mistakes(table) == ["stack: 'b' leads to no exit, expected an [[exit]] after it or after what follows"]


def test_names_have_no_dot() -> None:
    table = {"stack": [{"name": "a.1"}], "exit": [{"receptive_field": 9}]}
    assert mistakes(table) == ["stack[0].name: 'a.1' has a dot, expected a name without one"]


# the graph of the space ----------------------------------------------------------------------------------------------


def test_stacks_follow_one_another_unless_they_say_otherwise() -> None:
    stacks = [{"name": "a"}, {"name": "b"}, {"name": "c", "after": "a"}, {"name": "d"}]
    exits = [{"name": "x", "after": "b"}, {"name": "y"}]
    problem = problem_from({"stack": stacks, "exit": exits})
    assert {node: problem.before(node) for node in "abcdxy"} == dict(zip("abcdxy", ("input", *"aacbd"), strict=True))
    assert [stack.name for stack in problem.upstream("y")] == ["a", "c", "d"]
    assert [stack.name for stack in problem.upstream("b")] == ["a", "b"]
    assert problem.upstream("input") == ()
    order = [stack.name for stack in problem.stacks]
    assert order.index("a") < order.index("c") < order.index("d")


def test_names_that_nobody_gave() -> None:
    problem = problem_from({"stack": [{}, {}], "exit": [{"after": "stack1"}, {"after": "stack2"}]})
    assert [stack.name for stack in problem.stacks] == ["stack1", "stack2"]
    assert [exit_.name for exit_ in problem.exits] == ["stack1.out", "stack2.out"]


def test_requirements_of_a_node_and_of_the_whole() -> None:
    problem = problem_from({"stack": [{"name": "a"}], "exit": [{"stride": 2}], "budget": {"layers": 4}})
    assert [r.quantity for r in problem.at("a")] == [Quantity.LAYERS]
    assert [r.quantity for r in problem.at("out")] == [Quantity.STRIDE, Quantity.HOLE_FREE]
    assert [r.name for r in problem.at(None)] == ["budget.layers"]


def test_places_that_do_not_exist_or_are_taken() -> None:
    stacks = [{"name": "a"}, {"name": "a"}, {"name": "b", "after": "zz"}]
    exits = [
        {"after": "input"},
        {"after": "a", "name": "a"},
        {"after": "q"},
        {"after": "a", "name": "e"},
        {"after": "e"},
    ]
    assert mistakes({"stack": stacks, "exit": exits}, place="p.toml") == [
        "p.toml: stack[1].name: 'a' is taken, expected a name of its own",
        "p.toml: stack[2].after: there is no 'zz', expected one of 'a', 'input'",
        "p.toml: exit[0].after: the input has nothing to require, expected a stack",
        "p.toml: exit[1].name: 'a' is taken, expected a name of its own",
        "p.toml: exit[2].after: there is no 'q', expected one of 'a', 'b', 'input'",
        "p.toml: exit[4].after: 'e' is an exit, expected a stack or a merge",
        "p.toml: stack: 'b' leads to no exit, expected an [[exit]] after it or after what follows",
    ]


def test_no_exit() -> None:
    assert mistakes({}) == [
        "exit: missing, expected at least one [[exit]] with a requirement such as receptive_field = 200"
    ]
