"""Every network of the table, read from torch, against the measured truth."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")
reading = pytest.importorskip("rfsolve.formats.torch.reading")

from tests.imports.networks import NETWORKS, Entry  # noqa: E402 - after importorskip
from tests.oracle.measured import Comparison, compare  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
MAY_BE_UNKNOWN = {
    "Deformable",  # samples where the input says
    "HighResolution",  # corners aligned: a ratio whose pattern does not repeat in step with the other branch's
    "unet_corners",  # the same
}


def _read(entry: Entry) -> tuple[Any, Any]:
    module = entry.build().eval()
    return reading.read_module(module, entry.item_shape), module


@pytest.mark.parametrize("entry", NETWORKS.values(), ids=lambda entry: entry.name)
def test_no_tap_disagrees(entry: Entry) -> None:
    """Every tap that both know, on every axis, at every index; per input where there are several."""
    network, module = _read(entry)
    for at in range(len(entry.input_size) if entry.several else 1):
        result = compare(network, module, entry.input_size, at=at)
        assert not result.wrong, "\n".join(result.wrong)
        assert result.agreed or result.unknown


@pytest.mark.parametrize("entry", NETWORKS.values(), ids=lambda entry: entry.name)
def test_what_can_be_known_is_known(entry: Entry) -> None:
    """No tap is unknown, but where the table of exceptions says so; outputs have their shape.

    Most modules have a tap of their name.
    """
    if entry.several:
        pytest.skip("see test_no_tap_disagrees")
    network, module = _read(entry)
    result: Comparison = compare(network, module, entry.input_size)
    if entry.name not in MAY_BE_UNKNOWN:
        assert not result.unknown, result.unknown
    otherwise = [said for said in result.laid_out_otherwise if said.startswith("output:")]
    assert not otherwise, otherwise
    named = len(result.agreed) + len(result.unknown) + len(result.laid_out_otherwise)
    assert named >= len(result.unnamed), result.unnamed
