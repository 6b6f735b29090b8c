"""Programs of ATen operations as layer graphs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from rfsolve.errors import InputError
from rfsolve.formats.layouts import input_layout
from rfsolve.formats.lowering.kernels import settled
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Shapeless, Tensor, Untranslatable, Value
from rfsolve.formats.network import Network
from rfsolve.formats.torch.aten.arguments import Arguments
from rfsolve.formats.torch.aten.kernels import RULES as KERNELS
from rfsolve.formats.torch.aten.table import RULES
from rfsolve.formats.torch.exporting import LARGEST_CONSTANT
from rfsolve.formats.torch.naming import Name, names
from rfsolve.formats.torch.program import Call, Program, Ref


def translated(program: Program) -> Network:
    """Return the layer graph of a program.

    Raises:
        InputError: it has no input with pixels, or none that its outputs depend on.

    """
    return _Translation.begun(program).finished(program)


@dataclass(slots=True)
class _Translation:
    """A program on its way: the value of each of its tensors so far."""

    site: Site
    values: dict[Ref, Value] = field(default_factory=dict)

    @classmethod
    def begun(cls, program: Program) -> "_Translation":
        slid_over = {ref for call in program.calls if call.operator in KERNELS for ref in _refs(call.arguments)}
        layouts = {
            name: input_layout(shape, may_end_in_colours=ref not in slid_over)
            for name, (ref, shape) in program.inputs.items()
        }
        if not layouts:
            raise InputError("the network takes no tensor")
        site = Site(axes=max(layout.axes for layout in layouts.values()), sizes=program.sizes)
        begun = cls(site, dict(program.constants))
        modules = {place.path for call in program.calls for place in call.places}
        for name, (ref, _) in program.inputs.items():
            begun.values[ref] = layouts[name].placed(site, f"input.{name}" if name in modules else name)
        return begun

    def finished(self, program: Program) -> Network:
        for call, called in zip(program.calls, names(program.calls), strict=True):
            self._do(call, called)
        outputs = {}
        for name, ref in program.outputs.items():
            outputs[name] = self._settled(name, self.values[ref])
        return self.site.network(outputs)

    def _settled(self, name: str, value: Value) -> Value:
        result = settled(self.site, value)
        self.site.finish(name, result.node if isinstance(result, Tensor | Shapeless) else None)
        return result

    def _do(self, call: Call, name: Name) -> None:
        inputs = [self.values[ref] for ref in _refs(call.arguments)]
        if any(isinstance(value, Tensor | Shapeless) for value in inputs):
            outputs = self._lowered(call, inputs)
            self.site.use(*inputs)
        else:
            outputs = self._constants(call, inputs)
        made = next((value for value in outputs if isinstance(value, Tensor | Shapeless)), None)
        self.site.finish(
            name.name,
            None if made is None else made.node,
            aliases=name.aliases,
            shape=made.shape if isinstance(made, Tensor) else None,
        )
        for ref, value in zip(call.outputs, outputs, strict=True):
            if ref is not None and value is not None:
                self.values[ref] = value
        for ref in call.changes:
            if outputs and outputs[0] is not None:
                self.values[ref] = outputs[0]

    def _lowered(self, call: Call, inputs: Sequence[Value]) -> list[Value | None]:
        shapes = [shape or (1,) for shape in call.shapes]
        if any(isinstance(value, Shapeless) for value in inputs):
            return list(self.site.unknown(call.operator, inputs, shapes, "the shape of what it reads is not known"))
        rule = RULES.get(call.operator.strip("_"))
        if rule is None:
            return list(self.site.unknown(call.operator, inputs, shapes, "rfsolve does not know this operation"))
        try:
            arguments = {key: self._read(value) for key, value in call.arguments.items()}
            outputs = rule(self.site, Arguments(arguments, shapes))
            return self._checked(
                call, [outputs] if isinstance(outputs, Tensor | Shapeless | Constant) else list(outputs)
            )
        except Untranslatable as reason:
            self.site.discard()
            return list(self.site.unknown(call.operator, inputs, shapes, reason))

    def _checked(self, call: Call, outputs: list[Value | None]) -> list[Value | None]:
        """The outputs, if their shapes are those that torch found; one too few is one that nobody can read."""
        outputs += [None] * (len(call.outputs) - len(outputs))
        for value, shape in zip(outputs, call.shapes, strict=True):
            if isinstance(value, Tensor) and shape is not None and value.shape != tuple(shape):
                raise Untranslatable(f"its result has shape {list(shape)}, not {list(value.shape)}")
        return outputs

    def _read(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self.values[value]
        if isinstance(value, list | tuple):
            return [self._read(one) for one in value]
        return value

    def _constants(self, call: Call, inputs: Sequence[Value]) -> list[Value | None]:
        """What depends on no input: its shapes, the parameters in it, its numbers where they are few."""
        weights = frozenset().union(*(value.weights for value in inputs if isinstance(value, Constant)))
        arrays = self._evaluated(call, inputs) if not weights else None
        results: list[Value | None] = []
        for at, shape in enumerate(call.shapes):
            array = arrays[at] if arrays is not None and at < len(arrays) else None
            results.append(Constant(tuple(shape or ()), array, weights))
        return results

    def _evaluated(self, call: Call, inputs: Sequence[Value]) -> list[Any] | None:
        known = all(isinstance(value, Constant) and value.array is not None for value in inputs)
        small = all(_count(shape) <= LARGEST_CONSTANT for shape in call.shapes)
        if not known or not small or call.run is None or call.operator.startswith(("rand", "normal", "bernoulli")):
            return None
        arguments = {key: self._array(value) for key, value in call.arguments.items()}
        try:
            with torch.no_grad():
                result = call.run(**_named(arguments))
        except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError):
            return None
        return list(result) if isinstance(result, list | tuple) else [result]

    def _array(self, value: Any) -> Any:
        read = self._read(value)
        if isinstance(read, Constant):
            return read.array.clone()
        return [self._array(one) for one in value] if isinstance(value, list) else value


def _named(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments an operation can be called with by name, without a device to compute on."""
    return {key: value for key, value in arguments.items() if key not in {"device", "pin_memory", "layout"}}


def _count(shape: Sequence[int] | None) -> int:
    count = 1
    for extent in shape or ():
        count *= extent
    return count


def _refs(value: Any) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    if isinstance(value, Mapping):
        return [ref for one in value.values() for ref in _refs(one)]
    if isinstance(value, list | tuple):
        return [ref for one in value for ref in _refs(one)]
    return []
