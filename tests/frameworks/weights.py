"""Weights that depend on nothing but a tensor's shape.

Two modules whose parameters have the same shapes then have the same weights, in whatever order they list them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np


def weights(shape: Sequence[int]) -> Any:
    """Numbers for a tensor of torch's shape: near 1 for a scale or shift, small for the weights of a kernel."""
    drawn = np.random.default_rng([7, *shape]).standard_normal(tuple(shape))
    if len(shape) == 1:
        return 0.5 + 0.1 * drawn
    fan = float(np.prod(shape[1:]))
    return drawn * np.sqrt(2 / fan)


def fill(module: Any) -> None:
    """Give a torch module these weights, and its norms one epsilon."""
    torch = __import__("torch")
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.as_tensor(weights(parameter.shape)))
    for part in module.modules():
        if hasattr(part, "eps"):
            part.eps = 1e-5
