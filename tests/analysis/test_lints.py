"""Every rule: where it speaks, where it is silent, and that it says a thing once."""

from fractions import Fraction

import pytest

from rfsolve import LayerGraph, inspect, open_graph
from rfsolve.analysis import analyse
from rfsolve.analysis.lints import RULES, Lint, LintGroup, Severity, Subject, grouped, lints
from rfsolve.graph import (
    Activation,
    Add,
    Concat,
    Conv,
    GlobalPool,
    Multiply,
    PoolKind,
    Resize,
    ResizeMode,
    Unknown,
)


def found(graph: LayerGraph, object_size: tuple[int, ...] | None = None) -> list[Lint]:
    return list(lints(Subject(analysis=analyse(graph), object_size=object_size))[0])


def of(code: str, graph: LayerGraph, object_size: tuple[int, ...] | None = None) -> list[str]:
    """The nodes that a rule remarks on."""
    return [lint.node for lint in found(graph, object_size) if lint.code == code]


def chain(words: str, size: int | None = None, *, axes: int = 1) -> LayerGraph:
    return open_graph(words, axes=axes, input_size=None if size is None else (size,))


def test_unproductive_layers_start_behind_the_border_layer() -> None:
    """Fields 1, 3, 5, 7, 9 before each layer; of an input of 6 the layers that start from 7 and 9 are left."""
    assert of("unproductive-layer", chain("3 3 3 3 3", 6)) == ["4", "5"]
    assert of("unproductive-layer", chain("3 3 3 3 3", 7)) == ["5"]
    assert of("unproductive-layer", chain("3 3 3 3 3", 9)) == []
    assert of("unproductive-layer", chain("3 3 3 1 3p", 6)) == []


def test_an_axis_without_a_kernel_does_not_count() -> None:
    """A 1x3 is judged by the width alone."""
    graph = open_graph("1x9 1x3", input_size=(4, 8))
    assert of("unproductive-layer", graph) == ["2"]
    assert of("unproductive-layer", open_graph("1x9 3x1", input_size=(4, 8))) == []


def test_a_shortcut_makes_a_layer_critical_and_not_unproductive() -> None:
    graph = LayerGraph()
    graph.input("x", channels=4, size=(8,))
    graph.add("a", Conv.uniform(4, 4, 9, axes=1), "x")
    graph.add("sum", Add(), ["x", "a"])
    graph.add("b", Conv.uniform(4, 4, 3, axes=1), "sum")
    assert of("critical-layer", graph) == ["b"]
    assert of("unproductive-layer", graph) == []
    (lint,) = [one for one in found(graph) if one.code == "critical-layer"]
    assert lint.message == "the longest path to this convolution has seen all of 8, the shortest 1 px"


def test_a_gate_that_sees_everything_tells_no_two_places_apart() -> None:
    """Squeeze-and-excite: the convolutions behind it are neither unproductive, nor critical, nor too large."""
    graph = LayerGraph()
    graph.input("x", channels=4, size=(8,))
    graph.add("squeeze", GlobalPool(kind=PoolKind.AVG), ["x"])
    graph.add("gate", Multiply(), ["x", "squeeze"])
    graph.add("b", Conv.uniform(4, 4, 7, axes=1), "gate")
    assert found(graph) == []


def test_nothing_is_claimed_behind_what_is_not_known() -> None:
    graph = LayerGraph()
    graph.input("x", channels=4, size=(8,))
    graph.add("what", Unknown(name="What", size=(8,)), ["x"])
    graph.add("b", Conv.uniform(4, 4, 7, axes=1), "what")
    assert found(graph) == []


def test_gridding_names_the_layer_that_brings_holes_in() -> None:
    """2, 2, 2: the first one already skips every other pixel; 1, 2, 3 skips none (Wang et al. 2018)."""
    assert of("gridding", chain("3,1,2 3,1,2 3,1,2")) == ["1"]
    assert of("gridding", chain("3 3,1,2 3,1,3")) == []
    assert of("gridding", chain("3 3,1,9 1")) == ["2"]


def test_holes_that_a_merge_closes_are_a_note() -> None:
    """The strided 1x1 shortcut of a residual block at the input: 50 % of the pixels, closed by the addition."""
    graph = LayerGraph()
    graph.input("x", channels=4, size=(32,))
    graph.add("main", Conv.uniform(4, 4, 3, stride=2, axes=1), "x")
    graph.add("short", Conv.uniform(4, 4, 1, stride=2, axes=1), "x")
    graph.add("sum", Add(), ["main", "short"])
    (lint,) = [one for one in found(graph) if one.code == "gridding"]
    assert (lint.node, lint.severity) == ("short", Severity.NOTE)
    assert "touch 50.0% of the pixels" in lint.message
    graph.add("out", Conv.uniform(4, 4, 1, axes=1), "short")
    assert {one.severity for one in found(graph) if one.code == "gridding"} == {Severity.WARNING}


def test_misaligned_merges() -> None:
    graph = LayerGraph()
    graph.input("x", channels=4, size=(32,))
    for name, left in (("a", 0), ("b", 3)):
        layer = Conv(in_channels=4, out_channels=4, kernel=(4,), padding=((left, 3 - left),))
        graph.add(name, layer, "x")
    graph.add("join", Concat(), ["a", "b"])
    assert of("misaligned-merge", graph) == ["join"]


def test_a_field_smaller_than_the_object() -> None:
    """By the field a warning, by 4 sigma a note; by neither nothing."""
    graph = chain("3 3 3 3")
    severities = {
        size: [one.severity for one in found(graph, (size,)) if one.code == "field-smaller-than-object"]
        for size in (6, 8, 10)
    }
    assert severities == {6: [], 8: [Severity.NOTE], 10: [Severity.WARNING]}


def test_sizes_of_an_object_per_axis() -> None:
    (lint,) = [one for one in found(open_graph("1x3 1x3"), (1, 9)) if one.code == "field-smaller-than-object"]
    assert lint.message == "its field of 1x5 px cannot hold an object of 1x9 px"


def test_large_kernels_behind_the_whole_input() -> None:
    assert of("large-kernel-after-coverage", chain("9 5 3", 8)) == ["2"]
    assert of("large-kernel-after-coverage", chain("9 5 3", 9)) == []


def test_border_effects_from_half_of_the_cells_on() -> None:
    """A 3x3 on 8x8 pads 28 of 64 cells, on 6x6 20 of 36."""
    assert of("border-effects", chain("3", 8, axes=2)) == []
    assert of("border-effects", chain("3", 6, axes=2)) == ["1"]
    assert of("border-effects", open_graph("3 3 3", rule="valid", input_size=(8,))) == []


def test_what_could_not_be_checked_says_why() -> None:
    _, left = lints(Subject(analysis=analyse(chain("3 3"))))
    assert {one.code: one.reason for one in left} == {
        "field-smaller-than-object": "the size of the objects is not given",
        "unproductive-layer": "the size of the input is not known",
        "critical-layer": "the size of the input is not known",
        "large-kernel-after-coverage": "the size of the input is not known",
        "border-effects": "the size of the input is not known",
    }
    assert {rule.code for rule in RULES} == {one.code for one in left} | {"gridding", "misaligned-merge"}


def test_one_rule_speaks_once_however_many_layers() -> None:
    """300 unproductive layers are one entry with 300 names, and one line of the table."""
    inspected = inspect("9 " + "3 " * 300, input_size=4)
    (group,) = [one for one in inspected.lints if one.code == "unproductive-layer"]
    assert len(group.nodes) == 300
    assert repr(inspected).count("unproductive-layer") == 1
    assert "2, 3, 4 and 297 more: every path" in " ".join(repr(inspected).split())


def test_groups_put_warnings_first() -> None:
    note = Lint(code="a", node="1", message="m", advice="x", severity=Severity.NOTE)
    warning = Lint(code="b", node="2", message="m", advice="y")
    again = Lint(code="b", node="3", message="other", advice="y")
    assert grouped([note, warning, again]) == (
        LintGroup(code="b", severity=Severity.WARNING, message="m", advice="y", nodes=("2", "3")),
        LintGroup(code="a", severity=Severity.NOTE, message="m", advice="x", nodes=("1",)),
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_is_silent_on_a_plain_network(rule: object) -> None:
    """Five 3x3 on a large image, an activation between."""
    graph = LayerGraph()
    here = graph.input("x", channels=3, size=(256, 256))
    for number in range(5):
        here = graph.add(f"c{number}", Conv.uniform(3, 3, 3), here)
        here = graph.add(f"r{number}", Activation(kind="relu"), [here])
    assert list(rule.find(Subject(analysis=analyse(graph), object_size=(7, 7)))) == []


def test_branches_less_than_a_cell_apart_are_a_note() -> None:
    """Nearest up-sampling moves the centre by half a coarse cell; an unpadded branch moves it by whole cells."""
    graph = LayerGraph()
    graph.input("x", channels=4, size=(32,))
    graph.add("fine", Conv.uniform(4, 4, 3, axes=1), "x")
    graph.add("coarse", Conv.uniform(4, 4, 3, stride=2, axes=1), "fine")
    graph.add("up", Resize(mode=ResizeMode.NEAREST, scale=(Fraction(2),)), ["coarse"])
    graph.add("sum", Add(), ["fine", "up"])
    assert [(one.node, one.severity) for one in found(graph)] == [("sum", Severity.NOTE)]
    graph.add("shifted", Conv(in_channels=4, out_channels=4, kernel=(5,), padding=((0, 4),)), "fine")
    graph.add("late", Add(), ["fine", "shifted"])
    assert ("late", Severity.WARNING) in [(one.node, one.severity) for one in found(graph)]
