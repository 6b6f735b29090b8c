"""Random graphs against float64 gradients of the same network in torch.

Window, coverage, influence, shapes, parameters.
"""

import numpy as np
import pytest

from rfsolve.analysis import analyse
from rfsolve.analysis.tap import Tap
from rfsolve.graph import parameters
from tests.oracle.random_graphs import grow

pytest.importorskip("torch")
from tests.oracle.torch_module import Built, gradient, outputs


@pytest.mark.parametrize("seed", range(5000, 5040))
def test_gradients_are_the_influence(seed: int) -> None:
    """The gradient's support is the coverage and its values the influence.

    For outputs whose window lies inside.
    """
    grown = grow(seed, layers=5, size=240)
    analysis = analyse(grown.graph)
    x, values = outputs(grown.graph)
    for name, value in values.items():
        assert tuple(value.shape[1:]) == (
            analysis.shapes[name].channels,
            *analysis.shapes[name].size,
        )
    assert parameters(grown.graph) == sum(p.numel() for p in Built(grown.graph).parameters())
    for tap in list(analysis.taps.values())[-3:]:
        for axis in range(grown.axes):
            _agree(tap, axis, x, values[tap.name])


def _agree(tap: Tap, axis: int, x: object, value: object) -> None:
    for index in _inside(tap, axis):
        position = [size // 2 for size in tap.shape.size]
        position[axis] = index
        if any(tap.windows[n].at(position[n]) is None for n in range(len(position))):
            continue
        found = gradient(x, value, position, axis)
        density = tap.influence(axis).at(index)
        expected = np.zeros_like(found)
        expected[density.offset : density.offset + density.values.size] = density.values
        if not expected.any():
            assert not found.any()
            continue
        touched = set(tap.coverage(axis).at(index))
        assert set(np.flatnonzero(np.abs(found) > 0)) <= touched
        np.testing.assert_allclose(found / found.sum(), expected / expected.sum(), atol=1e-12)
        moment = tap.moments[axis].at(index)
        assert moment.mass == pytest.approx(density.mass)
        assert moment.mean == pytest.approx(density.mean)
        assert moment.variance == pytest.approx(density.sigma**2, abs=1e-9)


def _inside(tap: Tap, axis: int) -> list[int]:
    """Outputs of one period in the middle whose windows.

    And all on the way, keep clear of the border.
    """
    window, size = tap.windows[axis], tap.source_shape.size[axis]
    middle = tap.shape.size[axis] // 2
    chosen = range(max(0, middle - window.period // 2), middle + (window.period + 1) // 2)
    margin = size // 4
    return [index for index in chosen if (span := window.at(index)) and span[0] >= margin and span[1] < size - margin][
        :6
    ]
