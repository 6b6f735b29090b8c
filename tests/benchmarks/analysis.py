"""Analysis of networks of 500 to 20,000 nodes on two axes: it must be linear in the nodes.

A network whose channels are all alike, and one that splits and shuffles its channels.
"""

import sys
from collections.abc import Callable

from timing import Answer, Timing, best_of, parser, progress, show

from rfsolve.analysis import analyse
from rfsolve.graph import (
    Activation,
    Add,
    ChannelShuffle,
    ChannelSlice,
    Concat,
    Conv,
    LayerGraph,
    Norm,
    NormKind,
)

NODES = (500, 2_000, 5_000, 20_000)
STAGE = 8  # units before a convolution mixes the channels, as in ShuffleNet
WIDTH = 64


def normalised(graph: LayerGraph, source: str, layer: Conv) -> str:
    """Return the end of a convolution, a batch norm and an activation added after a node."""
    name = f"n{len(graph)}"
    graph.add(name, layer, [source])
    graph.add(f"{name}.norm", Norm(kind=NormKind.BATCH, channels=layer.out_channels), [name])
    return graph.add(f"{name}.act", Activation(kind="relu"), [f"{name}.norm"])


def residual(graph: LayerGraph, source: str, _: int) -> str:
    """Return the end of a unit with a skip."""
    made = normalised(graph, source, Conv.uniform(WIDTH, WIDTH, 3, bias=False))
    return graph.add(f"n{len(graph)}", Add(), [source, made])


def shuffled(graph: LayerGraph, source: str, unit: int) -> str:
    """Return the end of a unit that half of the channels skip; the last of a stage mixes them all."""
    if unit % STAGE == STAGE - 1:
        return normalised(graph, source, Conv.uniform(WIDTH, WIDTH, 1, bias=False))
    half = WIDTH // 2
    kept = graph.add(f"n{len(graph)}", ChannelSlice(start=0, stop=half), [source])
    taken = graph.add(f"n{len(graph)}", ChannelSlice(start=half, stop=WIDTH), [source])
    deep = normalised(graph, taken, Conv.uniform(half, half, 3, groups=half, bias=False))
    made = normalised(graph, deep, Conv.uniform(half, half, 1))
    joined = graph.add(f"n{len(graph)}", Concat(), [kept, made])
    return graph.add(f"n{len(graph)}", ChannelShuffle(groups=2), [joined])


def network(unit: Callable[[LayerGraph, str, int], str], nodes: int) -> LayerGraph:
    """Return a chain of units with at least that many nodes."""
    graph = LayerGraph()
    last, number = graph.input("x", channels=WIDTH, size=(512, 512)), 0
    while len(graph) < nodes:
        last, number = unit(graph, last, number), number + 1
    return graph


def measure(graph: LayerGraph, repeat: int) -> Timing:
    """Return the time of one analysis, without that of building the graph."""
    return best_of(repeat, lambda: Answer(float(len(analyse(graph).taps)), proven=True))


def main() -> int:
    """Print a row for each network."""
    chosen = parser(__doc__, time_limit=60.0, repeat=5).parse_args()
    rows = []
    for unit in (residual, shuffled):
        for nodes in NODES:
            progress(f"{unit.__name__}, {nodes} nodes")
            graph = network(unit, nodes)
            timing = measure(graph, chosen.repeat)
            each = (timing.seconds or 0.0) / len(graph) * 1e6
            rows.append((unit.__name__, f"{len(graph):,}", str(timing), f"{each:.0f}"))
    columns = ("units", "nodes", "seconds", "microseconds a node")
    show("Analysis of whole networks", columns, rows, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
