"""Designs with branches on a terminal: the picture, the table branch by branch, exits and checks."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from rich.console import Console

from rfsolve.report.layer_runs import runs_text
from rfsolve.report.solution_json import solution_document
from rfsolve.report.solution_page import print_solution
from rfsolve.search.expand import PlacedLayer
from rfsolve.search.solution import Design, Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.blocks import Choice
from rfsolve.space.problem import Problem
from tests.report import networks

NETWORKS: dict[str, Callable[[], Problem]] = {
    "unet": lambda: networks.unet(3, field=94),
    "pyramid": networks.pyramid,
    "parallel": networks.parallel,
    "trident": networks.trident,
    "ladder": lambda: networks.ladder(10),
    "dense": lambda: networks.dense(12),
}


@cache
def solved(name: str) -> tuple[Problem, Solution]:
    problem = NETWORKS[name]()
    return problem, solve(problem, explain=False)


def design_of(solution: Solution) -> Design:
    assert solution.design is not None
    return solution.design


def page(problem: Problem, solution: Solution, width: int = 100, **console: bool) -> str:
    text = io.StringIO()
    print_solution(Console(file=text, width=width, **console), problem, solution)
    return text.getvalue()


def lines(name: str, width: int = 100) -> list[str]:
    return page(*solved(name), width).splitlines()


def test_the_picture_comes_before_the_table() -> None:
    """One line for the input and each stack and merge: its layers, and what is known where it ends."""
    problem, solution = solved("unet")
    picture, table, _ = page(problem, solution).split("\n\n")
    rows = picture.splitlines()[2:]
    assert len(rows) == 1 + len(problem.nodes)
    assert rows[0].split() == ["o", "input", "3", "1", "1"]
    assert rows[2].split() == ["|", "*", "down1", "pool", "2x2", "s2", "32", *seen(solution, "down1")]
    assert next(row for row in rows if "skip2" in row).split() == [
        *("|", "|", "o-'", "skip2", "concat", "256"),
        *seen(solution, "skip2"),
    ]
    assert rows[-1].endswith("-> out")
    assert table.splitlines()[0].split()[:3] == ["#", "layer", "block"]


def seen(solution: Solution, node: str) -> list[str]:
    tap = design_of(solution).taps[design_of(solution).ends[node]]
    (low, high), *_ = tap.receptive_field
    return [str(low) if low == high else f"{low}-{high}", str(tap.stride[0])]


def test_the_table_says_what_each_stack_and_merge_builds_on() -> None:
    problem, solution = solved("pyramid")
    shown = lines("pyramid")
    assert [line for line in shown if line.startswith("stack ")] == [
        *("stack c3  from input", "stack c4  from c3", "stack c5  from c4", "stack lat5  from c5"),
        *("stack out5  from lat5", "stack up5  from lat5", "stack lat4  from c4", "stack out4  from p4"),
        *("stack up4  from p4", "stack lat3  from c3", "stack out3  from p3"),
    ]
    field, jump = seen(solution, "p4")
    assert f"p4 = add(lat4, up5): 128 channels, field {field}, jump {jump}" in shown
    marks = [line for line in shown if line.startswith("->")]
    assert marks == ["-> check backbone", "-> exit P5", "-> exit P4", "-> exit P3"]
    layers = len(design_of(solution).layers)
    assert [line.split()[0] for line in shown if line[:2].strip().isdigit()] == [str(i + 1) for i in range(layers)]
    assert len(problem.stacks) == 11


def test_exits_are_summed_up_in_the_order_of_the_problem() -> None:
    shown = lines("pyramid", 120)
    facts = [line.split(" receptive field ")[0].strip() for line in shown if " receptive field " in line]
    assert facts == ["exit P3", "exit P4", "exit P5", "check backbone"]


def test_fields_that_differ_over_the_phases_are_ranges() -> None:
    _, solution = solved("pyramid")
    (low, high), *_ = next(report for report in design_of(solution).exits if report.name == "P3").receptive_field
    assert low < high
    assert f"receptive field {low}-{high}, stride 8" in page(*solved("pyramid"))


def test_a_tied_stack_says_whose_weights_it_has() -> None:
    shown = lines("trident")
    assert "stack small  from trunk" in shown
    assert "stack middle  from trunk: weights of small" in shown


def test_an_empty_stack_is_said() -> None:
    """A check behind it stands where it leaves; a field measured from elsewhere says from where."""
    side = {"kernels": [3], "strides": [1], "dilations": [1]}
    stacks = [
        networks.stack("empty", "input", layers=0),
        networks.stack("left", "empty", **side, layers=2),
        networks.stack("right", "empty", **side, layers=1),
    ]
    exits = [
        {"after": "sum", "name": "out"},
        {"after": "left", "name": "own", "measured_from": "empty", "receptive_field": 5},
        {"after": "empty", "name": "raw", "output": False},
    ]
    problem = networks.problem(stacks, [networks.merge("sum", "add", "left", "right")], exits)
    text = page(problem, solve(problem, explain=False))
    assert "o-.  empty  no layers" in text
    assert "stack empty  from input: no layers\n-> check raw\nstack left" in text
    assert "check own  receptive field 5 from empty\n" in text


def test_exits_at_one_place_share_a_line() -> None:
    stacks = [networks.stack("a", "input"), networks.stack("b", "a"), networks.stack("c", "a", layers={"min": 0})]
    exits = [
        {"name": name, "after": after, "receptive_field": field}
        for name, after, field in (("x", "a", 9), ("y", "a", 9), ("w", "b", 20), ("z", "c", 9))
    ]
    problem = networks.problem(stacks, [], exits)
    shown = [line for line in page(problem, solve(problem)).splitlines() if line.startswith(("stack", "->"))]
    assert shown == [
        *("stack a  from input", "-> exits x, y", "stack b  from a", "-> exit w"),
        *("stack c  from a: no layers", "-> exit z"),
    ]


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", NETWORKS)
def test_plain_text_without_a_terminal(name: str, width: int) -> None:
    """ASCII, no colour, nothing trailing; from 80 columns on no line is longer than the console is wide."""
    text = page(*solved(name), width)
    assert text.isascii()
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
    if width >= 80:
        assert max(map(len, text.splitlines())) <= width


def test_box_characters_on_a_terminal_that_can_show_them() -> None:
    class Ascii(io.StringIO):
        encoding = "ascii"

    text, plain = io.StringIO(), Ascii()
    for file in (text, plain):
        print_solution(Console(file=file, width=100, force_terminal=True, no_color=True), *solved("parallel"))
    assert "\u25cf\u2500\u252c\u2500\u252c\u2500\u256e  trunk" in text.getvalue()
    assert "*-.-.-.  trunk" in plain.getvalue()
    assert plain.getvalue().isascii()


def test_names_take_the_place_of_rails_that_are_too_wide() -> None:
    shown = lines("dense", 80)
    assert shown[0].split()[:3] == ["from", "stack", "layers"]
    rows = {words[-5]: words for words in map(str.split, shown) if "concat" in words}
    assert rows["c3"][:3] == ["x0,", "x1,", "x2"]
    assert rows["c12"][-7:-5] == ["..", "(12)"]
    assert lines("dense", 400)[0].split()[:2] == ["stack", "layers"]


def test_names_from_outside_are_shown_as_they_are() -> None:
    """No markup, no emoji, no control characters; a long name is cut in the picture, and whole in the table."""
    own = {"trunk": "[bold]:smile:[/bold]", "rate2": "a\x1b[2J", "rate4": "n" * 90, "rate8": "\u5e45\u5e83"}
    problem = networks.parallel(**own)
    shown = page(problem, solve(problem, explain=False), 250)
    picture, table, _ = shown.split("\n\n")
    assert "stack [bold]:smile:[/bold]  from input" in table
    assert "stack a\\x1b[2J  from [bold]:smile:[/bold]" in table
    assert "\x1b" not in shown
    assert "n" * 22 + ".." in picture
    assert "n" * 23 not in picture
    assert f"aspp = concat(point, a\\x1b[2J, {'n' * 90}, \u5e45\u5e83): 512 channels" in table
    wide = next(line for line in picture.splitlines() if "\u5e45" in line)
    assert wide.index("3x3") == picture.splitlines()[0].index("layers") - 2, "two characters of two columns each"


def test_long_merge_lines_wrap_under_themselves() -> None:
    assert "c12 = concat(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11): 384 channels," in lines("dense", 80)
    assert any(line.startswith("    field ") for line in lines("dense", 80))


@pytest.mark.parametrize(
    ("room", "text"),
    [
        (60, "residual 3x3 s2 x2, 3x3 x5, 3x3 s2, 5x5 d4"),
        (41, "residual 3x3 s2 x3, 3x3 x5, 5x5 d4"),
        (33, "residual 3x3 s2 x3, .. (9 layers)"),
        (32, "9 layers"),
        (3, "9 layers"),
    ],
)
def test_the_layers_of_a_stack_on_one_line(room: int, text: str) -> None:
    strided, plain, wide = choice(3, 2), choice(3), choice(5, 1, 4)
    assert runs_text([*[strided] * 2, *[plain] * 5, strided, wide], room) == text


def choice(kernel: int, stride: int = 1, dilation: int = 1) -> PlacedLayer:
    of_both_axes = Choice((kernel,) * 2, (stride,) * 2, (dilation,) * 2)
    return PlacedLayer(name="s.1", stack="s", block="residual", choice=of_both_axes, c_in=8, c_out=8, nodes=("s.1",))


def test_refused_candidates_are_counted() -> None:
    problem, solution = solved("trident")
    assert "rejected" not in page(problem, replace(solution, rejected=0))
    one, many = (page(problem, replace(solution, rejected=number)) for number in (1, 1200))
    assert "rejected  1 candidate that the recurrence refused\n" in one
    assert "rejected  1,200 candidates that the recurrence refused\n" in many


def test_the_document_says_what_is_seen_at_every_end() -> None:
    problem, solution = solved("unet")
    document = json.loads(json.dumps(solution_document(solution), allow_nan=False))
    ends = document["design"]["ends"]
    assert set(ends) == {"input", "out", *(part.name for part in problem.nodes)}
    assert ends["skip2"]["node"] == "skip2"
    assert ends["skip2"]["op"] == "concat"
    assert ends["skip2"]["channels"] == 256
    assert ends["skip2"]["stride"] == [4, 4]
    assert ends["out"]["receptive_field"] == document["design"]["exits"][0]["receptive_field"]
    assert {end["node"] for end in ends.values()} <= {node["id"] for node in document["design"]["graph"]["nodes"]}
    assert document["rejected"] == solution.rejected


def test_a_relation_in_the_way_is_named_with_its_nodes() -> None:
    """The number of a stack in the file is followed by its name; leaving the relation out is said once."""
    one = {"kernels": [3], "dilations": [1], "strides": [1], "layers": 1}
    stacks = [networks.stack("t", "input"), networks.stack("a", "t", **one), networks.stack("b", "t", **one)]
    exits = [{"name": "x", "after": "a"}, {"name": "y", "after": "b"}]
    relation = {"of": ["x", "y"], "receptive_field": "increasing", "by": 4}
    problem = networks.problem(stacks, [], exits, relation=[relation])
    text = " ".join(page(problem, solve(problem), 200).split())
    assert "relation[0] (receptive fields increasing: x < y, by 4 or more)" in text
    assert "where stack[1] is a, stack[2] is b " in text
    assert "without relation[0] (receptive fields increasing: x < y, by 4 or more): from 19,488 parameters " in text
    assert "in place of relation[0]" not in text


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (networks.unet(2, field=44, stride=6), "strides 1, 2 on offer and up-sampling by 2 make 1, 2, 4, 8, ... "),
        (
            networks.unet(2, field=44, more=[{"after": "enc2", "stride": 3}]),
            "strides 1, 2 on offer make 1, 2, 4, 8, ... ",
        ),
        (networks.unet(2, field=44, more=[{"after": "enc2", "stride": 4}]), None),
    ],
)
def test_the_strides_on_offer_are_those_of_what_comes_before(problem: Problem, line: str | None) -> None:
    _, solution = solved("unet")
    text = " ".join(page(problem, replace(solution, status=Status.INFEASIBLE, design=None)).split())
    assert (line in text) if line is not None else ("strides " not in text)
