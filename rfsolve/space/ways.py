"""Names by which keys of a problem file are known: the options of `rfsolve solve` and the axes of a sweep."""

from collections.abc import Callable
from dataclasses import dataclass

from rfsolve.space import option_values as values
from rfsolve.space.problem_table import ProblemTable


@dataclass(frozen=True, slots=True)
class Way:
    """An option, the key it sets, and how its text is read."""

    option: str
    path: str
    read: Callable[[str], object]

    @property
    def parameter(self) -> str:
        """The option's name in Python."""
        return self.option.lstrip("-").replace("-", "_")


EXIT_WAYS = (
    Way("--in-channels", "input.channels", values.whole),
    Way("--input-size", "input.size", values.per_axis),
    Way("--axes", "input.axes", values.whole),
    Way("--target-rf", "exit[-1].receptive_field.min", values.per_axis),
    Way("--max-rf", "exit[-1].receptive_field.max", values.per_axis),
    Way("--target-erf", "exit[-1].effective_receptive_field.min", values.number),
    Way("--object-size", "exit[-1].object_size", values.object_size),
    Way("--output-stride", "exit[-1].stride.exact", values.per_axis),
    Way("--max-output-stride", "exit[-1].stride.max", values.per_axis),
)
"""Options about the input and the last exit."""

BUDGET_WAYS = (
    Way("--max-params", "budget.parameters", str),
    Way("--max-macs", "budget.macs", str),
)
"""Options about the budget, which can also lift what the file says."""

LAYER_WAYS = (
    Way("--kernels", "kernels", values.domain),
    Way("--strides", "strides", values.domain),
    Way("--dilations", "dilations", values.domain),
    Way("--widths", "widths", str),
    Way("--block", "block", str),
    Way("--norm", "norm", str),
    Way("--act", "activation", str),
    Way("--padding", "padding", str),
)
"""Options about layers: they win over the defaults and over what a stack says."""

DEPTH_WAYS = (
    Way("--min-layers", "layers.min", values.whole),
    Way("--max-layers", "layers.max", values.whole),
)
"""Options about the number of layers of every stack."""

WAYS = (*EXIT_WAYS, *BUDGET_WAYS, *LAYER_WAYS, *DEPTH_WAYS)
"""Every way, in the order of the help page."""


def lay(table: ProblemTable, way: Way, value: object, option: str) -> None:
    """Set in the table what `way` says; `option` is what messages call it.

    Raises:
        PathError: something else is in the way.

    """
    if way in LAYER_WAYS:
        table.put(f"defaults.{way.path}", value, option)
        for i in range(len(table.stacks)):
            table.drop(f"stack[{i}].{way.path}", option)
    elif way in DEPTH_WAYS:
        own = [f"stack[{i}]" for i, stack in enumerate(table.stacks) if isinstance(stack, dict) and "layers" in stack]
        for holder in ("defaults", *own):
            table.put(f"{holder}.{way.path}", value, option)
    else:
        table.put(way.path.replace("[-1]", f"[{table.last_exit}]"), value, option)
