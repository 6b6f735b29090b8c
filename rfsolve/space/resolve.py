"""From a problem document to a Problem: defaults filled in, domains spread over the axes, requirements named."""

from collections.abc import Iterator, Mapping
from itertools import count, product
from math import prod
from typing import Any

import networkx as nx

from rfsolve.errors import Mistake, ProblemError
from rfsolve.space.blocks import RESIDUAL, BlockSpec, Choice
from rfsolve.space.document import ExitTable, Limits, ProblemDocument, StackTable
from rfsolve.space.mistakes import named, placed
from rfsolve.space.policies import POLICIES, Need
from rfsolve.space.problem import (
    Exit,
    Guards,
    Input,
    Known,
    Objective,
    Problem,
    Quantity,
    Requirement,
    Stack,
)
from rfsolve.space.widths import parse_widths

DEFAULT_KERNELS = (3, 5, 7)
DEFAULT_STRIDES = (1, 2)
DEFAULT_DILATIONS = (1, 2, 4)
DEFAULT_WIDTHS = "32*jump:512"
BLOCK_SETTINGS = ("norm", "activation", "expansion", "reduction", "padding")
LARGEST_CHOICES = 4_096
LARGEST_INPUT = 10**9

Axes = tuple[int, ...]


def resolve(document: ProblemDocument, place: str = "", origins: Mapping[str, str] | None = None) -> Problem:
    """Return the problem that the document states.

    Raises:
        ProblemError: with every contradiction found, each with its path.

    """
    resolver = _Resolver(document, place, origins or {})
    problem = resolver.problem()
    if resolver.mistakes:
        raise ProblemError(list(dict.fromkeys(resolver.mistakes)))
    return problem


class _Resolver:
    """One document on its way to a problem; collects mistakes instead of stopping at the first."""

    def __init__(self, document: ProblemDocument, place: str, origins: Mapping[str, str]) -> None:
        self.document = document
        self.place = place
        self.origins = origins
        self.mistakes: list[Mistake] = []
        self.axes = self._count_axes()
        guards = document.guards
        self.guards = Guards(
            odd_kernels=guards.odd_kernels,
            hole_free=guards.hole_free,
            max_dilation=guards.max_dilation or None,
            max_stride=guards.max_stride or None,
            max_output_stride=guards.max_output_stride or None,
            monotone_widths=guards.monotone_widths,
        )

    def problem(self) -> Problem:
        space = nx.DiGraph()
        table = self.document.input
        size = None if table.size is None else self._spread(table.size, "input.size")
        if size is not None and prod(size) > LARGEST_INPUT:
            self._mistake("input.size", f"{prod(size):,} pixels, expected at most {LARGEST_INPUT:,}")
        space.add_node("input", part=Input(channels=table.channels, axes=self.axes, size=size))
        requirements = [
            *self._stacks(space),
            *self._exits(space),
            *self._budgets(),
        ]
        requirements += self._fits(space)
        objectives = self._objectives()
        self._check_ends(space)
        self._check_costs(requirements, objectives, space)
        known = self.document.known
        return Problem(
            title=self.document.title,
            source=self.document.source,
            space=space,
            requirements=tuple(requirements),
            objectives=objectives,
            guards=self.guards,
            known=None if known is None else Known(objective=known.objective, proven=known.proven),
        )

    def _fits(self, space: nx.DiGraph) -> Iterator[Requirement]:
        """Without padding, an output exists only where its window lies inside the input."""
        size = space.nodes["input"]["part"].size
        for node, part in space.nodes(data="part"):
            if size is not None and isinstance(part, Exit):
                stacks = [space.nodes[name]["part"] for name in nx.ancestors(space, node) - {"input"}]
                if all(stack.block.padding == "valid" for stack in stacks):
                    yield Requirement(
                        name=named("input.size", self.origins),
                        quantity=Quantity.RECEPTIVE_FIELD,
                        node=node,
                        most=size,
                    )

    def _check_ends(self, space: nx.DiGraph) -> None:
        """Every stack must lead to an exit: nothing would ask anything of it."""
        exits = [node for node, part in space.nodes(data="part") if isinstance(part, Exit)]
        useful = set().union(*(nx.ancestors(space, node) for node in exits))
        for node, part in space.nodes(data="part"):
            if exits and isinstance(part, Stack) and node not in useful:
                self._mistake(
                    "stack", f"'{node}' leads to no exit, expected an [[exit]] after it or after what follows"
                )

    def _mistake(self, path: str, text: str) -> None:
        self.mistakes.append(Mistake(placed(self.place, named(path, self.origins)), text))

    def _count_axes(self) -> int:
        table = self.document.input
        if table.axes is not None:
            return table.axes
        lengths = [len(table.size)] if isinstance(table.size, list) else []
        for layers in (self.document.defaults, *self.document.stack):
            for domain in (layers.kernels, layers.strides, layers.dilations):
                lengths += [len(item) for item in domain or () if isinstance(item, list)]
        for way_out in self.document.exit:
            for limits in (way_out.receptive_field, way_out.stride):
                asked = (limits.min, limits.max, limits.exact) if limits is not None else ()
                lengths += [len(value) for value in asked if isinstance(value, list) and len(value) > 1]
        return lengths[0] if lengths else 2

    def _spread(self, value: float | list[int], path: str) -> Axes:
        if not isinstance(value, list):
            return (value,) * self.axes  # type: ignore[return-value]  # floats only for the effective field
        if len(value) == 1:
            return (value[0],) * self.axes
        if len(value) != self.axes:
            self._mistake(path, f"{value} has {len(value)} numbers, expected {self.axes} (one per axis) or one")
            return (value[0],) * self.axes
        return tuple(value)

    def _stacks(self, space: nx.DiGraph) -> Iterator[Requirement]:
        previous = "input"
        for i, table in enumerate(self.document.stack or [StackTable(name="trunk")]):
            path = f"stack[{i}]"
            name = table.name or (f"stack{i + 1}" if len(self.document.stack) > 1 else "trunk")
            after = previous if table.after is None else table.after
            if not self._place(space, name, after, path):
                continue
            block = self._block(table, path)
            stack = Stack(
                name=name,
                choices=self._choices(table, path, block),
                widths=table.widths or self.document.defaults.widths or parse_widths(DEFAULT_WIDTHS),
                block=block,
            )
            space.add_node(name, part=stack)
            space.add_edge(after, name)
            previous = name
            limits = table.layers or self.document.defaults.layers
            where = path if table.layers is not None else "defaults"
            yield Requirement(
                name=named(f"{where}.layers", self.origins),
                quantity=Quantity.LAYERS,
                node=name,
                least=(limits.min if limits else 1,),
                most=(limits.max,) if limits and limits.max is not None else None,
            )

    def _place(self, space: nx.DiGraph, name: str, after: str, path: str) -> bool:
        if name in space:
            self._mistake(f"{path}.name", f"'{name}' is taken, expected a name of its own")
            return False
        if after not in space:
            self._mistake(
                f"{path}.after", f"'{after}' is no node before it, expected one of {', '.join(map(repr, space))}"
            )
            return False
        if isinstance(space.nodes[after]["part"], Exit):
            self._mistake(f"{path}.after", f"'{after}' is an exit, expected a stack")
            return False
        return True

    def _follows_a_stack(self, after: str, path: str) -> bool:
        if after == "input":
            self._mistake(f"{path}.after", "the input has nothing to require, expected a stack")
        return after != "input"

    def _setting(self, table: StackTable, key: str, path: str) -> tuple[Any, str]:
        value = getattr(table, key)
        if value is not None:
            return value, f"{path}.{key}"
        return getattr(self.document.defaults, key), f"defaults.{key}"

    def _block(self, table: StackTable, path: str) -> BlockSpec:
        settings = {key: self._setting(table, key, path)[0] for key in BLOCK_SETTINGS}
        settings = {key: value for key, value in settings.items() if value is not None}
        kind, kind_path = self._setting(table, "block", path)
        bias, _ = self._setting(table, "bias", path)
        spec = BlockSpec(kind=kind or "conv", **settings)
        if spec.kind in RESIDUAL and spec.padding == "valid":
            self._mistake(
                kind_path, f"block {spec.kind} adds a shortcut, expected padding 'same' or 'causal', not 'valid'"
            )
        bias = (spec.norm == "none") if bias is None else bias
        return BlockSpec(kind=spec.kind, bias=bias, **settings)

    def _choices(self, table: StackTable, path: str, block: BlockSpec) -> tuple[Choice, ...]:
        domains = []
        for key, default in (
            ("kernels", DEFAULT_KERNELS),
            ("strides", DEFAULT_STRIDES),
            ("dilations", DEFAULT_DILATIONS),
        ):
            domain, where = self._setting(table, key, path)
            items = default if domain is None else domain
            domains.append([self._spread(item, f"{where}[{i}]") for i, item in enumerate(items)])
            self._guard(key, domains[-1], where, block)
        choices = {
            Choice(kernel, stride, tuple(d if k > 1 else 1 for k, d in zip(kernel, dilation, strict=True)))
            for kernel, stride, dilation in product(*domains)
        }
        if len(choices) > LARGEST_CHOICES:
            self._mistake(
                path,
                f"{len(choices):,} combinations of kernel, stride and dilation, expected at most {LARGEST_CHOICES:,}",
            )
        return tuple(sorted(choices, key=lambda choice: (choice.stride, choice.kernel, choice.dilation)))

    def _guard(self, key: str, domain: list[Axes], path: str, block: BlockSpec) -> None:
        numbers = sorted({number for item in domain for number in item})
        guards = self.guards
        even = [number for number in numbers if number % 2 == 0]
        if key == "kernels" and guards.odd_kernels and even and block.kind != "pool" and block.padding != "causal":
            self._mistake(
                path, f"even kernel {even[0]} cannot be centred, expected odd kernels, or guards.odd_kernels = false"
            )
        caps = {"strides": ("max_stride", guards.max_stride), "dilations": ("max_dilation", guards.max_dilation)}
        name, cap = caps.get(key, ("", None))
        if cap is not None and numbers[-1] > cap:
            largest = numbers[-1]
            way_out = f"expected at most {cap}, or guards.{name} = {largest}"
            self._mistake(path, f"{key[:-1]} {largest} is above the guard, {way_out}")

    def _exits(self, space: nx.DiGraph) -> Iterator[Requirement]:
        stacks = [node for node in space if node != "input"]
        if not self.document.exit:
            self._mistake(
                "exit", "missing, expected at least one [[exit]] with a requirement such as receptive_field = 200"
            )
        for i, table in enumerate(self.document.exit):
            path = f"exit[{i}]"
            after = table.after or (stacks[-1] if stacks else "input")
            name = table.name or self._exit_name(space, after)
            if not self._place(space, name, after, path) or not self._follows_a_stack(after, path):
                continue
            space.add_node(name, part=Exit(name=name))
            space.add_edge(after, name)
            yield from self._exit_requirements(table, name, path)

    def _exit_name(self, space: nx.DiGraph, after: str) -> str:
        """Return a name that is free: `out` for a single exit, else that of the stack before it."""
        if len(self.document.exit) == 1 and "out" not in space:
            return "out"
        names = (f"{after}.out{number}" if number > 1 else f"{after}.out" for number in count(1))
        return next(name for name in names if name not in space)

    def _exit_requirements(self, table: ExitTable, node: str, path: str) -> Iterator[Requirement]:
        yield from self._limits(table.receptive_field, Quantity.RECEPTIVE_FIELD, node, f"{path}.receptive_field")
        yield from self._limits(table.stride, Quantity.STRIDE, node, f"{path}.stride")
        if (effective := table.effective_receptive_field) is not None:
            yield Requirement(
                name=named(f"{path}.effective_receptive_field", self.origins),
                quantity=Quantity.EFFECTIVE_RECEPTIVE_FIELD,
                node=node,
                least=None if effective.min is None else (effective.min,) * self.axes,
                most=None if effective.max is None else (effective.max,) * self.axes,
            )
        if (width := table.width) is not None:
            low, high = (width.exact, width.exact) if width.exact is not None else (width.min, width.max)
            if isinstance(low, list) or isinstance(high, list):
                self._mistake(f"{path}.width", "a list, expected one number of channels")
            else:
                yield Requirement(
                    name=named(f"{path}.width", self.origins),
                    quantity=Quantity.WIDTH,
                    node=node,
                    least=None if low is None else (low,),
                    most=None if high is None else (high,),
                )
        yield from self._object(table, node, f"{path}.object_size")
        yield from self._exit_guards(table, node, path)

    def _exit_guards(self, table: ExitTable, node: str, path: str) -> Iterator[Requirement]:
        asked = table.hole_free
        if asked if asked is not None else self.guards.hole_free:
            name = "guards.hole_free" if asked is None else named(f"{path}.hole_free", self.origins)
            yield Requirement(name=name, quantity=Quantity.HOLE_FREE, node=node, least=(1,), guard=asked is None)
        cap = self.guards.max_output_stride
        capped = table.stride is not None and (table.stride.max is not None or table.stride.exact is not None)
        need = _need(table)
        capped = capped or (need is not None and need.max_stride is not None)
        if cap is not None and not capped:
            yield Requirement(
                name="guards.max_output_stride",
                quantity=Quantity.STRIDE,
                node=node,
                most=(cap,) * self.axes,
                guard=True,
            )

    def _limits(self, limits: Limits | None, quantity: Quantity, node: str, path: str) -> Iterator[Requirement]:
        if limits is None:
            return
        low, high = (limits.exact, limits.exact) if limits.exact is not None else (limits.min, limits.max)
        yield Requirement(
            name=named(path, self.origins),
            quantity=quantity,
            node=node,
            least=None if low is None else self._spread(low, path),
            most=None if high is None else self._spread(high, path),
        )

    def _object(self, table: ExitTable, node: str, path: str) -> Iterator[Requirement]:
        need = _need(table)
        if need is None:
            return
        name = named(path, self.origins)
        if need.receptive_field is not None:
            field = (need.receptive_field,) * self.axes
            yield Requirement(name=name, quantity=Quantity.RECEPTIVE_FIELD, node=node, least=field)
        if need.effective_receptive_field is not None:
            effective = (need.effective_receptive_field,) * self.axes
            yield Requirement(name=name, quantity=Quantity.EFFECTIVE_RECEPTIVE_FIELD, node=node, least=effective)
        if need.max_stride is not None:
            stride = (need.max_stride,) * self.axes
            yield Requirement(name=name, quantity=Quantity.STRIDE, node=node, most=stride)

    def _budgets(self) -> Iterator[Requirement]:
        budget = self.document.budget
        for key in type(budget).model_fields:
            if (amount := getattr(budget, key)) is not None:
                yield Requirement(name=named(f"budget.{key}", self.origins), quantity=Quantity(key), most=(amount,))

    def _objectives(self) -> tuple[Objective, ...]:
        table = self.document.objective
        goals = [Objective(quantity=Quantity(table.maximise), maximise=True)] if table.maximise else []
        names = table.minimise if table.minimise is not None else [] if goals else ["parameters"]
        return (*goals, *(Objective(quantity=Quantity(name)) for name in dict.fromkeys(names)))

    def _check_costs(
        self, requirements: list[Requirement], objectives: tuple[Objective, ...], space: nx.DiGraph
    ) -> None:
        sized = {
            Quantity.MACS: "budget.macs",
            Quantity.ACTIVATIONS: "budget.activations",
            Quantity.ENTROPY: "objective.maximise",
        }
        asked = {objective.quantity: "objective" for objective in objectives}
        asked |= {
            requirement.quantity: f"budget.{requirement.quantity}"
            for requirement in requirements
            if requirement.node is None
        }
        stacks = [part for _, part in space.nodes(data="part") if isinstance(part, Stack)]
        for quantity in [quantity for quantity in asked if quantity in sized]:
            if self.document.input.size is None:
                self._mistake(
                    asked[quantity],
                    f"counting {quantity.words} needs the input's size, expected input.size (--input-size)",
                )
            elif any(stack.block.padding == "valid" for stack in stacks):
                self._mistake(
                    asked[quantity],
                    f"counting {quantity.words} with padding 'valid' is not supported, expected 'same' or 'causal'",
                )
        if any(objective.maximise for objective in objectives):
            for stack in stacks:
                self._check_bounded(stack, requirements)

    def _check_bounded(self, stack: Stack, requirements: list[Requirement]) -> None:
        """A maximised objective needs a limit on the layers of every stack; a pool has no weights to limit."""
        limits = {r.quantity for r in requirements if r.node is None and r.most is not None}
        limits |= {r.quantity for r in requirements if r.node == stack.name and r.most is not None}
        enough = {Quantity.LAYERS, Quantity.ACTIVATIONS}
        enough |= {Quantity.PARAMETERS, Quantity.MACS} if stack.block.kind != "pool" else set()
        if not limits & enough:
            names = ", ".join(f"budget.{quantity}" for quantity in sorted(enough - {Quantity.LAYERS}))
            self._mistake("objective.maximise", f"nothing bounds stack '{stack.name}', expected layers.max or {names}")


def _need(table: ExitTable) -> Need | None:
    """Return what the exit's object asks, by its policy."""
    if table.object_size is None:
        return None
    return POLICIES[table.object_size.policy](table.object_size.value)
