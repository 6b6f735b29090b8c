"""Published receptive fields: measured on the trunks written here, and read from them."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from tests.imports.published import TRUNKS, Trunk  # noqa: E402 - after importorskip
from tests.oracle.measured import Measured, compare, measure  # noqa: E402

ROWS = [pytest.param(trunk, id=name) for name, trunk in TRUNKS.items()]
SHORT_SIDE = 99  # the least that Inception's unpadded layers leave something of


def _size(trunk: Trunk, axis: int) -> tuple[int, int, int]:
    """Long on one axis, so that whole windows fit with several strides to spare."""
    long = max(trunk.fields.values()) + 10 * trunk.stride
    return (3, long, SHORT_SIDE) if axis == 0 else (3, SHORT_SIDE, long)


def _field(truth: Measured, axis: int) -> int:
    """The largest of the extents; those at the border are cut short."""
    return max(high - low + 1 for low, high in filter(None, truth.along(axis, 2 + axis)))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("trunk", ROWS)
def test_the_witness_measures_the_published_fields(trunk: Trunk, axis: int) -> None:
    """On either axis, at every end-point that has a published number."""
    truth = measure(trunk.build(), _size(trunk, axis))
    assert {tap: _field(truth[tap], axis) for tap in trunk.fields} == trunk.fields


@pytest.fixture
def reading() -> Any:
    """The importer."""
    return pytest.importorskip("rfsolve.formats.torch.reading")


@pytest.mark.parametrize("trunk", ROWS)
def test_the_published_fields_are_read(reading: Any, trunk: Trunk) -> None:
    """Field, stride and left padding, whatever the size of the image."""
    from rfsolve.analysis import analyse  # noqa: PLC0415 - beside the importer

    network = reading.read_module(trunk.build().eval(), (3, 331, 331))
    taps = analyse(network.graph).taps
    found = {tap: taps[network.node(tap)].receptive_field for tap in trunk.fields}
    assert found == {tap: ((field, field),) * 2 for tap, field in trunk.fields.items()}
    last = taps[network.node(list(trunk.fields)[-1])]
    assert last.stride == (trunk.stride,) * 2
    for tap, padding in trunk.padding.items():
        assert taps[network.node(tap)].windows[0].at(0)[0] == -padding


@pytest.mark.parametrize("name", ["vgg16", "mobilenet_v1", "inception_v2", "resnet50", "resnet50_slim"])
def test_every_tap_of_a_trunk_agrees(reading: Any, name: str) -> None:
    """At every index, borders included."""
    module, size = TRUNKS[name].build().eval(), (3, 301, 131)
    result = compare(reading.read_module(module, size), module, size)
    assert not result.wrong, "\n".join(result.wrong)
    assert not result.unknown
