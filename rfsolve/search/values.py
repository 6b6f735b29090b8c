"""What a design is worth: the value of an objective, by the recurrence and the graph's costs."""

from rfsolve.graph import costs
from rfsolve.search.solution import Design
from rfsolve.space.problem import Objective, Problem, Quantity


def value_of(problem: Problem, objective: Objective, design: Design) -> float:
    """Return an objective's value in its unit; what is said of an exit holds for the last output."""
    last = problem.outputs[-1].name
    match objective.quantity:
        case Quantity.LAYERS:
            return len(design.layers)
        case Quantity.ENTROPY:
            return costs.entropy(design.graph, output=last)
        case Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            return min(next(e for e in design.exits if e.name == last).effective_receptive_field)
        case Quantity.RECEPTIVE_FIELD:
            return min(least for least, _ in next(e for e in design.exits if e.name == last).receptive_field)
    value = getattr(design, objective.quantity.value)
    return 0 if value is None else int(value)
