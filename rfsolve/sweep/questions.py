"""When one problem is another with looser bounds, so that the answer to one tells of the other.

A question is a problem's canonical form in two parts. The *shape* is everything that must be equal: the input, the
graph, blocks, width plans, relations, objectives. The *room* is what can be wider or narrower: the bounds of what is
required, the choices of each stack, and the widths of a free choice. One question relaxes another of the same shape if
its room is no narrower anywhere: then every design that meets the other meets it too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import inf
from typing import Any

from rfsolve.space.identity import Form, canonical
from rfsolve.space.problem import COSTS, Problem, Quantity, Requirement

Aspect = tuple[str | None, Quantity, str | None]
"""What is bounded: node (None for the whole design), quantity, and the node it is measured from (None: the input)."""

Bounds = tuple[tuple[float, ...] | None, tuple[float, ...] | None]
"""Least and most, one number per axis, None for no bound."""

UNBOUNDED: Bounds = (None, None)


@dataclass(frozen=True, slots=True)
class Question:
    """A problem as its shape and its room. `proves`: whether the objectives are whole numbers, so that they compare."""

    shape: str
    bounds: Mapping[Aspect, Bounds]
    choices: Mapping[str, frozenset[str]]
    widths: Mapping[str, frozenset[int]]
    objective: Quantity
    proves: bool

    def relaxes(self, other: "Question") -> bool:
        """Return whether every design of `other` is one of this question."""
        return (
            self.shape == other.shape
            and all(_contains(bounds, other.bounds.get(key, UNBOUNDED)) for key, bounds in self.bounds.items())
            and all(self.choices[stack] >= choices for stack, choices in other.choices.items())
            and all(self.widths[stack] >= widths for stack, widths in other.widths.items())
        )

    @property
    def cap(self) -> float:
        """The budget of the first objective, infinite where there is none."""
        most = self.bounds.get((None, self.objective, None), UNBOUNDED)[1]
        return inf if most is None else min(most)

    @property
    def exact(self) -> tuple[Any, ...]:
        """What is bounded to a single value: questions that differ in it never relax each other."""
        return tuple(sorted((str(key), bounds) for key, bounds in self.bounds.items() if bounds[0] == bounds[1]))

    def order(self, aspects: Sequence[Aspect]) -> tuple[Any, ...]:
        """Return a key by which a question comes before every one that it relaxes; `aspects` of all to be ordered."""
        bounds = [self.bounds.get(aspect, UNBOUNDED) for aspect in aspects]
        return (
            -sum(map(len, self.choices.values())),
            -sum(map(len, self.widths.values())),
            tuple(least or (-inf,) for least, _ in bounds),
            tuple(tuple(-value for value in most or (inf,)) for _, most in bounds),
        )


def _contains(outer: Bounds, inner: Bounds) -> bool:
    """Return whether the outer bounds allow everything that the inner ones do."""
    (low, high), (least, most) = outer, inner
    below = low is None or (least is not None and all(a <= b for a, b in zip(low, least, strict=True)))
    return below and (high is None or (most is not None and all(a >= b for a, b in zip(high, most, strict=True))))


def question_of(problem: Problem) -> Question:
    """Return the question that a problem asks."""
    return question_in(problem, canonical(problem))


def question_in(problem: Problem, form: Form) -> Question:
    """Return the question that a problem of this canonical form asks; takes the form apart."""
    choices, widths = {}, {}
    for name, node in form["nodes"].items():
        if "choices" in node:
            choices[name] = frozenset(map(str, node.pop("choices")))
        if isinstance(node.get("widths"), list):
            widths[name] = frozenset(node["widths"])
            node["widths"] = "free"
    bounds = {_aspect(stated): _bounds(stated) for stated in form.pop("requirements")}
    text = json.dumps(form, sort_keys=True)
    return Question(
        shape=sha256(text.encode()).hexdigest(),
        bounds=bounds,
        choices=choices,
        widths=widths,
        objective=problem.objectives[0].quantity,
        proves=all(objective.quantity in COSTS for objective in problem.objectives),
    )


def _aspect(stated: Mapping[str, Any]) -> Aspect:
    return stated["node"], Quantity(stated["quantity"]), stated["source"]


def _bounds(stated: Mapping[str, Any]) -> Bounds:
    least, most = stated["least"], stated["most"]
    return None if least is None else tuple(least), None if most is None else tuple(most)


def requirement_of(aspect: Aspect, bounds: Bounds) -> Requirement:
    """Return the bounds as a requirement that has no name of its own."""
    node, quantity, source = aspect
    least, most = bounds
    return Requirement(name="", quantity=quantity, node=node, source=source, least=least, most=most)
