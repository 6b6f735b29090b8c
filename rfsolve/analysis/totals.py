"""What it costs to compute a node: its own cost and that of everything it depends on, each once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rfsolve.graph import LayerGraph, TensorShape, Unknown, costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Parameters and multiply-accumulates; MACs are None where a size on the way is not known.

    `uncounted` is the first layer among them of which nobody knows what it does: its MACs are not in the sum.
    """

    parameters: int
    macs: int | None
    uncounted: str | None = None


def own_macs(graph: LayerGraph, node: str, shapes: Mapping[str, TensorShape]) -> int | None:
    """Return the multiply-accumulates of one node; None where a size is not known."""
    if (stated := graph.stated(node).macs) is not None:
        return stated
    if any(shapes[name].elements is None for name in (*graph.inputs(node), node)):
        return None
    return costs.node_macs(graph, node, shapes)


def totals(graph: LayerGraph, shapes: Mapping[str, TensorShape]) -> dict[str, Total]:
    """Return the cost of every node together with all it depends on; shared weights count once.

    The sets of nodes are bits of integers. A merge adds to the sum of its first branch what the
    other branches have and that one has not, so that a residual network costs a step a node.
    """
    nodes = graph.nodes
    place = {name: bit for bit, name in enumerate(nodes)}
    weights = [place[_payer(graph, name)] for name in nodes]
    parameters = [graph.parameters(name) for name in nodes]
    macs = [own_macs(graph, name, shapes) for name in nodes]
    seen: list[tuple[int, int]] = []
    found: dict[str, Total] = {}
    for bit, name in enumerate(nodes):
        sources = [place[source] for source in graph.inputs(name)]
        owned, used = 1 << weights[bit], 1 << bit
        for source in sources:
            owned |= seen[source][0]
            used |= seen[source][1]
        seen.append((owned, used))
        first = found[nodes[sources[0]]] if sources else Total(parameters=0, macs=0)
        known_owned, known_used = seen[sources[0]] if sources else (0, 0)
        found[name] = Total(
            parameters=first.parameters + sum(parameters[n] for n in _bits(owned & ~known_owned)),
            macs=_sum(first.macs, [macs[n] for n in _bits(used & ~known_used)]),
            uncounted=_uncounted(graph, name, found),
        )
    return found


def _uncounted(graph: LayerGraph, name: str, found: Mapping[str, Total]) -> str | None:
    before = [found[source].uncounted for source in graph.inputs(name)]
    own = name if isinstance(graph.layer(name), Unknown) else None
    return next((one for one in before if one is not None), own)


def _payer(graph: LayerGraph, name: str) -> str:
    """The node that the parameters of a node are counted at."""
    return name if graph.stated(name).parameters is not None else graph.weights_owner(name)


def _sum(before: int | None, added: list[int | None]) -> int | None:
    known = [count for count in (before, *added) if count is not None]
    return sum(known) if len(known) == len(added) + 1 else None


def _bits(number: int) -> Iterator[int]:
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low
