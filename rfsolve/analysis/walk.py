"""The one walk over a graph.

Whatever reading it carries, it goes from the source to every strand that depends on it.
"""

from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from rfsolve.analysis.layout import Strand
from rfsolve.windows import Listing, Reading

Way = TypeVar("Way")
Carried = TypeVar("Carried", bound=Reading[Any])


class Link(NamedTuple, Generic[Way]):
    """One thing that a strand reads: where it comes from, by what way, and its share of the strand's mass.

    Where the outputs must be listed one by one after it, `listing` says which.
    """

    source: Strand
    way: Way
    share: float
    listing: Listing | None = None


Routes = Mapping[Strand, Sequence[Link[Way]]]


def walk(
    routes: Routes[Way],
    order: Iterable[Strand],
    known: MutableMapping[Strand, Carried],
    *,
    forget: Mapping[Strand, Collection[Strand]] | None = None,
) -> None:
    """Fill `known` with the reading of each strand of `order`, from the readings already there.

    `order` is topological. `forget` names, for a strand, the readings nobody needs after it. One
    through() a link and one merge() a strand: linear in the graph.
    """
    for strand in order:
        links = routes[strand]
        if len(links) == 1 and links[0].share == 1:
            known[strand] = _read(known[links[0].source], links[0])
        else:
            readings = [_read(known[link.source], link) for link in links]
            known[strand] = type(readings[0]).merge(readings, [link.share for link in links])
        for done in forget.get(strand, ()) if forget else ():
            del known[done]


def _read(reading: Carried, link: Link[Way]) -> Carried:
    read = reading.through(link.way)
    return read if link.listing is None else read.listed(link.listing)


def needed(routes: Routes[Way], strand: Strand, known: Collection[Strand]) -> set[Strand]:
    """The strands to be read before `strand` is known, itself included, beyond those already known."""
    missing: set[Strand] = set()
    waiting = [strand]
    while waiting:
        one = waiting.pop()
        if one not in missing and one not in known:
            missing.add(one)
            waiting.extend(link.source for link in routes[one])
    return missing


def last_uses(routes: Routes[Way], order: Sequence[Strand], keep: Strand) -> dict[Strand, set[Strand]]:
    """For each strand of `order`, those that no later one reads, except `keep`."""
    last = {link.source: strand for strand in order for link in routes[strand]}
    done: dict[Strand, set[Strand]] = {}
    for source, strand in last.items():
        if source != keep:
            done.setdefault(strand, set()).add(source)
    return done
