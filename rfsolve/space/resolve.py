"""From a problem document to a Problem: the space as a graph, what must hold in it, and what contradicts itself."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import count
from math import prod

import networkx as nx

from rfsolve.errors import ProblemError
from rfsolve.space.asks import exit_requirements, relations
from rfsolve.space.blocks import WEIGHTLESS
from rfsolve.space.context import Context
from rfsolve.space.document import ProblemDocument
from rfsolve.space.policies import POLICIES
from rfsolve.space.problem import (
    Exit,
    Input,
    Known,
    Merge,
    MergeKind,
    Objective,
    Problem,
    Quantity,
    Relation,
    Requirement,
    Stack,
)
from rfsolve.space.stacks import StackMaker, stack_names

LARGEST_INPUT = 10**9


def resolve(document: ProblemDocument, place: str = "", origins: Mapping[str, str] | None = None) -> Problem:
    """Return the problem that the document states.

    Raises:
        ProblemError: with every contradiction found, each with its path.

    """
    context = Context(document, place, origins or {})
    problem = _Resolver(context).problem()
    if context.mistakes:
        raise ProblemError(list(dict.fromkeys(context.mistakes)))
    return problem


class _Resolver:
    """One document on its way to a problem."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._document = context.document
        self._stacks = StackMaker(context)
        self._wires: dict[str, tuple[str, ...]] = {}  # what each node follows, in order
        self._paths: dict[str, str] = {}

    def problem(self) -> Problem:
        requirements: list[Requirement] = []
        space = nx.DiGraph()
        space.add_node("input", part=self._input())
        self._wire()
        if not self._has_cycle():
            for name in self._ordered():
                requirements += self._add(space, name)
        requirements += [*self._budgets(), *self._fits(space)]
        self._check_policies()
        compared = tuple(relations(self._context))
        self._check_names(space, requirements, compared)
        objectives = self._objectives()
        self._check_ends(space)
        known = self._document.known
        problem = Problem(
            title=self._document.title,
            source=self._document.source,
            space=space,
            requirements=tuple(requirements),
            objectives=objectives,
            guards=self._context.guards,
            known=None if known is None else Known(objective=known.objective, proven=known.proven),
            relations=compared,
        )
        if not self._context.mistakes:
            self._check_costs(problem)
            self._check_merges(problem)
        return problem

    def _input(self) -> Input:
        table = self._document.input
        size = None if table.size is None else self._context.spread(table.size, "input.size")
        if size is not None and prod(size) > LARGEST_INPUT:
            self._context.mistake("input.size", f"{prod(size):,} pixels, expected at most {LARGEST_INPUT:,}")
        return Input(channels=table.channels, axes=self._context.axes, size=size)

    # the graph --------------------------------------------------------------------------------------------------------

    def _wire(self) -> None:
        """Find out what every node follows, by the names that are given or are meant."""
        merges = [(table.name, f"merge[{i}]") for i, table in enumerate(self._document.merge)]
        names = stack_names(self._document.stack)
        for name, path in [*((name, f"stack[{i}]") for i, name in enumerate(names)), *merges]:
            if name in self._paths or name == "input":
                self._context.mistake(f"{path}.name", f"'{name}' is taken, expected a name of its own")
            self._paths.setdefault(name, path)
        previous = "input"
        for name, table in self._stacks.tables.items():
            after = previous if table.after is None else table.after
            self._wires[name] = self._known([after], name, "after")
            previous = name
        for merge in self._document.merge:
            if len(set(merge.of)) < len(merge.of):
                self._context.mistake(
                    f"{self._paths[merge.name]}.of", f"{merge.of} names a branch twice, expected each once"
                )
            self._wires[merge.name] = self._known(merge.of, merge.name, "of")
        self._wire_exits()

    def _wire_exits(self) -> None:
        if not self._document.exit:
            self._context.mistake(
                "exit", "missing, expected at least one [[exit]] with a requirement such as receptive_field = 200"
            )
        followed = {before for wires in self._wires.values() for before in wires}
        ends = [name for name in self._wires if name not in followed] or list(self._wires)
        exits = {table.name for table in self._document.exit}
        for i, table in enumerate(self._document.exit):
            path = f"exit[{i}]"
            after = table.after or (ends[-1] if ends else "input")
            name = table.name or self._exit_name(after)
            if name in self._paths or name == "input":
                self._context.mistake(f"{path}.name", f"'{name}' is taken, expected a name of its own")
                continue
            self._paths[name] = path
            if after in exits and after not in self._wires:
                self._context.mistake(f"{path}.after", f"'{after}' is an exit, expected a stack or a merge")
            elif after == "input":
                self._context.mistake(f"{path}.after", "the input has nothing to require, expected a stack")
            else:
                self._wires[name] = self._known([after], name, "after")

    def _exit_name(self, after: str) -> str:
        """Return a name that is free: `out` for a single exit, else that of the stack before it."""
        if len(self._document.exit) == 1 and "out" not in self._paths:
            return "out"
        names = (f"{after}.out{number}" if number > 1 else f"{after}.out" for number in count(1))
        return next(name for name in names if name not in self._paths)

    def _known(self, befores: Sequence[str], name: str, key: str) -> tuple[str, ...]:
        """Return those of the names that a node can follow; note the others."""
        there = {"input", *(stack for stack in self._stacks.tables), *(merge.name for merge in self._document.merge)}
        exits = {table.name for table in self._document.exit}
        for i, before in enumerate(befores):
            path = f"{self._paths[name]}.{key}" + (f"[{i}]" if key == "of" else "")
            if before in exits and before not in there:
                self._context.mistake(path, f"'{before}' is an exit, expected a stack or a merge")
            elif before not in there:
                self._context.mistake(path, f"there is no '{before}', {_meant(before, sorted(there - {name}))}")
        return tuple(before for before in befores if before in there)

    def _has_cycle(self) -> bool:
        wires = nx.DiGraph([(before, name) for name, befores in self._wires.items() for before in befores])
        if nx.is_directed_acyclic_graph(wires):
            return False
        cycle = [str(source) for source, _ in nx.find_cycle(wires)]
        last = next(name for name in reversed(list(self._wires)) if name in cycle)
        turn = cycle.index(last)
        way = [*cycle[turn:], *cycle[:turn], last]
        self._context.mistake(
            f"{self._paths[last]}.{'of' if self._paths[last].startswith('merge') else 'after'}",
            f"a cycle: {' -> '.join(way)}; expected every node to follow nodes that do not lead back to it",
        )
        return True

    def _ordered(self) -> Iterator[str]:
        """Yield the nodes, each after what it follows, else in the order of the document."""
        wires = nx.DiGraph()
        wires.add_nodes_from(["input", *self._wires])
        wires.add_edges_from((before, name) for name, befores in self._wires.items() for before in befores)
        order = list(wires)
        yield from (name for name in nx.lexicographical_topological_sort(wires, key=order.index) if name != "input")

    def _add(self, space: nx.DiGraph, name: str) -> Iterator[Requirement]:
        path = self._paths[name]
        kind, number = path.rstrip("]").split("[")
        if kind == "stack":
            space.add_node(name, part=self._stacks.stack(name))
            yield from self._stacks.requirements(name)
        elif kind == "merge":
            table = self._document.merge[int(number)]
            branches = self._wires[name]
            space.add_node(
                name,
                part=Merge(name=name, kind=MergeKind(table.op), branches=branches, path=self._context.placed(path)),
            )
        else:
            table_ = self._document.exit[int(number)]
            output = table_.output if table_.output is not None else table_.measured_from is None
            space.add_node(name, part=Exit(name=name, output=output))
            yield from exit_requirements(self._context, table_, name, path)
        space.add_edges_from((before, name) for before in self._wires[name])

    # what must hold ---------------------------------------------------------------------------------------------------

    def _budgets(self) -> Iterator[Requirement]:
        budget = self._document.budget
        for key in type(budget).model_fields:
            if (amount := getattr(budget, key)) is not None:
                yield Requirement(name=self._context.named(f"budget.{key}"), quantity=Quantity(key), most=(amount,))

    def _fits(self, space: nx.DiGraph) -> Iterator[Requirement]:
        """Without padding, an output exists only where its window lies inside the input."""
        size = space.nodes["input"]["part"].size
        for node, part in space.nodes(data="part"):
            if size is not None and isinstance(part, Exit):
                ways = [space.nodes[name]["part"] for name in nx.ancestors(space, node)]
                stacks = [way for way in ways if isinstance(way, Stack)]
                if len({stack.block.padding == "valid" for stack in stacks}) > 1:
                    self._context.mistake(
                        "input.size",
                        f"with padding 'valid' in some of the stacks before '{node}' only, sizes are not supported; "
                        "expected one padding, or no size",
                    )
                if all(stack.block.padding == "valid" for stack in stacks):
                    yield Requirement(
                        name=self._context.named("input.size"),
                        quantity=Quantity.RECEPTIVE_FIELD,
                        node=node,
                        most=size,
                    )

    def _objectives(self) -> tuple[Objective, ...]:
        table = self._document.objective
        goals = [Objective(quantity=Quantity(table.maximise), maximise=True)] if table.maximise else []
        names = table.minimise if table.minimise is not None else [] if goals else ["parameters"]
        return (*goals, *(Objective(quantity=Quantity(name)) for name in dict.fromkeys(names)))

    def _check_policies(self) -> None:
        """A name stands for one rule."""
        names = [table.name for table in self._document.policy]
        for i, name in enumerate(names):
            if name in POLICIES or name in names[:i]:
                self._context.mistake(f"policy[{i}].name", f"'{name}' is taken, expected a name of its own")

    # contradictions ---------------------------------------------------------------------------------------------------

    def _check_names(
        self, space: nx.DiGraph, requirements: Sequence[Requirement], compared: Sequence[Relation]
    ) -> None:
        """Fields can be compared and measured where the graph has nodes, from what leads there."""
        if len(space) <= len(self._wires):  # some node is wrong itself
            return
        nodes = [node for node in space if node != "input"]
        for i, relation in enumerate(compared):
            for k, node in enumerate(relation.nodes):
                if node not in nodes:
                    self._context.mistake(f"relation[{i}].of[{k}]", f"there is no '{node}', {_meant(node, nodes)}")
                else:
                    self._check_source(space, relation.source, node, f"relation[{i}]")
        for requirement in requirements:
            if requirement.source is not None and requirement.node is not None:
                self._check_source(space, requirement.source, requirement.node, self._paths[requirement.node])

    def _check_source(self, space: nx.DiGraph, source: str | None, node: str, path: str) -> None:
        if source is None or source == "input":
            return
        if source not in space:
            self._context.mistake(f"{path}.measured_from", f"there is no '{source}', {_meant(source, list(space))}")
        elif isinstance(space.nodes[source]["part"], Exit):
            self._context.mistake(f"{path}.measured_from", f"'{source}' is an exit, expected a stack or a merge")
        elif source not in nx.ancestors(space, node):
            self._context.mistake(
                f"{path}.measured_from", f"'{source}' does not lead to '{node}', expected a node before it"
            )

    def _check_ends(self, space: nx.DiGraph) -> None:
        """Every stack must lead to an exit: nothing would ask anything of it."""
        exits = [node for node, part in space.nodes(data="part") if isinstance(part, Exit)]
        useful = set().union(*(nx.ancestors(space, node) for node in exits))
        for node, part in space.nodes(data="part"):
            if exits and isinstance(part, Stack | Merge) and node not in useful:
                self._context.mistake(
                    "stack" if isinstance(part, Stack) else "merge",
                    f"'{node}' leads to no exit, expected an [[exit]] after it or after what follows",
                )
        if exits and not any(space.nodes[node]["part"].output for node in exits):
            self._context.mistake("exit", "none is an output, expected one without output = false")

    def _check_costs(self, problem: Problem) -> None:
        sized = {
            Quantity.MACS: "budget.macs",
            Quantity.ACTIVATIONS: "budget.activations",
            Quantity.ENTROPY: "objective.maximise",
        }
        asked = {objective.quantity: "objective" for objective in problem.objectives}
        asked |= {r.quantity: f"budget.{r.quantity}" for r in problem.requirements if r.node is None}
        for quantity in [quantity for quantity in asked if quantity in sized]:
            if problem.input.size is None:
                self._context.mistake(
                    asked[quantity],
                    f"counting {quantity.words} needs the input's size, expected input.size (--input-size)",
                )
            elif any(stack.block.padding == "valid" for stack in problem.stacks):
                self._context.mistake(
                    asked[quantity],
                    f"counting {quantity.words} with padding 'valid' is not supported, expected 'same' or 'causal'",
                )
        if any(objective.maximise for objective in problem.objectives):
            for stack in problem.stacks:
                self._check_bounded(problem, stack)
            last = problem.outputs[-1].name
            if not problem.is_path(last):
                self._context.mistake(
                    "objective.maximise",
                    f"'{last}', the last exit, comes after a merge or up-sampling, where nothing can be maximised; "
                    "expected objective.minimise",
                )

    def _check_bounded(self, problem: Problem, stack: Stack) -> None:
        """A maximised objective needs a limit on the layers of every stack; a pool has no weights to limit."""
        limits = {r.quantity for r in problem.requirements if r.node in {None, stack.name} and r.most is not None}
        enough = {Quantity.LAYERS, Quantity.ACTIVATIONS}
        enough |= {Quantity.PARAMETERS, Quantity.MACS} if stack.block.kind not in WEIGHTLESS else set()
        if not limits & enough:
            names = ", ".join(f"budget.{quantity}" for quantity in sorted(enough - {Quantity.LAYERS}))
            self._context.mistake(
                "objective.maximise", f"nothing bounds stack '{stack.name}', expected layers.max or {names}"
            )

    def _check_merges(self, problem: Problem) -> None:
        """Without padding, branches of different depth have different sizes."""
        for node in problem.nodes:
            if isinstance(node, Merge):
                bare = [stack.name for stack in problem.upstream(node.name) if stack.block.padding == "valid"]
                if bare:
                    self._context.mistake(
                        f"{self._paths[node.name]}.of",
                        f"stack '{bare[0]}' on the way has padding 'valid', so that the sizes of branches differ, "
                        "expected 'same' or 'causal'",
                    )


def _meant(name: str, there: Sequence[str]) -> str:
    close = get_close_matches(name, there, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else f"expected one of {', '.join(map(repr, there))}"
