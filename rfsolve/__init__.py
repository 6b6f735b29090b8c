"""rfsolve finds and proves the cheapest convolutional network that sees objects of a given size.

The names below are loaded when they are first used, so that `import rfsolve` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rfsolve.analysis import Analysis, analyse
    from rfsolve.errors import GraphError, InputError, ProblemError, RfsolveError
    from rfsolve.formats.exports import export
    from rfsolve.formats.network import Network
    from rfsolve.formats.node_link import from_node_link, to_node_link
    from rfsolve.formats.opening import open_graph, open_network
    from rfsolve.formats.torch.building import to_torch
    from rfsolve.graph import LayerGraph
    from rfsolve.report.inspection import Inspection, inspect
    from rfsolve.search.solution import Design, Solution, Status
    from rfsolve.search.solve import solve
    from rfsolve.space.problem import Problem
    from rfsolve.space.reading import json_schema, load_problem, problem_from

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "Design",
    "GraphError",
    "InputError",
    "Inspection",
    "LayerGraph",
    "Network",
    "Problem",
    "ProblemError",
    "RfsolveError",
    "Solution",
    "Status",
    "analyse",
    "export",
    "from_node_link",
    "inspect",
    "json_schema",
    "load_problem",
    "open_graph",
    "open_network",
    "problem_from",
    "solve",
    "to_node_link",
    "to_torch",
]

_HOMES = {
    "rfsolve.analysis": ("Analysis", "analyse"),
    "rfsolve.errors": ("GraphError", "InputError", "ProblemError", "RfsolveError"),
    "rfsolve.formats.node_link": ("from_node_link", "to_node_link"),
    "rfsolve.formats.exports": ("export",),
    "rfsolve.formats.network": ("Network",),
    "rfsolve.formats.opening": ("open_graph", "open_network"),
    "rfsolve.formats.torch.building": ("to_torch",),
    "rfsolve.graph": ("LayerGraph",),
    "rfsolve.report.inspection": ("Inspection", "inspect"),
    "rfsolve.search.solution": ("Design", "Solution", "Status"),
    "rfsolve.search.solve": ("solve",),
    "rfsolve.space.problem": ("Problem",),
    "rfsolve.space.reading": ("json_schema", "load_problem", "problem_from"),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'rfsolve' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
