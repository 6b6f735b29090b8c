"""Every non-dominated point of several quantities, by asking again and again for the cheapest above a floor.

One quantity is minimised, the cost; the others are scores, of which more is better. The cheapest design above a floor
settles the floor's whole neighbourhood: no design up to its own scores is cheaper, so that the next floor is just above
them. With two scores the outer one is raised layer by layer: within a layer the inner one climbs, and the next layer
begins just above the least outer score that the layer has found, as every point below it has been found already
(Laumanns, Thiele, Zitzler 2006, with floors raised as in Kirlik and Sayin 2014).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Payload = TypeVar("Payload")

Floor = tuple[float | None, ...]
"""The least of each score, None where any will do."""


@dataclass(frozen=True, slots=True)
class Stair(Generic[Payload]):
    """What is cheapest above some floor: its cost, its scores, and what has them."""

    cost: float
    scores: tuple[float, ...]
    payload: Payload


Cheapest = Callable[[Floor], Stair[Payload] | None]
"""Returns what is cheapest above a floor, None where nothing is."""

After = Callable[[int, float], float]
"""Returns the least score above a score, by the number of the score."""


class Staircase(Generic[Payload]):
    """Climbs over one score or two; asks nothing that an earlier answer settles."""

    def __init__(self, cheapest: Cheapest[Payload], after: After, scores: int) -> None:
        self._cheapest = cheapest
        self._after = after
        self._scores = scores
        self._answers: list[tuple[Floor, Stair[Payload] | None]] = []

    def points(self) -> Iterator[Stair[Payload]]:
        """Yield every non-dominated point, each as soon as it is known to be one."""
        seen: set[tuple[float, ...]] = set()
        outer: Floor = (None,) * (self._scores - 1)
        while True:
            layer = []
            for point in self._layer(outer):
                layer.append(point)
                if (point.cost, *point.scores) not in seen:
                    seen.add((point.cost, *point.scores))
                    yield point
            if not layer or not outer:
                return
            outer = (self._after(1, min(point.scores[1] for point in layer)),)

    def _layer(self, outer: Floor) -> Iterator[Stair[Payload]]:
        inner: float | None = None
        while (found := self._asked((inner, *outer))) is not None:
            point = self._raised(found)
            yield point
            inner = self._after(0, point.scores[0])

    def _raised(self, point: Stair[Payload]) -> Stair[Payload]:
        """Return a point of the same cost that no other dominates."""
        number = 0
        while number < self._scores:
            floor = list(point.scores)
            floor[number] = self._after(number, floor[number])
            better = self._asked(tuple(floor))
            if better is not None and better.cost == point.cost:
                point, number = better, 0
            else:
                number += 1
        return point

    def _asked(self, floor: Floor) -> Stair[Payload] | None:
        """Return what is cheapest above a floor; by an answer for a lower floor, if that stands above this one."""
        for below, answer in reversed(self._answers):
            if _covers(floor, below) and (answer is None or _covers(answer.scores, floor)):
                return answer
        found = self._cheapest(floor)
        self._answers.append((floor, found))
        return found


def _covers(high: Floor, low: Floor) -> bool:
    """Return whether everything above `high` is above `low`."""
    pairs = zip(high, low, strict=True)
    return all(below is None or (above is not None and above >= below) for above, below in pairs)
