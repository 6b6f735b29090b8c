"""The axes of a frontier: which quantities there are, and what a floor of one means as a requirement."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from math import floor

from rfsolve.errors import InputError
from rfsolve.space.blocks import WEIGHTLESS
from rfsolve.space.problem import COSTS, Objective, Problem, Quantity, Requirement

GAINS = (Quantity.RECEPTIVE_FIELD, Quantity.EFFECTIVE_RECEPTIVE_FIELD)
"""Quantities of which more is better; those of the last output, the least over its axes and phases."""

KNOWN = {quantity.value: Objective(quantity=quantity, maximise=quantity in GAINS) for quantity in (*COSTS, *GAINS)}
SHORT = {"rf": "receptive_field", "erf": "effective_receptive_field", "params": "parameters", "depth": "layers"}
STEPS = (Quantity.MACS, Quantity.ACTIVATIONS, Quantity.PARAMETERS, *reversed(GAINS), Quantity.LAYERS)
"""From the quantity whose values are most to that whose values are fewest."""

FEWEST, MOST = 2, 3
FINEST = 1e-8
"""Relative: two effective fields that differ by less are one. They are square roots of whole numbers."""

ROOM = 1.1
"""By how much a floor may rise before a model is made anew: it is thinned out for the highest of them."""


def aims(names: Sequence[str]) -> tuple[Objective, ...]:
    """Return the axes of these names.

    Raises:
        InputError: one is unknown, named twice, or there are not two or three, of which one is a cost.

    """
    for name in names:
        if name not in KNOWN:
            raise InputError(f"axes: unknown axis {name!r}, {_meant(name)}")
    if len(set(names)) < len(names):
        raise InputError(f"axes: {','.join(names)} names an axis twice, expected each once")
    if not FEWEST <= len(names) <= MOST:
        raise InputError(f"axes: {len(names)} given, expected two or three, such as parameters,receptive_field")
    found = tuple(KNOWN[name] for name in names)
    if all(aim.maximise for aim in found):
        costs = ", ".join(cost.value for cost in COSTS)
        raise InputError(f"axes: {','.join(names)} are all to be large, expected a cost among them: {costs}")
    return found


def _meant(name: str) -> str:
    close = [SHORT[name]] if name in SHORT else get_close_matches(name, KNOWN, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"expected some of {', '.join(KNOWN)}"


def by_use(axes: Sequence[Objective]) -> tuple[Objective, ...]:
    """Return the axes as the staircase needs them: what is minimised, then the scores, that of fewest steps last.

    Layers are counted in steps of one, so they are a score where there is another cost.
    """
    cost = min((aim for aim in axes if not aim.maximise), key=lambda aim: aim.quantity is Quantity.LAYERS)
    return (cost, *sorted((aim for aim in axes if aim != cost), key=lambda aim: STEPS.index(aim.quantity)))


def score_of(aim: Objective, value: float) -> float:
    """Return a value as a score, of which more is better."""
    return value if aim.maximise else -value


def after(aim: Objective, score: float) -> float:
    """Return the least score above a score."""
    return score * (1 + FINEST) if aim.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD else score + 1


def further(aim: Objective, score: float) -> float:
    """Return how high the floor of a score may rise before the model is made anew."""
    return floor(score * ROOM) + 2 if aim.maximise else -floor(-score / ROOM)


def required(problem: Problem, aim: Objective, score: float) -> Requirement:
    """Return the requirement that a score is at least this."""
    name = f"frontier.{aim.quantity}"
    if not aim.maximise:
        return Requirement(name=name, quantity=aim.quantity, most=(-score,))
    last = problem.outputs[-1].name
    return Requirement(name=name, quantity=aim.quantity, node=last, least=(score,) * problem.input.axes)


def check(problem: Problem, axes: Sequence[Objective]) -> None:
    """See that a problem can have a frontier along these axes.

    Raises:
        InputError: what counts needs a size, or nothing ends the axis.

    """
    for aim in axes:
        words = f"axes: {aim.quantity}"
        if aim.quantity in {Quantity.MACS, Quantity.ACTIVATIONS}:
            if problem.input.size is None:
                raise InputError(f"{words}: counting {aim.quantity.words} needs input.size (--input-size)")
            if any(stack.block.padding == "valid" for stack in problem.stacks):
                raise InputError(f"{words}: with padding 'valid' it is not supported, expected 'same' or 'causal'")
        if aim.maximise and not _ends(problem):
            least = next(iter(_unlimited(problem)))
            raise InputError(
                f"{words}: it has no end, expected a largest field (--max-rf), or a limit of layers or a budget "
                f"for stack '{least}'"
            )


def _ends(problem: Problem) -> bool:
    last = problem.outputs[-1].name
    capped = any(r.quantity in GAINS and r.most is not None and r.source is None for r in problem.at(last))
    return capped or not any(_unlimited(problem))


def _unlimited(problem: Problem) -> Iterator[str]:
    """Yield the stacks before the last output that may have any number of layers."""
    for stack in problem.upstream(problem.outputs[-1].name):
        limits = {r.quantity for r in problem.requirements if r.node in {None, stack.name} and r.most is not None}
        enough = {Quantity.LAYERS, Quantity.ACTIVATIONS}
        enough |= {Quantity.PARAMETERS, Quantity.MACS} if stack.block.kind not in WEIGHTLESS else set()
        if not limits & enough:
            yield stack.name
