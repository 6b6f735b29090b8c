"""Merges of branches with different jumps: every output of the size given against Boolean propagation and torch."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from rfsolve.analysis import analyse
from tests.oracle.uneven_graphs import UnevenGraph, uneven_graphs

EXAMPLES = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@EXAMPLES
@given(uneven_graphs())
def test_windows_and_coverage_are_exact_for_every_output(grown: UnevenGraph) -> None:
    """Also at the border, where what a layer reads beyond the outputs listed sees nothing."""
    analysis = analyse(grown.graph)
    assume(("uneven-merge", grown.merge) in {(remark.code, remark.node) for remark in analysis.diagnostics})
    for name, tap in analysis.taps.items():
        window, coverage, influence, moments = tap.windows[0], tap.coverage(0), tap.influence(0), tap.moments[0]
        assert window is not None
        assert coverage is not None
        assert influence is not None
        assert moments is not None
        for index, row in enumerate(grown.seen[name].any(0)):
            seen = set(np.flatnonzero(row[:-1]).tolist())
            assert set(coverage.at(index)) == seen, (name, index)
            assert window.at(index) == ((min(seen), max(seen)) if seen else None), (name, index)
            density = influence.at(index)
            assert set((density.offset + np.flatnonzero(density.values)).tolist()) == seen
            assert moments.at(index).mass == pytest.approx(density.mass)
            assert moments.at(index).variance == pytest.approx(density.sigma**2, abs=1e-9)


@settings(EXAMPLES, max_examples=50)
@given(uneven_graphs())
def test_gradients_are_the_influence_of_every_output(grown: UnevenGraph) -> None:
    """In float64, with equal weights, up to one factor for each node: borders are not rescaled."""
    pytest.importorskip("torch")
    from tests.oracle.torch_module import gradient, outputs  # noqa: PLC0415 - torch is an extra

    analysis = analyse(grown.graph)
    assume(("uneven-merge", grown.merge) in {(remark.code, remark.node) for remark in analysis.diagnostics})
    x, values = outputs(grown.graph)
    tap = list(analysis.taps.values())[-1]
    influence = tap.influence(0)
    assert influence is not None
    found = [gradient(x, values[tap.name], [index], 0) for index in range(tap.shape.size[0] or 0)]
    expected = np.zeros((len(found), grown.size))
    for index, row in enumerate(expected):
        density = influence.at(index)
        row[density.offset : density.offset + density.values.size] = density.values
    np.testing.assert_allclose(np.array(found) / np.sum(found), expected / expected.sum(), atol=1e-12)
