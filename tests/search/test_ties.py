"""Ties, relations and the order of strides and dilations: what the solver holds, and what the recurrence confirms."""

from itertools import pairwise
from typing import Any

import pytest

from rfsolve.errors import ProblemError
from rfsolve.graph import Conv
from rfsolve.search.solution import Design, Status
from rfsolve.space.blocks import Choice
from tests.search.small import answer, designed

ONE: dict[str, Any] = {
    "input": {"axes": 1},
    "defaults": {"kernels": [3, 5], "dilations": [1, 2, 3], "strides": [1], "widths": 4},
}


def layers(design: Design, stack: str) -> list[tuple[Choice, int, int]]:
    return [(layer.choice, layer.c_in, layer.c_out) for layer in design.layers if layer.stack == stack]


def forked(*tied: dict[str, Any], op: str = "add", **more: Any) -> dict[str, Any]:
    """A stem, a branch, and branches that are tied to it."""
    names = ["a", *(stack["name"] for stack in tied)]
    stacks = [
        {"name": "stem", "layers": 1},
        {"name": "a", "after": "stem", "layers": {"min": 1, "max": 3}},
        *({"after": "stem", "tied_to": "a", **stack} for stack in tied),
    ]
    return {**ONE, "stack": stacks, "merge": [{"name": "m", "op": op, "of": names}], **more}


# ties ---------------------------------------------------------------------------------------------------------------


def test_tied_stacks_have_equal_layers() -> None:
    exits = [{"receptive_field": 21}, {"name": "second", "after": "b", "receptive_field": {"min": 17}}]
    design = designed(forked({"name": "b"}, exit=exits))
    assert layers(design, "a") == layers(design, "b")
    assert layers(design, "a")


def test_tied_stacks_in_a_row_repeat_their_strides() -> None:
    """As the stages of a backbone; each starts where the one before it ends."""
    stacks = [
        {"name": "stem", "strides": [1], "layers": 1},
        {"name": "a", "strides": [1, 2], "layers": {"min": 1, "max": 3}},
        {"name": "b", "after": "stem", "tied_to": "a"},
    ]
    merges = [{"name": "m", "op": "add", "of": ["a", "b"]}]
    design = designed({**ONE, "stack": stacks, "merge": merges, "exit": [{"stride": 4, "receptive_field": 15}]})
    assert layers(design, "a") == layers(design, "b")
    assert sum(layer.choice.stride == (2,) for layer in design.layers if layer.stack == "a") == 2


def test_what_only_one_could_do_alone_neither_does() -> None:
    """The tied branch may have one layer at most by the other's budget of taps: a conflict."""
    exits = [{"name": "small", "after": "a", "receptive_field": {"max": 9}}, {"after": "b", "receptive_field": 30}]
    table = {**forked({"name": "b"}), "merge": [], "exit": exits}
    solution = answer(table, explain=True)
    assert solution.status is Status.INFEASIBLE
    assert {"exit[0].receptive_field", "exit[1].receptive_field"} <= set(solution.conflict)
    free = {**table, "stack": [{k: v for k, v in stack.items() if k != "tied_to"} for stack in table["stack"]]}
    assert answer(free).status is Status.OPTIMAL


def test_weights_of_their_own_count_twice_shared_ones_once() -> None:
    exit_ = [{"receptive_field": 25}]
    own = answer(forked({"name": "b"}, exit=exit_))
    shared = answer(forked({"name": "b", "shares_weights": True}, exit=exit_))
    assert own.design is not None
    assert shared.design is not None
    for solution in (own, shared):
        assert solution.design is not None
        assert solution.outcome.value == solution.design.parameters
        assert layers(solution.design, "a") == layers(solution.design, "b")
    branch = own.design.parameters - shared.design.parameters
    assert branch > 0
    stem = next(layer for layer in own.design.layers if layer.stack == "stem")
    kernel = max(stem.choice.kernel)
    assert shared.design.parameters == branch + kernel * 3 * 4 + 2 * 4


def test_tridents_differ_in_dilation_alone() -> None:
    """Three branches of the same weights at dilations 1, 2 and 3 (Li et al., ICCV 2019)."""
    more = [
        {"name": "b", "dilations": [2], "shares_weights": True},
        {"name": "c", "dilations": [3], "shares_weights": True},
    ]
    table = forked(*more, op="concat", exit=[{"receptive_field": 15, "hole_free": False}])
    table["stack"][1] |= {"dilations": [1], "kernels": [3]}
    solution = answer(table)
    design = solution.design
    assert design is not None
    forms = {name: [choice.kernel for choice, _, _ in layers(design, name)] for name in "abc"}
    assert forms["a"] == forms["b"] == forms["c"]
    rates = {name: {choice.dilation for choice, _, _ in layers(design, name)} for name in "abc"}
    assert rates == {"a": {(1,)}, "b": {(2,)}, "c": {(3,)}}
    assert solution.outcome.value == design.parameters
    convs = [node for node in design.graph.nodes if isinstance(design.graph.layer(node), Conv)]
    assert len(convs) == 1 + 3 * len(forms["a"])


def test_several_kernels_are_shared_layer_by_layer() -> None:
    """Dilations of their own put the layers of each branch in another order; weights pair kernel with kernel."""
    table = forked({"name": "b", "dilations": [1, 2], "shares_weights": True}, exit=[{"after": "m"}])
    table["stack"][1]["layers"] = 3
    table["exit"] = [
        {"after": "m", "receptive_field": {"min": 25}},
        {"name": "low", "after": "b", "receptive_field": {"max": 19}},
    ]
    solution = answer(table)
    assert solution.design is not None
    assert solution.outcome.value == solution.design.parameters
    kernels = {name: [choice.kernel for choice, _, _ in layers(solution.design, name)] for name in "ab"}
    assert kernels["a"] == kernels["b"]


def test_a_tied_stack_that_strides_starts_at_one_jump() -> None:
    """Else layers could change places, and the tie would mean less than it says."""
    stacks = [
        {"name": "t", "strides": [1, 2], "layers": {"min": 1, "max": 2}},
        {"name": "a", "strides": [1, 2], "layers": {"min": 1, "max": 2}},
        {"name": "b", "after": "t", "tied_to": "a"},
    ]
    table = {**ONE, "stack": stacks, "merge": [{"name": "m", "op": "add", "of": ["a", "b"]}], "exit": [{}]}
    with pytest.raises(
        ProblemError, match=r"is tied, strides and may start at jumps 1, 2, 4; expected strides = \[1\]"
    ):
        answer(table)


# relations ----------------------------------------------------------------------------------------------------------


def related(order: str, **more: Any) -> dict[str, Any]:
    """Three branches from a stem, each of one or two layers."""
    stacks = [
        {"name": "stem", "layers": 1},
        *({"name": name, "after": "stem", "layers": {"min": 1, "max": 2}} for name in "abc"),
    ]
    return {
        **ONE,
        "stack": stacks,
        "merge": [{"name": "m", "op": "concat", "of": ["a", "b", "c"]}],
        "exit": [{}],
        "relation": [{"of": ["a", "b", "c"], "receptive_field": order, **more}],
    }


def field(design: Design, node: str) -> int:
    (found,) = design.taps[design.ends[node]].receptive_field
    assert found is not None
    return found[1]


@pytest.mark.parametrize("by", [1, 4])
def test_increasing_fields_increase(by: int) -> None:
    small, middle, large = (field(designed(related("increasing", by=by)), node) for node in "abc")
    assert small + by <= middle <= large - by


def test_different_fields_differ_pairwise() -> None:
    design = designed(related("different", by=2))
    fields = sorted(field(design, node) for node in "abc")
    assert fields[0] + 2 <= fields[1] <= fields[2] - 2


def test_no_relation_holds_of_itself() -> None:
    """Fields that fall, and fields that are equal, are as cheap as those that were asked for."""
    asked = designed(related("increasing")).parameters
    falling = related("increasing")
    falling["relation"][0]["of"] = ["c", "b", "a"]
    equal = {**related("different"), "relation": []}
    equal["stack"] = [{**stack, "dilations": [1], "layers": 1} for stack in equal["stack"]]
    for table in (falling, equal):
        design = designed(table)
        assert design.parameters <= asked
        assert not field(design, "a") < field(design, "b")


def test_fields_are_compared_in_pixels_of_what_they_are_measured_from() -> None:
    """Behind a stride of 4, a pixel of the stem's grid is four of the input."""
    table = related("increasing", by=2, measured_from="stem")
    table["stack"][0] |= {"strides": [2], "layers": 2}
    design = designed({**table, "exit": [{"stride": 4}]})
    fields = [field(design, node) for node in "abc"]
    assert fields[0] + 8 <= fields[1] <= fields[2] - 8


def test_merges_and_exits_are_compared_too() -> None:
    table = related("increasing")
    table["relation"] = [{"of": ["stem", "m"], "receptive_field": "increasing", "by": 20}]
    design = designed(table)
    assert field(design, "m") >= field(design, "stem") + 20


def test_fields_with_phases_differ_phase_by_phase() -> None:
    """The smallest field of one is held against the largest of the other."""
    table = {
        **ONE,
        "defaults": {**ONE["defaults"], "layers": {"min": 1, "max": 2}},
        "stack": [
            {"name": "d", "strides": [2], "layers": 1},
            {"name": "u", "block": "upsample", "mode": "linear"},
            {"name": "z"},
        ],
        "exit": [{}],
        "relation": [{"of": ["d", "u", "z"], "receptive_field": "increasing", "by": 2}],
    }
    solution = answer(table)
    assert solution.design is not None
    taps = solution.design.taps
    fields = [taps[solution.design.ends[node]].receptive_field[0] for node in ("d", "u", "z")]
    assert all(one is not None for one in fields)
    pairs = [one for one in fields if one is not None]
    assert all(small[1] + 2 <= large[0] for small, large in pairwise(pairs))


@pytest.mark.parametrize("order", ["increasing", "different"])
def test_a_relation_that_cannot_hold_is_named(order: str) -> None:
    """One layer of one kind each: the fields are equal whatever is chosen."""
    table = related(order)
    table["defaults"] = {**ONE["defaults"], "kernels": [3], "dilations": [1], "layers": 1}
    table["stack"] = [{key: value for key, value in stack.items() if key != "layers"} for stack in table["stack"]]
    solution = answer(table, explain=True)
    assert solution.status is Status.INFEASIBLE
    assert "relation[0]" in solution.conflict


# undilated after strides --------------------------------------------------------------------------------------------


def strided(undilated: int, **more: Any) -> dict[str, Any]:
    defaults = {"kernels": [3], "strides": [1, 2], "dilations": [1, 2, 4], "widths": 4}
    return {
        "input": {"axes": 1},
        "defaults": {**defaults, "undilated_after_stride": undilated, "layers": {"min": 1, "max": 12}},
        "exit": [{"receptive_field": 60, "stride": 4}],
        **more,
    }


def following(design: Design) -> list[int]:
    """By stride, the undilated layers that follow it before anything dilated."""
    found: list[int] = []
    waiting = False
    for layer in design.layers:
        if layer.choice.stride == (2,):
            found.append(0)
            waiting = True
        elif layer.choice.dilation != (1,):
            waiting = False
        elif waiting:
            found[-1] += 1
    return found


@pytest.mark.parametrize("undilated", [1, 2, 3])
def test_undilated_layers_follow_each_stride(undilated: int) -> None:
    assert all(count >= undilated for count in following(designed(strided(undilated))))


def test_without_it_none_need_follow() -> None:
    """Else the test above would hold of itself."""
    assert min(following(designed(strided(0)))) == 0


def test_a_pointwise_layer_is_no_layer_that_follows() -> None:
    """It sees no neighbours, so that it closes no holes."""
    table = strided(1)
    table["defaults"] |= {"kernels": [1, 3]}
    design = designed(table)
    after = [design.layers[i + 1 :] for i, layer in enumerate(design.layers) if max(layer.choice.stride) > 1]
    assert len(after) == 2
    for rest in after:
        kernels = [layer for layer in rest if max(layer.choice.kernel) > 1]
        assert kernels[0].choice.dilation == (1,)


def test_too_few_layers_for_it_are_infeasible_by_name() -> None:
    table = strided(3)
    table["defaults"] |= {"layers": {"min": 1, "max": 6}}
    solution = answer({**table, "exit": [{"stride": 4}]}, explain=True)
    assert solution.status is Status.INFEASIBLE
    assert set(solution.conflict) == {"defaults.undilated_after_stride", "defaults.layers", "exit[0].stride"}
