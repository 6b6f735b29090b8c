"""Layer lists typed by hand: `7,2 3,2p 3x3 3,1,2`.

A word is kernel[,stride[,dilation]], each one number or one per axis (1x7: height x width), then
`p` for a max pool or `t` for a transposed convolution, then `:64` for 64 output channels; a layer
without keeps its input's channels. A pool without a stride has its kernel's, as in PyTorch: `2p` is
`2,2p`; `3,1p` says otherwise. Convolutions have no bias and nothing follows them, so that `3 3 3`
has 27 parameters and `7` has 49.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rfsolve.errors import InputError
from rfsolve.graph import Conv, ConvTranspose, Layer, LayerGraph
from rfsolve.space.blocks import Axes, Choice, padding
from rfsolve.space.pools import pool

EXPECTED = (
    "expected kernel[,stride[,dilation]] such as 3, 7,2 or 1x7, then p (pool) or t (transposed), then :64 (channels)"
)
MOST_WORDS = 10_000
LARGEST_NUMBER = 65_535
DEFAULT_AXES = 2

NUMBERS = r"[0-9]{1,9}(?:x[0-9]{1,9}){0,2}"
WORD = re.compile(rf"({NUMBERS})(?:,({NUMBERS})(?:,({NUMBERS}))?)?([pt]?)(?::([0-9]{{1,9}}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """One word: where it stands, kernel, stride and dilation as written, its kind, its channels."""

    place: str
    numbers: tuple[Axes, Axes, Axes]
    kind: str
    channels: int | None

    @property
    def axes(self) -> int:
        """The number of axes it is written for; 1 means any."""
        return max(len(numbers) for numbers in self.numbers)

    def choice(self, axes: int) -> Choice:
        """Return kernel, stride and dilation on `axes` axes."""
        for numbers in self.numbers:
            if len(numbers) not in {1, axes}:
                raise InputError(f"{self.place}: {len(numbers)} axes, expected {axes}, as in the words before it")
        kernel, stride, dilation = (n if len(n) == axes else n * axes for n in self.numbers)
        return Choice(kernel, stride, dilation)


def parse_layers(
    text: str,
    *,
    axes: int | None = None,
    in_channels: int = 1,
    input_size: Sequence[int] | None = None,
    rule: str = "same",
) -> LayerGraph:
    """Return the graph of a layer list; its nodes are `input` and one per word, by number.

    Args:
        text: the words.
        axes: 1 to 3; by default as many as the words show, else 2.
        in_channels: of the input.
        input_size: in pixels per axis, where it is known.
        rule: padding: `same` keeps the size (divided by the stride), `valid` pads nothing,
            `causal` pads on the left only.

    Raises:
        InputError: naming the word that is wrong.
        GraphError: the input is too small for a layer.

    """
    words = [_word(f"word {i} '{word}'", word) for i, word in enumerate(text.split(), start=1)]
    if not words:
        raise InputError(f"no layers; {EXPECTED}")
    if len(words) > MOST_WORDS:
        raise InputError(f"{len(words):,} words, expected at most {MOST_WORDS:,}")
    count = axes or _axes(words, input_size)
    graph = LayerGraph()
    size = (None,) * count if input_size is None else _sized(input_size, count)
    here, channels = graph.input("input", channels=in_channels, size=size), in_channels
    for i, word in enumerate(words, start=1):
        width = channels if word.channels is None else word.channels
        layer = _layer(word, word.choice(count), channels, width, rule)
        here, channels = graph.add(f"{i}", layer, [here]), width
    return graph


def is_notation(text: str) -> bool:
    """Whether every word has the form of a layer; its numbers may still be out of range."""
    return all(WORD.fullmatch(word) for word in text.split())


def _word(place: str, word: str) -> _Word:
    found = WORD.fullmatch(word)
    if found is None:
        raise InputError(f"{place}: {EXPECTED}")
    kernel, stride, dilation, kind, channels = found.groups()
    numbers = (
        _numbers(place, kernel),
        _numbers(place, stride or (kernel if kind == "p" else "1")),
        _numbers(place, dilation or "1"),
    )
    if kind == "p" and channels is not None:
        raise InputError(f"{place}: a pool keeps its channels, expected no ':{channels}'")
    return _Word(
        place=place,
        numbers=numbers,
        kind=kind,
        channels=None if channels is None else _number(place, channels),
    )


def _numbers(place: str, text: str) -> Axes:
    return tuple(_number(place, part) for part in text.split("x"))


def _number(place: str, text: str) -> int:
    number = int(text)
    if not 1 <= number <= LARGEST_NUMBER:
        raise InputError(f"{place}: {number} is out of range, expected 1 to {LARGEST_NUMBER:,}")
    return number


def _axes(words: Sequence[_Word], input_size: Sequence[int] | None) -> int:
    shown = [word.axes for word in words if word.axes > 1]
    if shown:
        return shown[0]
    return len(input_size) if input_size is not None and len(input_size) > 1 else DEFAULT_AXES


def _sized(size: Sequence[int], axes: int) -> Axes:
    if len(size) not in {1, axes}:
        raise InputError(f"input size {'x'.join(map(str, size))} has {len(size)} axes, expected {axes}")
    return tuple(size) if len(size) == axes else tuple(size) * axes


def _layer(word: _Word, choice: Choice, c_in: int, c_out: int, rule: str) -> Layer:
    if word.kind == "p":
        return pool(choice, rule)
    if word.kind == "t":
        return _transposed(choice, c_in, c_out, rule)
    return Conv(
        in_channels=c_in,
        out_channels=c_out,
        kernel=choice.kernel,
        stride=choice.stride,
        dilation=choice.dilation,
        padding=padding(rule, choice),
        bias=False,
    )


def _transposed(choice: Choice, c_in: int, c_out: int, rule: str) -> ConvTranspose:
    """Return the transposed convolution that makes stride x n cells of n; more where it is `valid`.

    `same` takes d * ((k - 1) // 2) cells off the left; `causal` takes none off, since output o then
    reads cells up to o / stride only. The right side takes the rest of d * (k - 1) - (stride - 1),
    or is filled up to it.
    """
    crops, extras = [], []
    for k, s, d in zip(choice.kernel, choice.stride, choice.dilation, strict=True):
        left = d * ((k - 1) // 2) if rule == "same" else 0
        right = 0 if rule == "valid" else d * (k - 1) - left - (s - 1)
        crops.append((left, max(0, right)))
        extras.append(max(0, -right))
    return ConvTranspose(
        in_channels=c_in,
        out_channels=c_out,
        kernel=choice.kernel,
        stride=choice.stride,
        dilation=choice.dilation,
        padding=tuple(crops),
        output_padding=tuple(extras),
        bias=False,
    )
