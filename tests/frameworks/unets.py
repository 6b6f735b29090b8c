"""A U-Net as nnU-Net builds them, posed as a problem: what is solved is how many convolutions each level has."""

from typing import Any

FACTORS = (1, 2, 4)


def nnunet_table(*, axes: int = 2, field: int = 60, bias: bool = False, norm: str = "batch") -> dict[str, Any]:
    """The problem: two ways down by strided convolutions, two up by bare transposed ones."""
    level = {"layers": {"min": 1, "max": 3}}
    bare = {"block": "transposed", "strides": [2], "norm": "none", "activation": "none"}
    first = {"strides": [2], "layers": 1}
    return {
        "input": {"channels": 1, "axes": axes},
        "defaults": {
            "kernels": [3], "strides": [1], "dilations": [1], "widths": "16*jump:64", "bias": bias, "norm": norm,
        },
        "stack": [
            {"name": "enc0", **level},
            {"name": "down1", "after": "enc0", **first},
            {"name": "enc1", "after": "down1", **level},
            {"name": "down2", "after": "enc1", **first},
            {"name": "enc2", "after": "down2", **level},
            {"name": "up1", "after": "enc2", **bare},
            {"name": "dec1", "after": "skip1", **level},
            {"name": "up0", "after": "dec1", **bare},
            {"name": "dec0", "after": "skip0", **level},
        ],
        "merge": [
            {"name": "skip1", "op": "concat", "of": ["up1", "enc1"]},
            {"name": "skip0", "op": "concat", "of": ["up0", "enc0"]},
        ],
        "exit": [{"name": "out", "after": "dec0", "receptive_field": field, "stride": 1}],
    }  # fmt: skip
