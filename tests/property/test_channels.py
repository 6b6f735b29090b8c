"""Channels that do not see alike: random graphs against Boolean propagation channel by channel, and against torch."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from rfsolve.analysis import analyse
from tests.oracle.channel_graphs import ChannelGraph, channel_graphs

EXAMPLES = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@EXAMPLES
@given(channel_graphs())
def test_windows_and_coverage_are_those_of_the_channels(grown: ChannelGraph) -> None:
    """Of every node and of each channel of the last, at every output that sees nothing of the padding."""
    analysis = analyse(grown.graph)
    assert not {remark.code for remark in analysis.diagnostics} & {"mixed-channels", "uneven-merge"}
    for name, tap in analysis.taps.items():
        window, coverage = tap.windows[0], tap.coverage(0)
        assert window is not None
        assert coverage is not None
        assert tap.stride == (grown.jumps[name],)
        together = grown.seen[name].any(0)
        for index in np.flatnonzero(~together[:, -1]).tolist():
            seen = set(np.flatnonzero(together[index]).tolist())
            assert set(coverage.at(index)) == seen, (name, index)
            assert window.at(index) == ((min(seen), max(seen)) if seen else None), (name, index)


@settings(EXAMPLES, max_examples=100)
@given(channel_graphs())
def test_moments_are_those_of_the_influence(grown: ChannelGraph) -> None:
    """And what has influence is what is covered: no weight is 0."""
    for tap in analyse(grown.graph).taps.values():
        influence, moments, coverage = tap.influence(0), tap.moments[0], tap.coverage(0)
        assert influence is not None
        assert moments is not None
        assert coverage is not None
        for index in range(influence.period):
            density, moment = influence.at(index), moments.at(index)
            assert moment.mass == pytest.approx(density.mass)
            assert moment.variance == pytest.approx(density.sigma**2, abs=1e-9)
            assert set((density.offset + np.flatnonzero(density.values)).tolist()) == set(coverage.at(index))
            if density.mass:
                assert moment.mean == pytest.approx(density.mean)


@settings(EXAMPLES, max_examples=60)
@given(channel_graphs(unfolds=False))
def test_gradients_are_the_influence(grown: ChannelGraph) -> None:
    """Of the same network in torch, in float64 and with equal weights, up to one factor for each node."""
    pytest.importorskip("torch")
    from tests.oracle.torch_module import gradient, outputs  # noqa: PLC0415 - torch is an extra

    x, values = outputs(grown.graph)
    for tap in list(analyse(grown.graph).taps.values())[-3:]:
        together = grown.seen[tap.name].any(0)
        influence = tap.influence(0)
        assert influence is not None
        for index in np.flatnonzero(~together[:, -1]).tolist()[:12]:
            found = gradient(x, values[tap.name], [index], 0)
            density = influence.at(index)
            expected = np.zeros_like(found)
            expected[density.offset : density.offset + density.values.size] = density.values
            assert (expected > 0).tolist() == (found > 0).tolist()
            if expected.any():
                np.testing.assert_allclose(found / found.sum(), expected / expected.sum(), atol=1e-12)
