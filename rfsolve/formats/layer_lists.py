"""Layer lists with Keras padding: `7,2,1,SAME;3,2,SAME;3,1`.

An entry is kernel,stride[,dilation][,SAME|VALID], entries are parted by semicolons; VALID where
nothing is said, as in Keras. SAME is that of TensorFlow: out = ceil(n / s), and of the padding
max((out - 1) * s + (k - 1) * d + 1 - n, 0) the left side has the half, rounded down. It depends on
the size n where the stride is above 1.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rfsolve.analysis import Diagnostic
from rfsolve.errors import InputError
from rfsolve.formats.network import Network
from rfsolve.graph import Conv, LayerGraph

EXPECTED = "expected kernel,stride[,dilation][,SAME|VALID] such as 7,2,SAME or 3,1,2,VALID, parted by semicolons"
ASSUMED = "same-padding-assumed"
MOST_ENTRIES = 10_000
LARGEST_NUMBER = 65_535
DEFAULT_AXES = 2

_NUMBERS = r"[0-9]{1,9}(?:x[0-9]{1,9}){0,2}"
_ENTRY = re.compile(rf"({_NUMBERS})(?:,({_NUMBERS}))?(?:,({_NUMBERS}))?(?:,(SAME|VALID))?", re.IGNORECASE)
_BLANKS = re.compile(r"\s*(?=,)|(?<=,)\s*")
_MARK = re.compile(r";|,\s*(?:same|valid)\b", re.IGNORECASE)

Axes = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One layer as written: where it stands, kernel, stride and dilation, and whether it is padded."""

    place: str
    numbers: tuple[Axes, Axes, Axes]
    same: bool

    def on(self, axes: int) -> tuple[Axes, Axes, Axes]:
        """Return kernel, stride and dilation on `axes` axes."""
        for numbers in self.numbers:
            if len(numbers) not in {1, axes}:
                raise InputError(f"{self.place}: {len(numbers)} axes, expected {axes}, as in the entries before it")
        kernel, stride, dilation = (numbers if len(numbers) == axes else numbers * axes for numbers in self.numbers)
        return kernel, stride, dilation


def is_layer_list(text: str) -> bool:
    """Whether a text is a layer list with semicolons or with SAME or VALID in it, and starts with a number."""
    return text.lstrip()[:1].isdigit() and _MARK.search(text) is not None


def parse_layer_list(
    text: str, *, axes: int | None = None, in_channels: int = 1, input_size: Sequence[int] | None = None
) -> Network:
    """Return the network of a layer list; its nodes are `input` and one per entry, by number.

    The layers are convolutions without bias that keep the channels. Without an input size, SAME
    with a stride is resolved for sizes that the strides divide, and a remark says so.

    Raises:
        InputError: naming the entry that is wrong.
        GraphError: the input is too small for a layer.

    """
    entries = _entries(text)
    count = axes or next((n for n in map(_axes_of, entries) if n > 1), None) or _axes_in(input_size)
    size: list[int | None] = [None] * count if input_size is None else list(_sized(input_size, count))
    graph = LayerGraph()
    here = graph.input("input", channels=in_channels, size=tuple(size))
    assumed: list[Diagnostic] = []
    for number, entry in enumerate(entries, start=1):
        kernel, stride, dilation = entry.on(count)
        layer = Conv(
            in_channels=in_channels,
            out_channels=in_channels,
            kernel=kernel,
            stride=stride,
            dilation=dilation,
            padding=tuple(
                same_padding_of(n, k, s, d) if entry.same else (0, 0)
                for n, k, s, d in zip(size, kernel, stride, dilation, strict=True)
            ),
            bias=False,
        )
        here = graph.add(f"{number}", layer, [here])
        if entry.same and any(n is None and s > 1 for n, s in zip(size, stride, strict=True)):
            assumed.append(_assumption(here, stride))
        size = list(graph.shapes()[here].size)
    return Network(graph=graph, remarks=tuple(assumed))


def same_padding_of(size: int | None, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Return the (left, right) padding that TensorFlow's SAME puts on one axis of `size` pixels.

    For a size that is not known, that of a size which the stride divides.
    """
    extent = (kernel - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + extent - size if size is not None else extent - stride, 0)
    return total // 2, total - total // 2


def _assumption(node: str, stride: Axes) -> Diagnostic:
    written = "x".join(map(str, dict.fromkeys(stride)))
    message = f"SAME is padded as for a size that the stride {written} divides; the size of the input settles it"
    return Diagnostic(code=ASSUMED, node=node, message=message)


def _entries(text: str) -> list[_Entry]:
    words = [_BLANKS.sub("", word.strip()) for word in text.split(";")]
    while words and not words[-1]:
        words.pop()
    if not words:
        raise InputError(f"no layers; {EXPECTED}")
    if len(words) > MOST_ENTRIES:
        raise InputError(f"{len(words):,} entries, expected at most {MOST_ENTRIES:,}")
    return [_entry(f"entry {number} '{word[:40]}'", word) for number, word in enumerate(words, start=1)]


def _entry(place: str, word: str) -> _Entry:
    found = _ENTRY.fullmatch(word)
    if found is None:
        raise InputError(f"{place}: {EXPECTED}")
    kernel, stride, dilation = (_numbers(place, numbers or "1") for numbers in found.groups()[:3])
    return _Entry(place=place, numbers=(kernel, stride, dilation), same=(found[4] or "").upper() == "SAME")


def _numbers(place: str, text: str) -> Axes:
    numbers = tuple(int(part) for part in text.split("x"))
    for number in numbers:
        if not 1 <= number <= LARGEST_NUMBER:
            raise InputError(f"{place}: {number} is out of range, expected 1 to {LARGEST_NUMBER:,}")
    return numbers


def _axes_of(entry: _Entry) -> int:
    return max(len(numbers) for numbers in entry.numbers)


def _axes_in(size: Sequence[int] | None) -> int:
    return len(size) if size is not None and len(size) > 1 else DEFAULT_AXES


def _sized(size: Sequence[int], axes: int) -> Axes:
    if len(size) not in {1, axes}:
        raise InputError(f"input size {'x'.join(map(str, size))} has {len(size)} axes, expected {axes}")
    return tuple(size) if len(size) == axes else tuple(size) * axes
