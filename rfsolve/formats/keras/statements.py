"""The body of the function that builds a Keras model: one assignment after another."""

from collections.abc import Mapping, Sequence

from rfsolve.formats.code import Expression, Listed, rendered, text_literal
from rfsolve.formats.module_plan import ModulePlan

DEPTH = 1
"""Statements stand inside of a function."""


class Statements:
    """The lines so far, and the variables that hold the values of nodes.

    `labels` are the names of layers: their paths in the plan without dots, which Keras refuses on torch. `helpers` are
    the pieces of code beside the function that the lines need.
    """

    def __init__(self, plan: ModulePlan, labels: Mapping[str, str]) -> None:
        self.plan = plan
        self.labels = labels
        self.lines: list[str] = []
        self.helpers: set[str] = set()
        self.kept: dict[str, tuple[str, Listed]] = {}  # layers whose weights others have: their variable, and the call
        self._variables: dict[str, str] = {}
        self._owners = frozenset(plan.owners.values())

    def let(self, node: str, variable: str) -> None:
        """Say which variable holds the value of a node."""
        self._variables[node] = variable

    def is_owner(self, node: str) -> bool:
        """Return whether another node has the weights of this one."""
        return node in self._owners

    def variable(self, node: str) -> str:
        """Return the variable that holds the value of a node."""
        return self._variables[node]

    def assign(self, target: str, value: Expression) -> None:
        """Add an assignment."""
        self.lines.append(f"    {target} = {rendered(value, DEPTH, len(target) + 3)}")

    def remark(self, text: str) -> None:
        """Add a comment."""
        self.lines.append(f"    # {text}")


class Steps:
    """The statements of one node: each works on the result of the one before."""

    def __init__(self, statements: Statements, node: str, target: str) -> None:
        self.node = node
        self.shape = statements.plan.graph.shapes()[node]
        self.axes = self.shape.axes
        self.sources = [statements.variable(source) for source in statements.plan.graph.inputs(node)]
        self.here = self.sources[0]
        self._statements = statements
        self._target = target

    @property
    def is_cut(self) -> bool:
        """Whether the branches of this merge are cut to the smallest of them."""
        return self.node in self._statements.plan.cropped

    def need(self, helper: str) -> None:
        """Say that a piece of code beside the function is used."""
        self._statements.helpers.add(helper)

    def set(self, value: Expression) -> None:
        """Assign a value."""
        if isinstance(value, Listed) and value.opening.startswith("ops."):
            self.need("ops")
        self._statements.assign(self._target, value)
        self.here = self._target

    def apply(self, layer: Listed, *arguments: str) -> None:
        """Call a layer with what is here, or with these arguments."""
        closing = f"{layer.closing}({', '.join(arguments or (self.here,))})"
        self.set(Listed(layer.opening, layer.items, closing))

    def named(self, layer: Listed) -> Listed:
        """Return a layer with its name."""
        name = text_literal(self._statements.labels[self.node])
        return Listed(layer.opening, [*layer.items, ("name=", name)], layer.closing)

    def apply_weighted(self, layer: Listed) -> None:
        """Call a layer with weights: one that is named, or the very one that has the weights already."""
        statements, named = self._statements, self.named(layer)
        owner = statements.plan.owners.get(self.node)
        if owner is not None:
            self.set(f"{statements.kept[owner][0]}({self.here})")
        elif statements.is_owner(self.node):
            variable = f"shared_{len(statements.kept) + 1}"
            statements.kept[self.node] = (variable, layer)
            statements.assign(variable, named)
            self.set(f"{variable}({self.here})")
        else:
            self.apply(named)

    def lender(self, layer: Listed) -> str | None:
        """Return the variable of the layer with the weights of this one, where it is not the same call; else None."""
        owner = self._statements.plan.owners.get(self.node)
        if owner is None or self._statements.kept[owner][1] == layer:
            return None
        return self._statements.kept[owner][0]

    def cut(self, axes: Sequence[str]) -> None:
        """Take a part of each axis: `1:-1`, `::2`."""
        self.set(f"{self.here}[:, {', '.join(axes)}]")
