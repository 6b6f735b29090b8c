"""The witness is itself held against float64 gradients, against numbers that were changed, and against known fields."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from rfsolve.formats.network import Network  # noqa: E402 - after importorskip
from rfsolve.graph import Conv, LayerGraph, Unknown  # noqa: E402
from tests.imports.networks import NETWORKS, Entry  # noqa: E402
from tests.oracle.measured import Comparison, Measured, compare, measure  # noqa: E402
from tests.oracle.measured_extents import CUT, NotWitnessedError  # noqa: E402
from tests.oracle.measured_gradient import gradient_spans  # noqa: E402
from tests.oracle.measured_numeric import numeric_spans  # noqa: E402

SINGLE = [entry for entry in NETWORKS.values() if not entry.several]
UNDERFLOW = {"long_stack"}  # 400 layers: the gradient's ends are below the smallest float64
HIDDEN = {"Deformable"}  # a draw samples near by; what may be sampled is everything
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")


def _positions(size: Sequence[int]) -> list[tuple[int, ...]]:
    """Corners' diagonal and neighbours in the middle, so that all phases of stride 2 are there."""
    diagonals = [[0, n - 1, n // 2, max(n // 2 - 1, 0)] for n in size]
    return sorted(set(zip(*diagonals, strict=True)))


@pytest.mark.parametrize("entry", SINGLE, ids=lambda entry: entry.name)
def test_the_witness_is_the_gradient(entry: Entry) -> None:
    """Both ends on every axis, at the border and inside, of every output: those of the float64 gradient."""
    if entry.name in UNDERFLOW:
        pytest.skip("underflows")
    torch.manual_seed(1)
    module = entry.build()
    truth = measure(module, entry.input_size)
    for name in (one for one in truth if one.startswith("output:")):
        positions = _positions(truth[name].shape[1:])
        gradients = gradient_spans(module, entry.input_size, positions, output=int(name.removeprefix("output:")))
        for position, gradient in zip(positions, gradients, strict=True):
            measured = tuple(truth[name].at(axis, position) for axis in range(len(entry.input_size) - 1))
            if entry.name in HIDDEN:
                assert all(_within(one, other) for one, other in zip(gradient, measured, strict=True))
            else:
                assert measured == gradient, (name, position)


def _within(inner: Any, outer: Any) -> bool:
    return inner is None or (outer is not None and outer[0] <= inner[0] and inner[1] <= outer[1])


@pytest.mark.parametrize(
    "name", ["ResidualShortcut", "MisalignedBranches", "Focus", "Flips", "ChannelsLast", "Reparametrised", "Rolls"]
)
def test_the_witness_is_what_changes(name: str) -> None:
    """Every row of the input is changed in turn; what changes in the output is what the witness says."""
    entry = NETWORKS[name]
    torch.manual_seed(2)
    module = entry.build().double().eval()
    truth = measure(entry.build(), entry.input_size)["output:0"]

    def run(x: Any) -> Any:
        with torch.no_grad():
            found = module(torch.from_numpy(x))
        return (found[0] if isinstance(found, tuple) else found).numpy()

    x = torch.randn(1, *entry.input_size, dtype=torch.float64).numpy()
    for axis in range(len(entry.input_size) - 1):
        assert numeric_spans(run, x, axis) == truth.along(axis, 2 + axis)


@pytest.mark.parametrize(
    ("entry", "tap"),
    [(entry, tap) for entry in SINGLE for tap in entry.fields],
    ids=lambda one: getattr(one, "name", one),
)
def test_known_fields(entry: Entry, tap: str) -> None:
    """Smallest and largest extent over the phases of outputs that read no padding."""
    truth = measure(entry.build(), entry.input_size)["output:0" if tap == "output" else tap]
    assert _inner_fields(truth) == entry.fields[tap]


def _inner_fields(truth: Measured) -> tuple[int, int]:
    spans = zip(truth.along(0, 2), truth.cuts(0, 2), strict=True)
    extents = [span[1] - span[0] + 1 for span, cut in spans if span is not None and cut == (0, 0)]
    return min(extents), max(extents)


def test_windows_cut_on_the_way_are_marked() -> None:
    """A strided layer leaves the last pixel out; the padding of the next is then inside the image."""
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3, 2), torch.nn.Conv2d(1, 1, 3, padding=1))
    truth = measure(module, (1, 10, 10))["output:0"]
    assert truth.along(0, 2) == [(0, 4), (0, 6), (2, 8), (4, 8)]
    assert truth.cuts(0, 2) == [(CUT, 0), (0, 0), (0, 0), (0, CUT)]


def test_what_has_no_rule_is_refused() -> None:
    """The witness never guesses."""

    class Strange(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.linalg.svdvals(x)

    with pytest.raises(NotWitnessedError, match="svdvals"):
        measure(Strange(), (1, 4, 4))


def _claimed(kernel: int, *, unknown: bool = False) -> Network:
    graph = LayerGraph()
    graph.input("x", channels=1, size=(12, 12))
    if unknown:
        graph.add("conv", Unknown(name="mystery", channels=1, size=(12, 12)), ["x"])
    else:
        half = kernel // 2
        layer = Conv(in_channels=1, out_channels=1, kernel=(kernel,) * 2, padding=((half, half),) * 2)
        graph.add("conv", layer, ["x"])
    graph.output("out", "conv")
    return Network(graph=graph, aliases={"0": "conv"})


def _held(network: Network) -> Comparison:
    return compare(network, torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3, padding=1)), (1, 12, 12))


def test_a_right_claim_agrees() -> None:
    """Tap and output."""
    assert _held(_claimed(3)).agreed == ["0", "output:0"]


def test_a_wrong_claim_is_told() -> None:
    """With the tap, the axis, how many outputs, and one of them."""
    result = _held(_claimed(5))
    assert len(result.wrong) == 2
    assert "0 (conv): axis 0, 12 of 12 outputs: 6 is said to see (4, 8), sees (5, 7)" in result.wrong[0]


def test_unknown_is_counted_by_itself() -> None:
    """It is no disagreement."""
    result = _held(_claimed(3, unknown=True))
    assert result.unknown == ["0", "output:0"]
    assert not result.wrong


def test_every_position_has_one_window() -> None:
    """`at` and `along` read the same extents."""
    truth = measure(torch.nn.Conv2d(1, 2, (3, 5), 2), (1, 11, 13))["output:0"]
    for row, column in product(range(5), range(5)):
        assert truth.at(0, (row, column)) == truth.along(0, 2)[row]
        assert truth.at(1, (row, column)) == truth.along(1, 3)[column]
