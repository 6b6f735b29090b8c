"""What an output reads, borders as they are: against the witness, with no tolerance for padding of any kind."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")
reading = pytest.importorskip("rfsolve.formats.torch.reading")

from torch import nn  # noqa: E402 - after importorskip

from rfsolve.analysis import analyse  # noqa: E402
from rfsolve.report.boxes import boxes  # noqa: E402
from rfsolve.report.inspection import inspect  # noqa: E402
from tests.imports.networks import NETWORKS, Entry  # noqa: E402
from tests.oracle.measured import Measured, measure  # noqa: E402
from tests.oracle.measured_gradient import gradient_spans  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
SLOW = {"long_stack"}
ENTRIES = [entry for entry in NETWORKS.values() if not entry.several and entry.name not in SLOW]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_boxes_are_what_is_read(entry: Entry) -> None:
    """Of the outputs at both ends of each axis and in the middle: of the last module's results and of every output."""
    module = entry.build().eval()
    network = reading.read_module(module, entry.item_shape)
    analysis = analyse(network.graph)
    truth = measure(module, entry.input_size)
    for name, measured in [*truth.items()][-6:]:
        place = int(name[7:]) if name.startswith("output:") else None
        node = network.node(name) if place is None else network.graph.outputs[place]
        if node in analysis.taps and _lies_alike(analysis.taps[node].shape.size, measured):
            _check(analysis, node, measured)


def _lies_alike(size: tuple[int | None, ...], measured: Measured) -> bool:
    return measured.shape[1:] == size and measured.is_whole_batch


def _check(analysis: Any, node: str, measured: Measured) -> None:
    sizes = analysis.taps[node].shape.size
    for axis, size in enumerate(sizes):
        truth = measured.along(axis, 2 + axis)
        for place in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
            index = [extent // 2 for extent in sizes]
            index[axis] = place
            said = analysis.seen(node, index)
            if said is not None:
                assert said[axis] == truth[place], (node, axis, place)


class Borders(nn.Module):
    """Every kind of border in one path: reflected, rolled, wrapped, repeated, and a nearest resize."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect")
        self.two = nn.Conv2d(3, 3, 5, stride=2, padding=2, padding_mode="circular")
        self.three = nn.Conv2d(3, 2, 3, padding=1, padding_mode="replicate")
        self.up = nn.Upsample(scale_factor=1.5)

    def forward(self, x: Any) -> Any:
        return self.three(self.up(self.two(self.one(x).roll(2, 3))))


def test_boxes_are_where_the_gradient_is() -> None:
    """In float64, at the four corners, between two of them and in the middle; the table and the API say the same."""
    found = inspect(Borders(), input_size=(17, 20))
    (output,) = found.outputs
    height, width = output.shape.size
    places = [(0, 0), (0, width - 1), (height - 1, 0), (height - 1, width - 1), (0, width // 2), (height // 2, 1)]
    expected = gradient_spans(Borders(), (2, 17, 20), places, draws=4)
    for place, spans in zip(places, expected, strict=True):
        assert found.analyses[0].seen(output.name, place) == spans
        (box,) = boxes(found, place)
        assert box["inside"] == [list(span) for span in spans]


def test_padding_alone_is_nothing() -> None:
    """An output that reads nothing but padding sees nothing, whatever the window on the infinite grid is."""
    found = inspect(nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.ZeroPad2d(3)), input_size=9)
    assert found.analyses[0].seen(found.outputs[0].name, (0, 7)) == (None, (3, 5))
    assert found.outputs[0].windows[0].at(2) == (-2, 0)
