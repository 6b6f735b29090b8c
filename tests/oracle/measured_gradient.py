"""Float64 gradients of a module as it is: nothing replaced, random weights and inputs, the union of several draws.

A maximum or a rectifier hides some dependence in one draw and other dependence in the next; what is
never seen in any draw is not there. It underflows in stacks of hundreds of layers and is slow: it
is the witness of the witness, on small networks.
"""

from collections.abc import Sequence
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from tests.oracle.measured_extents import tensors  # noqa: E402 - after importorskip

Span = tuple[int, int] | None


def gradient_spans(
    module: Any, input_size: Sequence[int], indices: Sequence[Sequence[int]], *, draws: int = 8, output: int = 0
) -> list[tuple[Span, ...]]:
    """Per output position: the (lowest, highest) input index along each axis with a gradient other than 0."""
    module.double()
    axes = len(input_size) - 1
    touched = [torch.zeros(tuple(input_size[1:]), dtype=torch.bool) for _ in indices]
    generator = torch.Generator().manual_seed(7)
    for _ in range(draws):
        _draw(module, generator)
        x = torch.randn(1, *input_size, dtype=torch.float64, generator=generator).requires_grad_()
        value = tensors(module.eval()(x))[output]
        for place, index in enumerate(indices):
            entries = value[(0, slice(None), *index)]
            mixed = (entries * torch.rand(entries.shape, dtype=torch.float64, generator=generator)).sum()
            (gradient,) = torch.autograd.grad(mixed, x, retain_graph=True, allow_unused=True)
            if gradient is not None:
                touched[place] |= (gradient[0] != 0).any(0)
    return [tuple(_span(one, axis) for axis in range(axes)) for one in touched]


def _draw(module: Any, generator: Any) -> None:
    """Weights of both signs, so that rectifiers are open half the time, at a scale that keeps values moderate."""
    with torch.no_grad():
        for parameter in module.parameters():
            fan = max(parameter[0].numel(), 1) if parameter.ndim > 1 else 1
            noise = torch.randn(parameter.shape, dtype=parameter.dtype, generator=generator)
            parameter.copy_(noise * fan**-0.5 if parameter.ndim > 1 else 1 + 0.1 * noise)


def _span(touched: Any, axis: int) -> Span:
    others = [n for n in range(touched.ndim) if n != axis]
    line = touched.any(dim=others[0]) if len(others) == 1 else touched
    if len(others) > 1:
        line = touched.movedim(axis, 0).flatten(1).any(1)
    places = line.nonzero().flatten().tolist()
    return (places[0], places[-1]) if places else None
