"""The measured truth of any torch module: both ends of the window of every output at every tap.

`measure` shares no code with rfsolve; `compare` holds an imported network against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from rfsolve.analysis import Analysis, analyse  # noqa: E402 - after importorskip
from rfsolve.analysis.tap import Tap  # noqa: E402
from rfsolve.formats.network import Network  # noqa: E402
from rfsolve.graph import Reach  # noqa: E402
from tests.oracle.measured_extents import MIRRORED, STATE, WRAPPED, is_marked, nothing, source, tensors  # noqa: E402
from tests.oracle.measured_mode import OnExtents  # noqa: E402

Sizes = Sequence[int] | Sequence[Sequence[int]]
Span = tuple[int, int] | None
TOKENS = 2  # dimensions of tokens and channels


@dataclass(frozen=True, slots=True)
class Measured:
    """The extents of one tensor of the network, as measured_extents.py lays them out, without its channels.

    `first` is the maximum over dimension 1, where convolutions have their channels, `last` that over
    the last dimension, where transformers have them. `shape` has no batch.
    """

    name: str
    first: Any
    last: Any
    shape: tuple[int, ...]
    source: tuple[int, ...]
    channels_last: bool = False

    @classmethod
    def of(cls, name: str, extents: Any, source: tuple[int, ...]) -> "Measured":
        """A tensor's extents, which are not kept."""
        wide = extents if extents.ndim > 1 else extents[:, None]
        first, last = wide.amax(1, keepdim=True), wide.amax(-1, keepdim=True)
        return cls(name, first, last, tuple(wide.shape[1:]), source)

    @property
    def extents(self) -> Any:
        """The extents without channels, dimension by dimension as the tensor's."""
        return self.last if self.channels_last else self.first

    @property
    def is_whole_batch(self) -> bool:
        """Whether the batch is still the batch, and holds no windows or rows besides."""
        return bool(self.first.shape[0] == 4 * len(self.source))

    def along(self, axis: int, dim: int) -> list[Span]:
        """(lowest, highest) source index along `axis` for every index of the tensor's dimension `dim` (batch is 0)."""
        others = [n for n in range(self.extents.ndim) if n not in (0, dim)]
        return self.spans(axis, self.extents.amax(others) if others else self.extents)

    def at(self, axis: int, index: Sequence[int]) -> Span:
        """(lowest, highest) source index along `axis` of the entry at (height, width), of all channels."""
        return self.spans(axis, self.first[(slice(None), slice(None), *index)])[0]

    def everywhere(self, axis: int) -> list[Span]:
        """(lowest, highest) source index along `axis` of every entry, whatever its place."""
        items = 4 * len(self.source)
        return [span for ends in (self.first, self.last) for span in self.spans(axis, ends.reshape(items, -1))]

    def cuts(self, axis: int, dim: int) -> list[tuple[int, int]]:
        """For every index of `dim`: CUT or the like where padding was read below and above along `axis`, else 0."""
        base = 2 * (len(self.source) + axis)
        others = [n for n in range(self.extents.ndim) if n not in (0, dim)]
        pair = self.extents[base : base + 2]
        low, high = (pair.amin(others) if others else pair).int().tolist()
        return list(zip(low, high, strict=True))

    def spans(self, axis: int, ends: Any) -> list[Span]:
        """(lowest, highest) of every column of a table of extents."""
        size = self.source[axis]
        highest, lowest = ends[2 * axis].int().tolist(), ends[2 * axis + 1].int().tolist()
        return [(size - low, high - 1) if high else None for low, high in zip(lowest, highest, strict=True)]


def measure(module: Any, input_size: Sizes, *, at: int = 0) -> dict[str, Measured]:
    """Every module's result by path ("name#2" for its second call) and the outputs as "output:0" and on.

    `input_size` is (channels, height, width), or one such for every input; `at` is the input that is
    the source. NotWitnessedError where the network uses an operation without a rule.
    """
    sizes = [tuple(one) for one in input_size] if isinstance(input_size[0], Sequence) else [tuple(input_size)]
    axes = len(sizes[at]) - 1
    inputs = [
        source(one[1:], one[0]) if place == at else nothing(one[1:], one[0], axes) for place, one in enumerate(sizes)
    ]
    found: dict[str, Measured] = {}
    STATE["axes"] = axes
    hooks = _watch(module, found, sizes[at][1:])
    try:
        with torch.no_grad(), OnExtents():
            outputs = module.eval()(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    for place, tensor in enumerate(tensors(outputs)):
        if is_marked(tensor):
            name = f"output:{place}"
            found[name] = Measured.of(name, tensor, sizes[at][1:])
    return found


def _watch(module: Any, found: dict[str, Measured], size: tuple[int, ...]) -> list[Any]:
    calls: dict[str, int] = {}

    def watch(path: str) -> Any:
        def hook(_module: Any, _inputs: Any, result: Any) -> None:
            calls[path] = calls.get(path, 0) + 1
            name = path if calls[path] == 1 else f"{path}#{calls[path]}"
            marked = [tensor for tensor in tensors(result) if is_marked(tensor)]
            if marked:
                found[name] = Measured.of(name, marked[0], size)

        return hook

    return [part.register_forward_hook(watch(path)) for path, part in module.named_modules() if path]


@dataclass(slots=True)
class Comparison:
    """What came of holding a network against the truth: names of taps, and sentences about those that disagree."""

    agreed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    laid_out_otherwise: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """One line of counts."""
        counts = (self.agreed, self.unknown, self.unnamed, self.laid_out_otherwise, self.wrong)
        return "{} agreed, {} unknown, {} unnamed, {} laid out otherwise, {} wrong".format(*map(len, counts))


def compare(network: Network, module: Any, input_size: Sizes, *, at: int = 0) -> Comparison:
    """Hold every tap that both know by name, and the outputs in their order, against the truth."""
    names = network.graph.input_nodes
    analysis = analyse(network.graph, source=names[at])
    result = Comparison()
    for name, truth in measure(module, input_size, at=at).items():
        node = _node(network, name)
        if node is None:
            result.unnamed.append(name)
        else:
            _compare(result, analysis, network, node, truth)
    return result


def disagreements(network: Network, module: Any, input_size: Sizes, *, at: int = 0) -> list[str]:
    """One sentence a tap whose window is not the measured one."""
    return compare(network, module, input_size, at=at).wrong


def _node(network: Network, name: str) -> str | None:
    if name.startswith("output:"):
        place, outputs = int(name.removeprefix("output:")), network.graph.outputs
        return outputs[place] if place < len(outputs) else None
    node = network.node(name)
    return node if node in network.graph else None


def _compare(result: Comparison, analysis: Analysis, network: Network, node: str, truth: Measured) -> None:
    tap = analysis.taps.get(node)
    if tap is None:
        sees = any(span is not None for span in truth.everywhere(0))
        (result.wrong if sees else result.agreed).append(f"{truth.name}: said to see nothing of the input")
        return
    if all(reach is Reach.UNKNOWN for reach in tap.reach):
        result.unknown.append(truth.name)
        return
    layouts = _layouts(tap, truth)
    if layouts:
        tries = [[_axis(tap, axis, one) for axis in range(len(tap.reach))] for one in layouts]
        complaints = min(tries, key=lambda one: sum(bool(each) for each in one))
        if any(complaints) and len(truth.shape) == TOKENS and _same_in_some_order(tap, truth):
            complaints = []
    elif all(reach is Reach.GLOBAL for reach in tap.reach) and len(truth.shape) <= TOKENS:
        complaints = [_whole(truth, axis, truth.everywhere(axis)) for axis in range(len(tap.reach))]
    else:
        said = network.shapes.get(node, (tap.shape.channels, *tap.shape.size))
        result.laid_out_otherwise.append(f"{truth.name}: said {said}, is {truth.shape}")
        return
    found = [one for one in complaints if one]
    if found:
        result.wrong.append(f"{truth.name} ({tap.op}): " + "; ".join(found))
    elif Reach.UNKNOWN in tap.reach:
        result.unknown.append(truth.name)
    else:
        result.agreed.append(truth.name)


Layout = tuple[Measured, tuple[int, ...]]


def _layouts(tap: Tap, truth: Measured) -> list[Layout]:
    """The tensor and its spatial dimensions, in each way that fits the tap's shape.

    Tokens are put back on their grid.
    """
    size, shape = tuple(tap.shape.size), truth.shape
    axes, found = len(size), []
    if None in size or not truth.is_whole_batch:
        return []
    last = replace(truth, channels_last=True)
    if shape[1:] == size:
        found.append((truth, tuple(range(2, 2 + axes))))
    if shape[:-1] == size:
        found.append((last, tuple(range(1, 1 + axes))))
    if found or axes == 1:
        return found
    if len(shape) == 2 and shape[1] == prod(size):
        found.append((replace(truth, first=truth.first.unflatten(2, size)), tuple(range(2, 2 + axes))))
    if len(shape) == 2 and shape[0] == prod(size):
        found.append((replace(last, last=truth.last.unflatten(1, size)), tuple(range(1, 1 + axes))))
    if len(shape) == 1 and prod(size) == 1:
        flat = truth.first.view(*truth.first.shape, *size)
        found.append((replace(truth, first=flat), tuple(range(2, 2 + axes))))
    return found


def _axis(tap: Tap, axis: int, layout: Layout) -> str | None:
    truth, dims = layout
    if tap.reach[axis] is Reach.UNKNOWN:
        return None
    spans = truth.along(axis, dims[axis])
    window = tap.windows[axis]
    if window is None:
        return _whole(truth, axis, spans)
    cuts = truth.cuts(axis, dims[axis])
    if window.advance < 0:
        cuts = [(max(pair), max(pair)) for pair in cuts]
    said = [window.clip(index, truth.source[axis]) for index in range(len(spans))]
    over = [said[index] != window.at(index) for index in range(len(spans))]
    wrong = [
        index
        for index, span in enumerate(spans)
        if not (_fits(said[index], span, cuts[index]) or (span is None and over[index]))
    ]
    if not wrong:
        return None
    index = wrong[len(wrong) // 2]
    return (
        f"axis {axis}, {len(wrong)} of {len(spans)} outputs: {index} is said to see {said[index]}, sees {spans[index]}"
    )


def _fits(said: Span, seen: Span, cuts: tuple[int, int]) -> bool:
    """Each end equal, unless padding on that side was read on the way: then no further out, or mirrored.

    What comes round the other end is not part of a window on the infinite grid. An output that sees nothing has read
    padding only, so its window on the infinite grid reaches over the border (`_axis` asks for that).
    """
    if said == seen or WRAPPED in cuts:
        return True
    if said is None or seen is None:
        return any(cuts)
    low = said[0] == seen[0] or MIRRORED in cuts or (bool(cuts[0]) and seen[0] > said[0])
    high = said[1] == seen[1] or MIRRORED in cuts or (bool(cuts[1]) and seen[1] < said[1])
    return low and high


def _same_in_some_order(tap: Tap, truth: Measured) -> bool:
    """Whether tokens that do not lie row by row see, one with another, what the grid's pixels are said to see."""
    if any(window is None for window in tap.windows):
        return False
    lines = [
        [window.clip(index, size) for index in range(extent)]
        for window, size, extent in zip(tap.windows, truth.source, tap.shape.size, strict=True)
    ]
    said = sorted(map(repr, product(*lines)))
    for ends in (truth.first.flatten(1), truth.last.flatten(1)):
        if ends.shape[1] == len(said):
            seen = zip(*(truth.spans(axis, ends) for axis in range(len(lines))), strict=True)
            if sorted(map(repr, seen)) == said:
                return True
    return False


def _whole(truth: Measured, axis: int, spans: Sequence[Span]) -> str | None:
    """What is global sees the whole axis wherever it sees anything.

    Less a margin of at most an eighth: the pixels that strides leave over.
    """
    size = truth.source[axis]
    partial = [span for span in spans if span is not None and span[1] - span[0] + 1 < size - size // 8]
    if not partial:
        return None
    return f"axis {axis}, {len(partial)} of {len(spans)}: said to be global, sees {partial[len(partial) // 2]}"
