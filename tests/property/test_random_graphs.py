"""2,000 random graphs: windows and coverage are those of boolean propagation, at every phase."""

import pytest

from rfsolve.analysis import analyse
from tests.oracle.random_graphs import Grown, grow

CHUNK = 250


@pytest.mark.parametrize("chunk", range(8))
def test_windows_and_coverage_are_those_of_boolean_propagation(chunk: int) -> None:
    """Every node of every graph, at outputs on both sides of 0, over more than a whole period."""
    nodes = 0
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        nodes += _agree(seed, grow(seed))
    assert nodes > 4 * CHUNK


def _agree(seed: int, grown: Grown) -> int:
    analysis = analyse(grown.graph)
    for name, tap in analysis.taps.items():
        for axis, grid in enumerate(grown.grids[name]):
            window, coverage = tap.windows[axis], tap.coverage(axis)
            assert window is not None
            assert coverage is not None
            assert window.jump == coverage.jump == grown.jumps[name][axis] == tap.stride[axis]
            for index in (*range(-3, min(window.period, 12) + 2), 37):
                seen = grid(index)
                where = (seed, name, axis, index)
                assert window.at(index) == ((min(seen), max(seen)) if seen else None), where
                assert set(coverage.at(index)) == seen, where
    return len(analysis.taps)
