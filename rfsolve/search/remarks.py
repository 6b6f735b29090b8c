"""What a designer should know of an answer besides its numbers."""

from collections.abc import Iterator

from rfsolve.search.solution import Design
from rfsolve.space.problem import Problem, Quantity

MANY_LAYERS = 12
"""Below it a network at full resolution is no surprise."""


def remarks(problem: Problem, design: Design) -> Iterator[str]:
    """Yield one sentence for each way in which the problem may have asked for less than was meant."""
    asked = {requirement.quantity for requirement in problem.requirements if not requirement.guard}
    full = sum(all(jump == 1 for jump in design.taps[layer.result].stride) for layer in design.layers)
    if full > MANY_LAYERS and not asked & {Quantity.STRIDE, Quantity.MACS, Quantity.ACTIVATIONS}:
        yield (
            f"{full} of {len(design.layers)} layers run at full resolution, where parameters are cheap and MACs are "
            "not; ask for a stride (--output-stride 8), fewer layers (--max-layers) or a MAC budget (--max-macs)"
        )
