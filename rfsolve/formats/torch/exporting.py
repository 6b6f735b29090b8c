"""Programs from torch.export: ATen operations with the paths of the modules that called them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import Node
from torch.utils import _pytree as pytree

from rfsolve.formats.lowering.values import Constant
from rfsolve.formats.torch.program import Call, Place, Program, Ref

LARGEST_CONSTANT = 1 << 16  # entries of a constant whose numbers are kept: indices and sizes, no weights
_VIEWS = ("select", "slice", "view", "transpose", "permute", "narrow", "unsqueeze", "squeeze", "expand", "diagonal")


def exported(module: torch.nn.Module, examples: Sequence[torch.Tensor]) -> Program:
    """Return the program of a module for inputs like these; whatever torch.export raises is passed on."""
    with torch.no_grad():
        return program_of(torch.export.export(module, tuple(examples), strict=False))


def program_of(program: ExportedProgram) -> Program:
    """Return an exported program as a program of ours, in functional form where it writes into parts of tensors."""
    if _writes_into_parts(program) or _wraps(program):
        program = program.run_decompositions({})
    return _Translation(program).translated()


def _writes_into_parts(program: ExportedProgram) -> bool:
    nodes = [node for node in program.graph.nodes if node.op == "call_function"]
    for node in nodes:
        if _changed(node.target, node.args) and any(
            isinstance(arg, Node) and str(getattr(arg.target, "__name__", "")).split(".")[0] in _VIEWS
            for arg in node.args[:1]
        ):
            return True
    return False


def _wraps(program: ExportedProgram) -> bool:
    """Whether it calls graphs within its graph."""
    return any(node.op == "get_attr" for node in program.graph.nodes)


def _changed(target: Any, args: Sequence[Any]) -> list[Any]:
    """The arguments that an operation writes to."""
    schema = getattr(target, "_schema", None)
    if schema is None or not schema.is_mutable:
        return []
    pairs = zip(schema.arguments, args, strict=False)
    return [given for argument, given in pairs if argument.alias_info is not None and argument.alias_info.is_write]


class _Translation:
    """One exported program on its way: numbers for its tensors."""

    def __init__(self, program: ExportedProgram) -> None:
        self._program = program
        self._refs: dict[tuple[Node, int], Ref] = {}

    def translated(self) -> Program:
        inputs, constants, sizes = {}, {}, {}
        specs = {spec.arg.name: spec for spec in self._program.graph_signature.input_specs}
        for node in self._program.graph.find_nodes(op="placeholder"):
            spec, value = specs[node.name], node.meta.get("val")
            if spec.kind.name == "USER_INPUT":
                if isinstance(value, torch.Tensor):
                    inputs[node.name] = (self._ref(node), shape_of(value))
            else:
                name = str(spec.target)
                constants[self._ref(node)] = self._constant(spec.kind.name, name, value)
                if spec.kind.name == "PARAMETER":
                    sizes[name] = value.numel()
        calls = [call for node in self._program.graph.nodes if node.op == "call_function" for call in self._calls(node)]
        return Program(inputs=inputs, constants=constants, calls=calls, outputs=self._outputs(), sizes=sizes)

    def _ref(self, node: Node, index: int = 0) -> Ref:
        return self._refs.setdefault((node, index), Ref(len(self._refs)))

    def _constant(self, kind: str, name: str, value: torch.Tensor) -> Constant:
        held = {**self._program.state_dict, **self._program.constants}.get(name)
        weights = frozenset([name]) if kind == "PARAMETER" else frozenset()
        real = type(held) is torch.Tensor and not held.is_meta and held.numel() <= LARGEST_CONSTANT
        return Constant(shape_of(value), held if real and not weights else None, weights)

    def _calls(self, node: Node) -> Iterator[Call]:
        if getattr(node.target, "__name__", "") == "getitem":
            source, index = node.args
            if isinstance(source, Node) and isinstance(index, int):
                self._refs[node, 0] = self._ref(source, index)
            return
        if not isinstance(node.target, torch._ops.OpOverload):  # noqa: SLF001 - the type has no public name
            yield self._higher_order(node)
            return
        results = _results(node.meta.get("val"))
        yield Call(
            operator=node.target._schema.name.split("::")[-1],  # noqa: SLF001 - the schema has no public name
            arguments={name: self._value(value) for name, value in bound(node.target, node.args, node.kwargs).items()},
            outputs=[self._ref(node, at) if isinstance(one, torch.Tensor) else None for at, one in enumerate(results)],
            shapes=[shape_of(one) if isinstance(one, torch.Tensor) else None for one in results],
            changes=[self._ref(arg) for arg in _changed(node.target, node.args) if isinstance(arg, Node)],
            places=_places(node),
            run=node.target,
        )

    def _higher_order(self, node: Node) -> Call:
        results = _results(node.meta.get("val"))
        tensors = [arg for arg in pytree.tree_leaves((node.args, node.kwargs)) if isinstance(arg, Node)]
        return Call(
            operator=str(getattr(node.target, "__name__", node.target)),
            arguments={"operands": [self._ref(arg) for arg in tensors if arg.op != "get_attr"]},
            outputs=[self._ref(node, at) if isinstance(one, torch.Tensor) else None for at, one in enumerate(results)],
            shapes=[shape_of(one) if isinstance(one, torch.Tensor) else None for one in results],
            places=_places(node),
        )

    def _value(self, value: Any) -> Any:
        if isinstance(value, Node):
            held = value.meta.get("val")
            return self._ref(value) if isinstance(held, torch.Tensor) else _plain(held)
        if isinstance(value, list | tuple):
            return [self._value(one) for one in value]
        return value

    def _outputs(self) -> dict[str, Ref]:
        (node,) = self._program.graph.find_nodes(op="output")
        user = [
            (value, spec)
            for value, spec in zip(node.args[0], self._program.graph_signature.output_specs, strict=True)
            if spec.kind.name == "USER_OUTPUT" and isinstance(value, Node)
        ]
        names = _output_names(self._program, len(user))
        return {name: self._ref(value) for name, (value, _) in zip(names, user, strict=True)}


def _output_names(program: ExportedProgram, count: int) -> list[str]:
    """Where each output lies in what the module returns: "output", "output[0]", "output['p3']"."""
    spec = program.call_spec.out_spec
    if spec is not None and spec.num_leaves == count:
        tree = pytree.tree_unflatten(list(range(count)), spec)
        paths = [pytree.keystr(path) for path, _ in pytree.tree_flatten_with_path(tree)[0]]
        return [f"output{path}" for path in paths]
    return [f"output[{number}]" for number in range(count)] if count > 1 else ["output"]


def _plain(value: Any) -> Any:
    """A symbolic number as the number it was traced with."""
    return value.node.hint if hasattr(value, "node") else value


def _results(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def shape_of(value: torch.Tensor) -> tuple[int, ...]:
    """Return the shape of a tensor as plain numbers."""
    return tuple(int(extent) for extent in value.shape)


def bound(target: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an operation by the names of its schema, defaults included."""
    values: dict[str, Any] = {}
    for place, argument in enumerate(target._schema.arguments):  # noqa: SLF001 - the schema has no public name
        if place < len(args) and not argument.kwarg_only:
            values[argument.name] = args[place]
        elif argument.name in kwargs:
            values[argument.name] = kwargs[argument.name]
        elif argument.has_default_value():
            values[argument.name] = argument.default_value
    return values


def _places(node: Node) -> list[Place]:
    stack = node.meta.get("nn_module_stack") or {}
    return [Place(key, str(path)) for key, (path, _) in stack.items() if path]
