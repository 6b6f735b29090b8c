"""Networks whose input is numbers of tokens, from torch and from ONNX."""

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402 - after importorskip

from rfsolve.report.inspection import inspect  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


class TextConvolutions(nn.Module):
    """Tokens and where they are, looked up, under convolutions along the sequence."""

    def __init__(self, positions: int = 100, words: int = 50) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, 8), nn.Embedding(positions, 8)
        self.one, self.two = nn.Conv1d(8, 6, 5, padding=2, dilation=1), nn.Conv1d(6, 4, 3, stride=2, padding=1)

    def forward(self, x: Any) -> Any:
        looked_up = self.words(x) + self.places(torch.arange(x.shape[1]))
        return self.embedded(looked_up.transpose(1, 2))

    def embedded(self, x: Any) -> Any:
        """The network behind the tables."""
        return self.two(torch.relu(self.one(x)))


def _seen(module: TextConvolutions, index: int, tokens: int) -> tuple[int, int]:
    """First and last token with a gradient, of the network behind the tables."""
    x = torch.randn(1, 8, tokens, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(module.double().embedded(x)[0, :, index].sum(), x)
    touched = (gradient[0] != 0).any(0).nonzero().flatten().tolist()
    return touched[0], touched[-1]


def test_an_embedding_is_a_pixel_of_its_own() -> None:
    """Fields as the gradient's, parameters as torch counts them, MACs of the convolutions alone."""
    found = inspect(TextConvolutions(), input_size=40)
    (output,) = found.outputs
    for index in (0, 7, 19):
        assert found.analyses[0].seen(output.name, (index,)) == (_seen(TextConvolutions(), index, 40),)
    document = found.to_dict()
    assert document["parameters"] == sum(p.numel() for p in TextConvolutions().parameters())
    assert document["macs"] == 40 * 8 * 6 * 5 + 20 * 6 * 4 * 3
    assert document["taps"][-1]["metrics"]["macs"] == "complete"


def test_the_length_is_assumed_as_far_as_there_are_positions() -> None:
    """512 tokens, or as many as the shortest table of positions or words has rows; which is said."""
    for positions, words, assumed in ((600, 600, 512), (100, 600, 100)):
        found = inspect(TextConvolutions(positions, words))
        assert found.outputs[0].source_shape.size == (assumed,)
        assert found.diagnostics[0].message == f"no input size was given; {assumed} is assumed"


def test_both_readings_are_one(tmp_path: Path) -> None:
    """A Gather from a stored table is an embedding."""
    path = tmp_path / "text.onnx"
    torch.onnx.export(
        TextConvolutions().eval(), (torch.zeros(1, 40, dtype=torch.long),), str(path), dynamo=False, opset_version=17
    )
    ours, theirs = inspect(TextConvolutions(), input_size=40), inspect(path)
    assert ours.outputs[0].windows == theirs.outputs[0].windows
    assert ours.to_dict()["macs"] == theirs.to_dict()["macs"]
    assert ours.to_dict()["parameters"] - theirs.to_dict()["parameters"] == 8 * (100 - 40)  # positions never read
