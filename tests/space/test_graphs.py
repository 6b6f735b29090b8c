"""The language of graphs: merges, ties, relations, fields from within, up-sampling; and what is wrong with them."""

from typing import Any

import pytest

from rfsolve.errors import ProblemError
from rfsolve.space.blocks import Choice
from rfsolve.space.problem import Merge, MergeKind, Order, Quantity, Relation, Tie
from rfsolve.space.reading import problem_from

Table = dict[str, Any]


def named(*names: str, **more: Any) -> list[Table]:
    return [{"name": name, **more} for name in names]


def merge(name: str, *of: str, op: str = "add") -> Table:
    return {"name": name, "op": op, "of": list(of)}


def mistakes(**table: Any) -> list[str]:
    with pytest.raises(ProblemError) as caught:
        problem_from({"exit": [{}], **table})
    return [str(mistake) for mistake in caught.value.mistakes]


# what a graph says --------------------------------------------------------------------------------------------------


def test_a_stack_follows_the_stack_before_it_not_the_merge() -> None:
    problem = problem_from({"stack": named("a", "b", "c"), "merge": [merge("m", "a", "c")], "exit": [{}]})
    assert {name: problem.before(name) for name in "abc"} == {"a": "input", "b": "a", "c": "b"}


def test_the_exit_follows_the_last_node_that_nothing_follows() -> None:
    stacks = [*named("a", "b"), {"name": "c", "after": "m"}]
    merges = [merge("m", "a", "b")]
    assert problem_from({"stack": stacks, "merge": merges, "exit": [{}]}).before("out") == "c"
    assert problem_from({"stack": stacks[:2], "merge": merges, "exit": [{}]}).before("out") == "m"
    both = problem_from({"stack": [{"name": "a"}, {"name": "b", "after": "a"}], "exit": [{"after": "a"}, {}]})
    assert [both.before(exit_.name) for exit_ in both.exits] == ["a", "b"]


def test_nodes_may_be_named_before_they_stand_in_the_file() -> None:
    stacks = [{"name": "late", "after": "m"}, {"name": "a", "after": "input"}, {"name": "b", "after": "a"}]
    problem = problem_from({"stack": stacks, "merge": [merge("m", "a", "b")], "exit": [{"after": "late"}]})
    assert [node.name for node in problem.nodes] == ["a", "b", "m", "late"]
    assert [stack.name for stack in problem.upstream("m")] == ["a", "b"]


def test_a_merge_keeps_the_order_of_its_branches() -> None:
    problem = problem_from(
        {"stack": named("a", "b"), "merge": [merge("m", "b", "input", "a", op="concat")], "exit": [{}]}
    )
    branches = ("b", "input", "a")
    assert problem.part("m") == Merge(name="m", kind=MergeKind.CONCAT, branches=branches, path="merge[0]")


def test_exits_without_a_name_are_named_after_what_they_follow() -> None:
    exits = [{"after": "m"}, {"after": "m", "measured_from": "a", "receptive_field": 3}, {"after": "a"}]
    problem = problem_from({"stack": named("a", "b"), "merge": [merge("m", "a", "b")], "exit": exits})
    assert [exit_.name for exit_ in problem.exits] == ["m.out", "m.out2", "a.out"]
    assert [exit_.name for exit_ in problem.outputs] == ["m.out", "a.out"]


def test_an_exit_that_is_no_output_still_asks() -> None:
    exits = [{}, {"name": "checked", "after": "a", "output": False, "receptive_field": 9, "hole_free": True}]
    problem = problem_from({"stack": named("a", "b"), "exit": exits})
    assert [exit_.name for exit_ in problem.outputs] == ["b.out"]
    asked = [r.quantity for r in problem.at("checked")]
    assert asked == [Quantity.RECEPTIVE_FIELD, Quantity.HOLE_FREE, Quantity.STRIDE]


def test_a_field_from_within_asks_nothing_else_and_has_no_guards() -> None:
    exits = [{}, {"name": "own", "measured_from": "a", "receptive_field": {"min": 5, "max": 9}}]
    problem = problem_from({"stack": named("a", "b"), "exit": exits})
    (requirement,) = problem.at("own")
    assert (requirement.least, requirement.most, requirement.source) == ((5, 5), (9, 9), "a")
    assert str(requirement) == ("exit[1].receptive_field (receptive field from a >= 5, receptive field from a <= 9)")


def test_a_tied_stack_takes_what_the_other_states() -> None:
    """Domains, widths and number of layers; dilations unless it states its own."""
    first = {
        "name": "a",
        "kernels": [5],
        "strides": [1],
        "widths": 24,
        "layers": 3,
        "block": "separable",
        "norm": "none",
    }
    tied = [{"name": "b", "tied_to": "a"}, {"name": "c", "tied_to": "a", "dilations": [3], "shares_weights": True}]
    problem = problem_from({"stack": [first, *tied], "exit": [{}]})
    a, b, c = problem.stacks
    assert (b.choices, b.widths, b.block) == (a.choices, a.widths, a.block)
    assert (c.widths, c.block) == (a.widths, a.block)
    assert {choice.dilation for choice in c.choices} == {(3, 3)}
    assert (a.tie, b.tie, c.tie) == (None, Tie(to="a"), Tie(to="a", dilation=False, weights=True))
    limits = [r for node in "abc" for r in problem.at(node)]
    assert [(r.name, r.most) for r in limits] == [("stack[0].layers", (3,))] * 3


def test_what_a_tied_stack_repeats_word_for_word_is_no_mistake() -> None:
    stacks = [{"name": "a", "kernels": [5], "widths": 8}, {"name": "b", "tied_to": "a", "kernels": [5], "widths": 8}]
    assert problem_from({"stack": stacks, "exit": [{}]}).stacks[1].tie == Tie(to="a")


def test_a_relation_in_words() -> None:
    rows = [
        {"of": ["a", "b"], "receptive_field": "increasing"},
        {"of": ["b", "a", "out"], "receptive_field": "different", "by": 4, "measured_from": "stem"},
    ]
    problem = problem_from({"stack": named("stem", "a", "b"), "exit": [{}], "relation": rows})
    assert [str(relation) for relation in problem.relations] == [
        "relation[0] (receptive fields increasing: a < b)",
        "relation[1] (receptive fields from stem different: b, a, out, by 4 or more)",
    ]


def test_the_pairs_that_a_relation_compares() -> None:
    """Neighbours where fields increase, all of them where they differ."""
    increasing = Relation(name="r", nodes=("a", "b", "c"), order=Order.INCREASING)
    different = Relation(name="r", nodes=("a", "b", "c"), order=Order.DIFFERENT)
    assert increasing.pairs == (("a", "b"), ("b", "c"))
    assert different.pairs == (("a", "b"), ("a", "c"), ("b", "c"))


def test_up_sampling_is_by_two_and_once_by_default() -> None:
    """Domains and numbers of layers in the defaults are about other layers."""
    defaults = {"kernels": [5], "strides": [1], "dilations": [1], "layers": 7}
    stacks = [{"name": "d"}, {"name": "u", "block": "upsample"}, {"name": "t", "block": "transposed"}]
    problem = problem_from({"stack": stacks, "defaults": defaults, "exit": [{}]})
    _, upsample, transposed = problem.stacks
    assert upsample.choices == transposed.choices == (Choice((2, 2), (2, 2), (1, 1)),)
    assert [r.least == r.most == (1,) for node in ("u", "t") for r in problem.at(node)] == [True, True]


def test_kernels_of_a_transposed_convolution_go_with_the_factors_that_they_fit() -> None:
    """Each covers its factor, and what is over splits evenly around it."""
    rise = {"name": "t", "block": "transposed", "strides": [2, 3], "kernels": [1, 2, 3, 4, 5]}
    _, stack = problem_from({"stack": [{"name": "d"}, rise], "input": {"axes": 1}, "exit": [{}]}).stacks
    pairs = [(choice.kernel[0], choice.stride[0]) for choice in stack.choices]
    assert pairs == [(2, 2), (4, 2), (3, 3), (5, 3)]


def test_a_path_ends_at_a_merge_and_at_up_sampling() -> None:
    stacks = [*named("a", "b"), {"name": "u", "block": "upsample", "after": "a"}, {"name": "c", "after": "m"}]
    problem = problem_from({"stack": stacks, "merge": [merge("m", "a", "b")], "exit": [{"after": "c"}, {"after": "u"}]})
    paths = {name for name in problem.space if problem.is_path(name)}
    assert paths == {"input", "a", "b"}


def test_the_undilated_layers_after_a_stride_are_a_requirement_of_the_stack() -> None:
    problem = problem_from({"defaults": {"undilated_after_stride": 2}, "stack": named("a"), "exit": [{}]})
    (requirement,) = (r for r in problem.at("a") if r.quantity is Quantity.UNDILATED)
    assert str(requirement) == "defaults.undilated_after_stride (undilated layers after each stride >= 2)"
    none = problem_from({"stack": [{"name": "a", "undilated_after_stride": 0}], "exit": [{}]})
    assert not [r for r in none.at("a") if r.quantity is Quantity.UNDILATED]


# what is wrong with it ----------------------------------------------------------------------------------------------

CYCLE = "expected every node to follow nodes that do not lead back to it"


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            {"stack": [{"name": "a", "after": "b"}, {"name": "b", "after": "a"}]},
            f"stack[1].after: a cycle: b -> a -> b; {CYCLE}",
        ),
        (
            {"stack": [{"name": "a", "after": "m"}, {"name": "b", "after": "a"}], "merge": [merge("m", "b", "input")]},
            f"merge[0].of: a cycle: m -> a -> b -> m; {CYCLE}",
        ),
        ({"stack": named("a"), "merge": [merge("m", "a", "m")]}, f"merge[0].of: a cycle: m -> m; {CYCLE}"),
        ({"stack": [{"name": "a", "after": "a"}]}, f"stack[0].after: a cycle: a -> a; {CYCLE}"),
    ],
)
def test_a_cycle_names_its_way(table: Table, line: str) -> None:
    assert mistakes(**table) == [line]


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            {"stack": [{"name": "stem"}, {"name": "b", "after": "stam"}]},
            "stack[1].after: there is no 'stam', did you mean 'stem'?",
        ),
        (
            {"stack": [{"name": "stem"}, {"name": "b", "after": "zzz"}]},
            "stack[1].after: there is no 'zzz', expected one of 'input', 'stem'",
        ),
        (
            {"stack": named("left", "right"), "merge": [merge("m", "left", "rigth")]},
            "merge[0].of[1]: there is no 'rigth', did you mean 'right'?",
        ),
        (
            {"stack": named("head"), "exit": [{"after": "haed"}]},
            "exit[0].after: there is no 'haed', did you mean 'head'?",
        ),
        (
            {"stack": named("small", "large"), "relation": [{"of": ["small", "larg"], "receptive_field": "different"}]},
            "relation[0].of[1]: there is no 'larg', did you mean 'large'?",
        ),
        (
            {"stack": named("stem"), "exit": [{}, {"measured_from": "stam", "receptive_field": 3}]},
            "exit[1].measured_from: there is no 'stam', did you mean 'stem'?",
        ),
    ],
)
def test_a_name_that_nothing_has(table: Table, line: str) -> None:
    """With what was meant, where it is near; what hangs on it may be said to lead nowhere."""
    assert mistakes(**table)[0] == line


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({"stack": named("a", "a")}, "stack[1].name: 'a' is taken, expected a name of its own"),
        (
            {"stack": named("a", "b"), "merge": [merge("a", "input", "b")]},
            "merge[0].name: 'a' is taken, expected a name of its own",
        ),
        (
            {"stack": named("a"), "exit": [{"name": "x"}, {"name": "x"}]},
            "exit[1].name: 'x' is taken, expected a name of its own",
        ),
        ({"stack": named("input")}, "stack[0].name: 'input' is taken, expected a name of its own"),
    ],
)
def test_a_name_is_given_once(table: Table, line: str) -> None:
    assert mistakes(**table)[0] == line


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            {"exit": [{"name": "x", "after": "a"}, {"after": "x"}]},
            "exit[1].after: 'x' is an exit, expected a stack or a merge",
        ),
        (
            {"stack": [*named("a"), {"name": "b", "after": "out"}], "exit": [{"name": "out", "after": "a"}]},
            "stack[1].after: 'out' is an exit, expected a stack or a merge",
        ),
        (
            {"merge": [merge("m", "a", "out")], "exit": [{"name": "out", "after": "a"}, {"after": "m"}]},
            "merge[0].of[1]: 'out' is an exit, expected a stack or a merge",
        ),
    ],
)
def test_nothing_follows_an_exit(table: Table, line: str) -> None:
    assert mistakes(**{"stack": named("a"), **table})[0] == line


def test_a_branch_is_named_once() -> None:
    assert mistakes(stack=named("a", "b"), merge=[merge("m", "a", "b", "a")]) == [
        "merge[0].of: ['a', 'b', 'a'] names a branch twice, expected each once"
    ]


def test_a_merge_has_two_branches_and_a_known_op() -> None:
    found = mistakes(stack=named("a", "b"), merge=[merge("m", "a"), merge("n", "a", "b", op="sum")])
    assert [line.partition(": ")[0] for line in found] == ["merge[0].of", "merge[1].op"]
    assert found[1] == "merge[1].op: 'sum' is unknown, expected 'add' or 'concat'"


def test_a_merge_that_leads_nowhere() -> None:
    (line,) = mistakes(stack=named("a", "b"), merge=[merge("m", "a", "b")], exit=[{"after": "b"}])
    assert line.endswith(": 'm' leads to no exit, expected an [[exit]] after it or after what follows")


def test_without_padding_branches_do_not_meet() -> None:
    stacks = [{"name": "a", "padding": "valid"}, {"name": "b", "after": "a"}]
    assert mistakes(stack=stacks, merge=[merge("m", "a", "b")]) == [
        (
            "merge[0].of: stack 'a' on the way has padding 'valid', so that the sizes of branches differ, "
            "expected 'same' or 'causal'"
        )
    ]


DIFFERS = "differs from that of 'a', to which the stack is tied, expected the same or nothing"


def test_a_tied_stack_has_no_domains_of_its_own() -> None:
    """A line for each; dilations alone may differ."""
    own = {"kernels": [5], "strides": [1], "dilations": [4], "widths": 8, "layers": 3, "block": "pool", "norm": "none"}
    assert mistakes(stack=[{"name": "a", "kernels": [3]}, {"name": "b", "tied_to": "a", **own}]) == [
        f"stack[1].{key}: {DIFFERS}" for key in ("kernels", "strides", "widths", "block", "layers", "norm")
    ]


def test_what_is_stated_by_default_counts_for_the_other_stack() -> None:
    stacks = [{"name": "a"}, {"name": "b", "tied_to": "a", "kernels": [5]}]
    assert mistakes(stack=stacks, defaults={"kernels": [3]}) == [f"stack[1].kernels: {DIFFERS}"]
    problem_from({"stack": stacks, "defaults": {"kernels": [5]}, "exit": [{}]})


@pytest.mark.parametrize(
    ("stacks", "start"),
    [
        (named("a", tied_to="a"), "stack[0].tied_to: 'a' is "),
        (
            [{"name": "a"}, {"name": "b", "tied_to": "c"}],
            "stack[1].tied_to: 'c' is no other stack, expected one of 'a'",
        ),
        (
            [{"name": "a"}, {"name": "b", "tied_to": "a"}, {"name": "c", "tied_to": "b"}],
            "stack[2].tied_to: 'b' is tied itself, expected 'a', which it is tied to",
        ),
        (
            [{"name": "a", "shares_weights": True}],
            "stack[0].shares_weights: goes with tied_to, expected the stack to be tied to",
        ),
    ],
)
def test_a_stack_is_tied_to_a_free_one(stacks: list[Table], start: str) -> None:
    (line,) = mistakes(stack=stacks)
    assert line.startswith(start)


def measured(**more: Any) -> list[Table]:
    return [{}, {"name": "own", "measured_from": "a", "receptive_field": 3, **more}]


def test_keys_that_do_not_go_with_a_field_from_within() -> None:
    more = {"stride": 2, "width": 3, "hole_free": True, "object_size": 3, "effective_receptive_field": 3}
    keys = ["effective_receptive_field", "object_size", "stride", "width", "hole_free"]
    assert mistakes(stack=named("a", "b"), exit=measured(**more)) == [
        f"exit[1].{key}: is measured from the input, expected an exit without measured_from" for key in keys
    ]
    assert mistakes(stack=named("a", "b"), exit=measured(output=True)) == [
        "exit[1].output: true with measured_from, expected an exit of its own for the output"
    ]
    assert mistakes(stack=named("a", "b"), exit=[{}, {"measured_from": "a"}]) == [
        "exit[1].receptive_field: missing, expected the field that measured_from is about"
    ]


def test_a_field_is_measured_from_what_leads_there() -> None:
    stacks = [{"name": "a"}, {"name": "b", "after": "input"}]
    exits = [{"name": "x", "after": "a"}, {"after": "b"}]
    beside = {"name": "own", "after": "b", "measured_from": "a", "receptive_field": 3}
    assert mistakes(stack=stacks, exit=[*exits, beside]) == [
        "exit[2].measured_from: 'a' does not lead to 'own', expected a node before it"
    ]
    assert mistakes(stack=stacks, exit=[*exits, {**beside, "measured_from": "x"}]) == [
        "exit[2].measured_from: 'x' is an exit, expected a stack or a merge"
    ]


def test_a_relation_of_what_cannot_be_compared() -> None:
    twice = {"of": ["a", "a"], "receptive_field": "different"}
    falling = {"of": ["a", "b"], "receptive_field": "decreasing"}
    beside = {"of": ["a", "b"], "receptive_field": "different", "measured_from": "b"}
    stacks = named("a", "b")
    assert mistakes(stack=stacks, relation=[twice]) == [
        "relation[0].of: ['a', 'a'] names a node twice, expected each once"
    ]
    assert mistakes(stack=stacks, relation=[falling]) == [
        "relation[0].receptive_field: 'decreasing' is unknown, expected 'increasing' or 'different'"
    ]
    assert mistakes(stack=stacks, relation=[beside])[0] == (
        "relation[0].measured_from: 'b' does not lead to 'a', expected a node before it"
    )


@pytest.mark.parametrize("exits", [[{"output": False}], [{"measured_from": "a", "receptive_field": 3}]])
def test_something_is_read_out(exits: list[Table]) -> None:
    (line,) = mistakes(stack=named("a", "b"), exit=exits)
    assert line.startswith("exit: none is an output")


FACTOR = "no kernel fits a factor [2], expected the factor plus an even number: 2 or 4 for 2"


@pytest.mark.parametrize(
    ("rise", "line"),
    [
        ({"block": "upsample", "kernels": [3]}, "stack[1].kernels: block upsample has no kernel, expected none"),
        ({"block": "upsample", "dilations": [1]}, "stack[1].dilations: block upsample has no dilation, expected none"),
        (
            {"block": "transposed", "dilations": [2]},
            "stack[1].dilations: block transposed has no dilation, expected none",
        ),
        (
            {"block": "upsample", "strides": [1]},
            "stack[1].strides: a factor of 1 in the up-sampling block upsample, expected 2 or more",
        ),
        ({"block": "transposed", "kernels": [1, 3]}, f"stack[1].kernels: {FACTOR}"),
        ({"block": "upsample", "mode": "cubic"}, "stack[1].mode: 'cubic' is unknown, expected 'nearest' or 'linear'"),
    ],
)
def test_what_up_sampling_does_not_have(rise: Table, line: str) -> None:
    assert mistakes(stack=[{"name": "d"}, {"name": "u", **rise}]) == [line]


def test_up_sampling_keeps_the_size() -> None:
    (line,) = mistakes(stack=[{"name": "d"}, {"name": "u", "block": "upsample", "padding": "causal"}])
    assert line.endswith(": block upsample with padding 'causal', expected 'same'")


@pytest.mark.parametrize("goal", ["effective_receptive_field", "entropy"])
def test_nothing_is_maximised_behind_a_merge(goal: str) -> None:
    table = {"stack": named("a", "b", layers=3), "merge": [merge("m", "a", "b")], "input": {"size": 32}}
    assert mistakes(**table, objective={"maximise": goal}) == [
        (
            "objective.maximise: 'out', the last exit, comes after a merge or up-sampling, where nothing can be "
            "maximised; expected objective.minimise"
        )
    ]


def test_all_mistakes_of_a_graph_come_at_once() -> None:
    found = mistakes(
        stack=[{"name": "a", "after": "zz"}, {"name": "b", "tied_to": "b", "kernels": [4]}],
        merge=[merge("m", "a", "q"), merge("n", "b", "b")],
        relation=[{"of": ["a", "a"], "receptive_field": "different"}],
        exit=[{"after": "m"}, {"after": "n", "measured_from": "b"}],
        objective={"minimise": "parameters"},
    )
    assert {line.partition(": ")[0] for line in found} >= {
        "stack[0].after",
        "stack[1].tied_to",
        "stack[1].kernels",
        "merge[0].of[1]",
        "merge[1].of",
        "relation[0].of",
        "exit[1].receptive_field",
    }
