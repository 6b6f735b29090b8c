"""Lattices where branches meet and where jumps fall: what goes together, what is left, what never meets."""

from typing import Any

import pytest

from rfsolve.errors import ProblemError
from rfsolve.search.lattice import Junction, Lattice, disagreement, lattices
from rfsolve.search.moves import State
from rfsolve.search.solution import Status
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from
from tests.search.small import answer

DEFAULTS = {"kernels": [3], "dilations": [1], "strides": [1, 2], "widths": [2, 4]}
TWO = {"min": 0, "max": 2}


def fork(op: str, *, exit_: dict[str, Any] | None = None, **branches: dict[str, Any]) -> Problem:
    """Branches from the input that meet."""
    return problem_from(
        {
            "input": {"channels": 1, "axes": 1},
            "defaults": DEFAULTS,
            "stack": [{"name": name, "after": "input", "layers": TWO, **more} for name, more in branches.items()],
            "merge": [{"name": "m", "op": op, "of": list(branches)}],
            "exit": [{"after": "m", **(exit_ or {})}],
        }
    )


def junction(problem: Problem, name: str = "m") -> Junction:
    one = lattices(problem)[name]
    assert isinstance(one, Junction)
    return one


def lattice(problem: Problem, name: str) -> Lattice:
    one = lattices(problem)[name]
    assert isinstance(one, Lattice)
    return one


def ends(states: tuple[State, ...]) -> set[str]:
    return set(map(str, states))


# junctions ----------------------------------------------------------------------------------------------------------


def test_an_addition_joins_equal_states() -> None:
    ways = junction(fork("add", a={"layers": 2}, b={"layers": 2, "widths": 4})).ways
    assert {tuple(map(str, way.parts)) for way in ways} == {("1/4", "1/4"), ("2/4", "2/4"), ("4/4", "4/4")}
    assert all(str(way.result) == str(way.parts[0]) for way in ways)


def test_a_concatenation_joins_equal_jumps_and_adds_up_widths() -> None:
    ways = junction(fork("concat", a={"layers": 1}, b={"layers": 1}, c={"layers": 1, "widths": 8, "strides": [2]})).ways
    assert {tuple(map(str, (*way.parts, way.result))) for way in ways} == {
        ("2/2", "2/2", "2/8", "2/12"),
        ("2/2", "2/4", "2/8", "2/14"),
        ("2/4", "2/2", "2/8", "2/14"),
        ("2/4", "2/4", "2/8", "2/16"),
    }


def test_two_ways_to_one_width_are_one_state() -> None:
    joined = junction(fork("concat", a={"layers": 1, "strides": [1]}, b={"layers": 1, "strides": [1]}))
    assert len(joined.ways) == 4
    assert ends(joined.exits) == {"1/4", "1/6", "1/8"}


def test_after_a_concatenation_the_order_of_widths_starts_anew() -> None:
    """The width of a concatenation is no choice: what follows may be narrower, guard or not."""
    stacks = [
        {"name": "a", "layers": 1},
        {"name": "b", "after": "input", "layers": 1},
        {"name": "z", "after": "m", "layers": 1},
    ]
    table = {"input": {"axes": 1}, "defaults": {**DEFAULTS, "strides": [1]}, "stack": stacks, "exit": [{"after": "z"}]}
    joined = problem_from({**table, "merge": [{"name": "m", "op": "concat", "of": ["a", "b"]}]})
    added = problem_from({**table, "merge": [{"name": "m", "op": "add", "of": ["a", "b"]}]})
    falls = [
        any(move.target.width < move.source.width for move in lattice(problem, "z").moves)
        for problem in (joined, added)
    ]
    assert falls == [True, False]


def test_the_input_can_be_a_branch() -> None:
    stacks = [{"name": "a", "layers": TWO}]
    table = {"input": {"channels": 4, "axes": 1}, "defaults": DEFAULTS, "stack": stacks, "exit": [{"after": "m"}]}
    joined = junction(problem_from({**table, "merge": [{"name": "m", "op": "concat", "of": ["input", "a"]}]}))
    assert {tuple(map(str, way.parts)) for way in joined.ways} == {("1/4", "1/2"), ("1/4", "1/4")}


def test_a_merge_places_no_layer() -> None:
    assert junction(fork("add", a={"layers": 1}, b={"layers": 1})).moves == ()


def test_too_many_ways_are_refused() -> None:
    wide = {"widths": list(range(1, 41)), "layers": 1, "strides": [1]}
    with pytest.raises(ProblemError) as caught:
        lattices(fork("concat", a=wide, b=wide, c=wide))
    assert str(caught.value) == "merge[0].of: over 20,000 combinations of widths at one jump, expected fewer widths"


# pruning ------------------------------------------------------------------------------------------------------------


def test_a_branch_keeps_only_what_the_other_reaches() -> None:
    problem = fork("add", a={"layers": {"min": 1, "max": 3}}, b={"layers": 1, "strides": [2], "widths": 4})
    assert ends(lattice(problem, "a").exits) == ends(lattice(problem, "b").exits) == {"2/4"}
    assert {max(state.jump) for move in lattice(problem, "a").moves for state in (move.source, move.target)} == {1, 2}


def test_what_is_asked_of_the_exit_reaches_through_merges() -> None:
    problem = fork("concat", a={"layers": 2}, b={"layers": 2}, exit_={"stride": 4, "width": 6})
    assert ends(junction(problem).exits) == {"4/6"}
    assert {str(way.parts[0]) for way in junction(problem).ways} == {"4/2", "4/4"}
    assert {state.jump for name in "ab" for state in lattice(problem, name).exits} == {(4,)}


def test_pruning_goes_on_to_a_fixpoint() -> None:
    """What one merge leaves of a branch decides what another merge leaves of its neighbour, and so on."""
    stacks = [
        {"name": "a", "after": "input", "layers": 1},
        {"name": "b", "after": "input", "layers": 1},
        {"name": "c", "after": "input", "layers": 1},
        {"name": "d", "after": "input", "layers": 1, "strides": [2], "widths": 2},
    ]
    merges = [{"name": f"m{i}", "op": "add", "of": list(pair)} for i, pair in enumerate(("ab", "bc", "cd"))]
    table = {
        "input": {"axes": 1},
        "defaults": DEFAULTS,
        "stack": stacks,
        "merge": merges,
        "exit": [{"after": merge["name"]} for merge in merges],
    }
    found = lattices(problem_from(table))
    assert {name: ends(one.exits) for name, one in found.items()} == {name: {"2/2"} for name in found}


def test_several_exits_prune_what_they_share() -> None:
    """The trunk ends where both of its exits can be met."""
    stacks = [{"name": "t", "layers": TWO}, {"name": "b", "after": "t", "layers": 1, "strides": [1]}]
    exits = [{"after": "t", "stride": {"max": 2}}, {"after": "b", "stride": {"min": 2}}]
    problem = problem_from({"input": {"axes": 1}, "defaults": DEFAULTS, "stack": stacks, "exit": exits})
    assert {state.jump for state in lattice(problem, "t").exits} == {(2,)}


# jumps that fall ----------------------------------------------------------------------------------------------------


def rising(size: int | None = None, factors: tuple[int, ...] = (2,), most: int = 2, **more: Any) -> Problem:
    stacks = [
        {"name": "d", "strides": [1, 2, 3], "layers": {"min": 0, "max": 2}},
        {"name": "u", "block": "upsample", "strides": list(factors), "layers": {"min": 1, "max": most}},
    ]
    return problem_from(
        {
            "input": {"axes": 1, **({"size": size} if size else {})},
            "defaults": {**DEFAULTS, "widths": 4},
            "stack": stacks,
            "exit": [{}],
            "guards": {"max_stride": False},
            **more,
        }
    )


def falls(problem: Problem) -> set[tuple[int, int]]:
    return {(move.source.jump[0], move.target.jump[0]) for move in lattice(problem, "u").moves}


def test_up_sampling_starts_only_where_its_factor_divides_the_jump() -> None:
    assert falls(rising()) == {(2, 1), (4, 2), (6, 3)}
    assert falls(rising(factors=(2, 3))) == {(2, 1), (4, 2), (6, 3), (3, 1), (6, 2), (9, 3)}


def test_up_sampling_starts_only_where_the_size_is_whole_cells() -> None:
    """Else ceil(n / jump) cells would become more than there were."""
    assert falls(rising(size=12)) == {(2, 1), (4, 2), (6, 3)}
    assert falls(rising(size=18)) == {(2, 1), (6, 3)}
    assert falls(rising(size=10)) == {(2, 1)}


def test_up_sampling_without_a_stride_before_it_has_nowhere_to_start() -> None:
    stacks = [{"name": "d", "strides": [1]}, {"name": "u", "block": "upsample"}]
    problem = problem_from({"input": {"axes": 1}, "defaults": {**DEFAULTS, "widths": 4}, "stack": stacks, "exit": [{}]})
    assert lattices(problem)["u"].exits == ()
    assert answer({"stack": stacks, "exit": [{}]}).status is Status.INFEASIBLE


def test_an_exit_behind_up_sampling_lets_the_jump_before_it_be_larger() -> None:
    """By the factor for each layer: a stride of 2 at most, two layers of two, and so 8 before them."""
    stacks = [
        {"name": "d", "layers": {"min": 0, "max": 9}, "strides": [1, 2]},
        {"name": "u", "block": "upsample", "layers": {"min": 0, "max": 2}},
    ]
    table = {"input": {"axes": 1}, "defaults": {**DEFAULTS, "widths": 4}, "stack": stacks}
    problem = problem_from({**table, "exit": [{"stride": {"max": 2}}]})
    assert {state.jump[0] for state in lattice(problem, "d").exits} == {1, 2, 4, 8}
    capped = problem_from({**table, "exit": [{"stride": {"max": 2}}, {"after": "d", "stride": {"max": 4}}]})
    assert {state.jump[0] for state in lattice(capped, "d").exits} == {1, 2, 4}


# branches that never meet -------------------------------------------------------------------------------------------


def test_branches_that_never_meet_are_named_with_what_they_reach() -> None:
    jumps = fork("concat", a={"strides": [2], "layers": 1}, b={"strides": [1], "layers": 1, "widths": 4})
    assert str(disagreement(jumps)) == (
        "merge[0].of: concat never meets, expected branches of equal jump (jump/width): 'a' reaches 2/2, 2/4; "
        "'b' reaches 1/4"
    )
    widths = fork("add", a={"strides": [1], "layers": 1, "widths": 3}, b={"strides": [1], "layers": 1, "widths": 4})
    assert str(disagreement(widths)) == (
        "merge[0].of: add never meets, expected branches of equal jump and width (jump/width): 'a' reaches 1/3; "
        "'b' reaches 1/4"
    )


def test_a_long_list_of_states_is_cut() -> None:
    many = {"layers": {"min": 1, "max": 6}, "widths": 4}
    problem = fork("add", a=many, b={"layers": 1, "widths": 8})
    assert "'a' reaches 1/4, 2/4, 4/4, 8/4, ...; 'b' reaches 1/8, 2/8" in str(disagreement(problem))


def test_the_input_is_a_branch_that_reaches_its_own_state() -> None:
    stacks = [{"name": "a", "layers": 1, "widths": 4}]
    merges = [{"name": "m", "op": "add", "of": ["input", "a"]}]
    problem = problem_from({"defaults": DEFAULTS, "stack": stacks, "merge": merges, "exit": [{}]})
    assert "'input' reaches 1x1/3; 'a' reaches 1x1/4, 2x2/4" in str(disagreement(problem))


def test_what_exits_and_budgets_rule_out_is_no_disagreement() -> None:
    """That is infeasible, and explained; branches that never meet are a mistake."""
    problem = fork("add", a={"layers": 1}, b={"layers": 1}, exit_={"stride": 16})
    assert not junction(problem).exits
    assert disagreement(problem) is None


def test_solving_branches_that_never_meet_says_so() -> None:
    table = {
        "defaults": DEFAULTS,
        "stack": [
            {"name": "a", "strides": [2], "layers": 1},
            {"name": "b", "after": "input", "strides": [1], "layers": 1},
        ],
        "merge": [{"name": "m", "op": "concat", "of": ["a", "b"]}],
        "exit": [{}],
    }
    with pytest.raises(ProblemError, match=r"merge\[0\].of: concat never meets"):
        answer(table)
