"""Programs from a run: every operation that a module calls, as it calls it. For modules torch.export cannot trace."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.module_tracker import ModuleTracker

from rfsolve.formats.lowering.values import Constant
from rfsolve.formats.torch.exporting import LARGEST_CONSTANT, bound, shape_of
from rfsolve.formats.torch.program import Call, Place, Program, Ref


def recorded(module: torch.nn.Module, examples: Sequence[torch.Tensor]) -> Program:
    """Return the program of one run of a module on these inputs; whatever the module raises is passed on."""
    recorder = _Recorder(module)
    with torch.no_grad(), recorder.tracker, recorder:
        result = module(*examples)
    inputs = {
        f"input_{number}" if number else "input": (recorder.ref(example), shape_of(example))
        for number, example in enumerate(examples)
    }
    paths = [(pytree.keystr(path), value) for path, value in pytree.tree_flatten_with_path(result)[0]]
    outputs = {f"output{path}": recorder.ref(value) for path, value in paths if isinstance(value, torch.Tensor)}
    used = set(pytree.tree_leaves([ref for ref, _ in inputs.values()]))
    constants = {ref: value for ref, value in recorder.constants().items() if ref not in used}
    return Program(inputs=inputs, constants=constants, calls=recorder.calls, outputs=outputs, sizes=recorder.sizes)


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes down each operation; holds every tensor, so that no two share an identity."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Call] = []
        self.tracker = ModuleTracker()
        self.sizes: dict[str, int] = {}
        self._prefix = type(module).__name__
        self._refs: dict[int, Ref] = {}
        self._held: list[torch.Tensor] = []
        self._made: set[Ref] = set()
        self._names: dict[int, str] = {}
        self._visits: dict[str, int] = {}
        self._inside: list[str] = []
        for name, parameter in module.named_parameters():
            self._names[id(parameter)] = name
            self.sizes[name] = parameter.numel()

    def ref(self, tensor: torch.Tensor) -> Ref:
        """Return the number of a tensor."""
        if id(tensor) not in self._refs:
            self._refs[id(tensor)] = Ref(len(self._refs))
            self._held.append(tensor)
        return self._refs[id(tensor)]

    def constants(self) -> dict[Ref, Constant]:
        """Return the tensors that no operation made."""
        return {ref: self._constant(t) for t in self._held if (ref := self._refs[id(t)]) not in self._made}

    def _constant(self, tensor: torch.Tensor) -> Constant:
        name = self._names.get(id(tensor))
        if name is not None:
            return Constant(shape_of(tensor), None, frozenset([name]))
        return Constant(shape_of(tensor), tensor if tensor.numel() <= LARGEST_CONSTANT else None)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        arguments = {name: self._value(value) for name, value in bound(func, args, kwargs).items()}
        result = func(*args, **kwargs)
        results = list(result) if isinstance(result, list | tuple) else [result]
        schema = func._schema  # noqa: SLF001 - the schema has no public name
        changes = [
            self.ref(given)
            for argument, given in zip(schema.arguments, args, strict=False)
            if argument.alias_info is not None and argument.alias_info.is_write and isinstance(given, torch.Tensor)
        ]
        outputs = [self.ref(one) if isinstance(one, torch.Tensor) else None for one in results]
        self._made |= {ref for ref in outputs if ref is not None and ref not in changes}
        self.calls.append(
            Call(
                operator=schema.name.split("::")[-1],
                arguments=arguments,
                outputs=outputs,
                shapes=[shape_of(one) if isinstance(one, torch.Tensor) else None for one in results],
                changes=changes,
                places=self._places(),
                run=func,
            )
        )
        return result

    def _value(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return self.ref(value)
        return [self._value(one) for one in value] if isinstance(value, list | tuple) else value

    def _places(self) -> list[Place]:
        """The modules at work, outermost first."""
        paths = [path for path in self.tracker.parents if path.startswith(f"{self._prefix}.")]
        return [Place(path, path.removeprefix(f"{self._prefix}.")) for path in sorted(paths, key=len)]
