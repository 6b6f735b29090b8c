"""Where the stages of a network end: the last node before the jump changes, and the outputs."""

from collections.abc import Collection
from fractions import Fraction

from rfsolve.analysis.analyse import Analysis
from rfsolve.analysis.tap import Tap

Jump = tuple[Fraction | None, ...]
Change = tuple[Jump, Jump]


def stage_ends(analysis: Analysis, helpers: Collection[str] = ()) -> tuple[str, ...]:
    """Return the names of the nodes that end a stage, in topological order, then outputs that end none.

    A node ends a stage where something that reads it sits on a grid with another jump, and nothing
    before it at the same jump has ended the stage in that direction already: of a residual block
    that halves the size, the block's input ends the stage, not the layer inside before the strided
    one. A node all of whose readers have no grid (global pooling) ends one too. `helpers` are nodes
    that do not count: the one before takes their place.
    """
    taps = analysis.taps
    grids = {name: _grid(tap) for name, tap in taps.items()}
    readers: dict[str, list[str]] = {name: [] for name in taps}
    for name, tap in taps.items():
        for source in dict.fromkeys(tap.inputs):
            if source in readers:
                readers[source].append(name)
    ended: dict[str, frozenset[Change]] = {}
    found: list[str] = []
    for name, tap in taps.items():
        before: frozenset[Change] = frozenset().union(
            *(ended[source] for source in tap.inputs if source in taps and grids[source] == grids[name])
        )
        changes = _changes(grids[name], [grids[reader] for reader in readers[name]])
        ended[name] = before | changes
        if changes - before and name != analysis.source:
            found.append(_shown(analysis, name, helpers))
    outputs = (tap.name for tap in analysis.outputs)
    return tuple(dict.fromkeys([*found, *outputs]))


def _grid(tap: Tap) -> Jump:
    """The jump; none where a single cell is left, however it came about (an average pool of the whole map)."""
    single = set(tap.shape.size) == {1} and set(tap.source_shape.size) != {1}
    return (None,) * len(tap.stride) if single else tap.stride


def _changes(here: Jump, after: list[Jump]) -> frozenset[Change]:
    if None in here:
        return frozenset()
    gridless = bool(after) and all(None in jump for jump in after)
    return frozenset((here, jump) for jump in after if jump != here and (gridless or None not in jump))


def _shown(analysis: Analysis, name: str, helpers: Collection[str]) -> str:
    """The node itself, or the first one before it that is no helper and sits on the same grid."""
    node = name
    while node in helpers:
        sources = [source for source in analysis.taps[node].inputs if source in analysis.taps]
        if len(sources) != 1 or analysis.taps[sources[0]].stride != analysis.taps[name].stride:
            return name
        node = sources[0]
    return node
