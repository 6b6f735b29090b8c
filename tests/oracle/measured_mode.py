"""A function mode that runs a module's forward pass on extents instead of numbers."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch.overrides import TorchFunctionMode  # noqa: E402 - after importorskip

import tests.oracle.measured_geometry  # noqa: E402 - registers its rules
import tests.oracle.measured_mixing  # noqa: E402 - registers its rules
import tests.oracle.measured_rearranging  # noqa: E402, F401 - registers its rules
from tests.oracle.measured_extents import RULES, NotWitnessedError, is_marked, mark, tensors  # noqa: E402

INPLACE_OPERATORS = {"iadd", "isub", "imul", "itruediv", "ipow", "ior", "iand"}


class OnExtents(TorchFunctionMode):
    """Replaces every function that meets a marked tensor by its rule; NotWitnessedError where it has none.

    Functions of constants run as they are.
    """

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(function, "__name__", str(function))
        if name in ("__get__", "__set__"):
            return self._property(function, args)
        if not any(is_marked(one) for one in tensors([args, kwargs])):
            return function(*args, **kwargs)
        found = RULES.get(name.strip("_"))
        if found is None:
            raise NotWitnessedError(f"no rule for {name} ({function})")
        given = args
        result = found(function, *given, **kwargs)
        stripped = name.strip("_")
        in_place = (name.endswith("_") and not name.startswith("_")) or stripped in INPLACE_OPERATORS
        if in_place and result is not args[0]:
            return _store(args[0], result)
        _mark_all(result)
        return result

    @staticmethod
    def _property(function: Any, args: Any) -> Any:
        result = function(*args)
        if isinstance(result, torch.Tensor) and is_marked(args[0]):
            mark(result)
        return result


def _store(target: Any, result: Any) -> Any:
    """The in-place form: the target holds the result from now on."""
    if not is_marked(target):
        assert target.dtype.is_floating_point, "extents in a tensor of integers"
    target.data.copy_(result)
    return mark(target)


def _mark_all(result: Any) -> None:
    for tensor in tensors(result):
        mark(tensor)
