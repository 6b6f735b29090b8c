"""Grids for the tests: small problems whose axes make questions nest in every way."""

from typing import Any

SMALL: dict[str, Any] = {
    "defaults": {"kernels": [3, 5], "strides": [1, 2], "dilations": [1, 2], "widths": "8*jump:32"},
    "exit": [{"stride": {"max": 4}}],
}

UNET: dict[str, Any] = {
    "family": {"name": "unet", "levels": 3, "widths": "4*jump:16", "layers": [1, 6]},
}

GRIDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "targets and budgets": (SMALL, {"target_rf": "5:45:4", "max_params": ["4k", "9k", "16k", "60k"]}),
    "budget none": (SMALL, {"target_rf": [9, 25, 41], "budget.layers": [2, 3, 5, 9]}),
    "largest fields": (SMALL, {"max_rf": [12, 30, 60], "target_rf": [8, 20, 30, 40]}),
    "choices": (SMALL, {"kernels": [[3], [5], [3, 5], [3, 5, 7]], "target_rf": [9, 17, 33]}),
    "dilations and layers": (SMALL, {"dilations": [[1], [1, 2], [1, 2, 3]], "max_layers": [3, 6], "target_rf": [19]}),
    "free widths": (
        SMALL,
        {"widths": [[8, 16], [8, 16, 32], [16, 32]], "target_rf": [9, 25], "max_params": ["5k", "50k"]},
    ),
    "strides": (SMALL, {"max_output_stride": [1, 2, 4, 8], "target_rf": [9, 30], "kernels": [[3], [3, 5]]}),
    "holes": (SMALL, {"exit[0].hole_free": [True, False], "target_rf": [11, 31], "dilations": [[1, 2], [2]]}),
    "effective fields": (SMALL, {"target_erf": [8, 14, 20], "target_rf": [5, 21], "max_layers": [4, 8]}),
    "objectives in order": (
        {**SMALL, "objective": {"minimise": ["layers", "parameters"]}},
        {"target_rf": [9, 13, 25, 41], "max_layers": [2, 4, 8]},
    ),
    "macs": (
        {**SMALL, "input": {"size": [64, 64]}, "objective": {"minimise": ["macs"]}},
        {"target_rf": [9, 25, 41], "max_macs": ["300k", "2M", "20M"], "max_params": ["5k", "100k"]},
    ),
    "phases": (UNET, {"target_rf": [20, 24, 30, 44, 52], "max_params": ["3k", "5k", "20k"]}),
    "about": (UNET, {"family.within": [0.05, 0.1, 0.2], "target_rf": [30, 44]}),
    "entropy": (
        {**SMALL, "input": {"size": [32, 32]}, "objective": {"maximise": "entropy"}},
        {"max_layers": [4, 6], "max_params": ["20k", "40k"]},
    ),
}
"""By name: a problem, and the axes of a sweep over it."""
