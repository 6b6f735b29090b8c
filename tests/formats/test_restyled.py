"""Other normalisations and activations: what is seen stays, and what is counted is known."""

import pytest

from rfsolve.analysis import analyse
from rfsolve.errors import InputError
from rfsolve.formats.restyled import restyled
from rfsolve.graph import Conv, LayerGraph, Norm, parameters, without_statistics
from rfsolve.search.solution import Design
from rfsolve.search.solve import solve
from rfsolve.space.reading import problem_from


def designed(**defaults: str) -> Design:
    table = {
        "exit": [{"receptive_field": 60, "stride": 4}],
        "defaults": {"block": "residual", "widths": 24, **defaults},
    }
    design = solve(problem_from(table), explain=False).design
    assert design is not None
    return design


@pytest.mark.parametrize("norm", ["group", "batch"])
@pytest.mark.parametrize("activation", ["silu", "none", None])
def test_a_norm_for_a_norm_costs_nothing_and_changes_no_window(norm: str, activation: str | None) -> None:
    graph = designed().graph
    other = restyled(graph, norm=norm, activation=activation)
    assert parameters(other.graph) == parameters(graph)
    windows = analyse(without_statistics(other.graph)).taps["out"].windows
    assert windows == analyse(graph).taps["out"].windows


def test_without_a_norm_convolutions_have_a_bias() -> None:
    graph = designed().graph
    bare = restyled(graph, norm="none").graph
    assert not any(isinstance(bare.layer(name), Norm) for name in bare.nodes)
    assert all(layer.bias for name in bare.nodes if isinstance(layer := bare.layer(name), Conv))
    assert parameters(bare) == parameters(designed(norm="none").graph)


def test_a_group_norm_is_designed_with_at_the_cost_of_a_batch_norm() -> None:
    """The solver's parameters are those of the graph, and fields are those of the layers."""
    one, other = designed(), designed(norm="group")
    assert other.parameters == parameters(other.graph) == one.parameters
    assert [exit_.receptive_field for exit_ in other.exits] == [exit_.receptive_field for exit_ in one.exits]
    assert analyse(other.graph).taps["out"].receptive_field == (None, None)


def test_there_must_be_a_norm_to_take_the_place_of() -> None:
    graph = LayerGraph()
    graph.input("input", channels=3, size=(8, 8))
    graph.add("conv", Conv.uniform(3, 4, 3), "input")
    with pytest.raises(InputError, match="no batch or group normalisation"):
        restyled(graph, norm="group")
