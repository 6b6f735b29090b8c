"""The layers of a stack on one line: `3x3 x4, 3x3 s2`, `transposed 2x2 s2`."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from rfsolve.report.wording import count_text, list_text, vector_text
from rfsolve.search.expand import PlacedLayer
from rfsolve.space.blocks import Choice

NONE = "no layers"
UNNAMED = "conv"
"""The block that goes without saying."""

FACTORS = "upsample"
"""The block whose kernel is its stride: the factors."""


def runs_text(layers: Sequence[PlacedLayer], room: int) -> str:
    """Return the layers of one stack in `room` columns: in order, or added up where that is too long, or cut."""
    if not layers:
        return NONE
    name = layers[0].block
    block = "" if name == UNNAMED else f"{name} "
    choices = [layer.choice for layer in layers]
    runs = [_run(name, choice, len(list(same))) for choice, same in groupby(choices)]
    sums = [_run(name, choice, number) for choice, number in Counter(choices).items()]
    number = count_text(len(layers), "layers")
    texts = (block + ", ".join(runs), block + list_text(sums, room - len(block), total=number))
    return next((text for text in texts if len(text) <= room), number)


def _run(block: str, choice: Choice, number: int) -> str:
    kernel = "x".join(map(str, choice.kernel)) if len(choice.kernel) > 1 else f"k{choice.kernel[0]}"
    stride = f" s{vector_text(choice.stride)}" if max(choice.stride) > 1 and block != FACTORS else ""
    dilation = f" d{vector_text(choice.dilation)}" if max(choice.dilation) > 1 else ""
    return f"{kernel}{stride}{dilation}" + (f" x{number}" if number > 1 else "")
