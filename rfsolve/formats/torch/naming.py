"""Names for the results of a program's operations: those of the modules that they are the result of."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rfsolve.formats.torch.program import Call, Place


@dataclass(frozen=True, slots=True)
class Name:
    """The name of an operation's result, and the names of the modules whose result it is as well."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(slots=True)
class _Visit:
    """One call of a module: its path, the last operation in it, whether it called other modules."""

    path: str
    last: int
    has_children: bool = False
    number: int = 1


@dataclass(slots=True)
class _Visits:
    known: dict[str, _Visit] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)

    def see(self, place: Place, call: int) -> None:
        if place.call not in self.known:
            self.times[place.path] = self.times.get(place.path, 0) + 1
            self.known[place.call] = _Visit(place.path, call, number=self.times[place.path])
        self.known[place.call].last = call


def names(calls: Sequence[Call]) -> list[Name]:
    """Return the name of each operation's result.

    The last operation in a module that calls no other has the module's path; the second call of a
    module is path#2. The others are path.operator. A module that calls others gives its path to its
    last operation as an alias.
    """
    visits = _Visits()
    for number, call in enumerate(calls):
        for place in call.places:
            visits.see(place, number)
        for place in call.places[:-1]:
            visits.known[place.call].has_children = True
    return [_name(number, call, visits) for number, call in enumerate(calls)]


def _name(number: int, call: Call, visits: _Visits) -> Name:
    own = [visits.known[place.call] for place in call.places]
    ended = tuple(_called(visit) for visit in reversed(own) if visit.last == number)
    operator = call.operator.strip("_")
    if not own:
        return Name(operator)
    if own[-1].last == number and not own[-1].has_children:
        return Name(ended[0], ended[1:])
    return Name(f"{own[-1].path}.{operator}", ended)


def _called(visit: _Visit) -> str:
    return visit.path if visit.number == 1 else f"{visit.path}#{visit.number}"
