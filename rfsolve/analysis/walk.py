"""The one walk over a graph.

Whatever reading it carries, it goes from the source to every node that depends on it.
"""

from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rfsolve.errors import GraphError
from rfsolve.windows import JumpError, Reading

Way = TypeVar("Way")
Carried = TypeVar("Carried", bound=Reading[Any])


@dataclass(frozen=True, slots=True)
class Link(Generic[Way]):
    """One input of a node: where it comes from, by what way, and its share of the node's mass."""

    source: str
    way: Way
    share: float


Routes = Mapping[str, Sequence[Link[Way]]]


def walk(
    routes: Routes[Way],
    order: Iterable[str],
    known: MutableMapping[str, Carried],
    *,
    forget: Mapping[str, Collection[str]] | None = None,
) -> None:
    """Fill `known` with the reading of each node of `order`, from the readings already there.

    `order` is topological. `forget` names, for a node, the readings nobody needs after it. Raises
    GraphError, naming node and branches, where branches with different jumps meet. One through()
    an edge and one merge() a node: linear in the graph.
    """
    for name in order:
        known[name] = _read(name, routes[name], known)
        for done in forget.get(name, ()) if forget else ():
            del known[done]


def _read(name: str, links: Sequence[Link[Way]], known: MutableMapping[str, Carried]) -> Carried:
    readings = [known[link.source].through(link.way) for link in links]
    if len(links) == 1 and links[0].share == 1:
        return readings[0]
    try:
        return type(readings[0]).merge(readings, [link.share for link in links])
    except JumpError as error:
        one, other = (links[slot].source for slot in error.slots)
        raise GraphError(
            name,
            f"its branches '{one}' and '{other}' advance by {error.jumps[0]} and {error.jumps[1]} "
            "source pixels per output pixel; a merge needs equal strides",
        ) from error


def needed(routes: Routes[Way], name: str, known: Collection[str]) -> set[str]:
    """The nodes to be read before `name` is known, itself included, beyond those already known."""
    missing: set[str] = set()
    waiting = [name]
    while waiting:
        node = waiting.pop()
        if node not in missing and node not in known:
            missing.add(node)
            waiting.extend(link.source for link in routes[node])
    return missing


def last_uses(routes: Routes[Way], order: Sequence[str], keep: str) -> dict[str, set[str]]:
    """For each node of `order`, the nodes that no later one reads, except `keep`."""
    last = {link.source: name for name in order for link in routes[name]}
    done: dict[str, set[str]] = {}
    for source, name in last.items():
        if source != keep:
            done.setdefault(name, set()).add(source)
    return done
