"""rfsolve finds and proves the cheapest convolutional network that sees objects of a given size.

The names below are loaded when they are first used, so that `import rfsolve` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rfsolve.analysis import Analysis, analyse
    from rfsolve.errors import GraphError, InputError, ProblemError, RfsolveError
    from rfsolve.formats.exports import export
    from rfsolve.formats.network import Network
    from rfsolve.formats.node_link import from_node_link, to_node_link
    from rfsolve.formats.opening import open_graph, open_network
    from rfsolve.formats.torch.building import to_torch
    from rfsolve.graph import LayerGraph
    from rfsolve.report.fingerprint import DatasetFingerprint, DatasetLevels, fingerprint
    from rfsolve.report.inspection import Inspection, inspect
    from rfsolve.report.proposal import DesignProposals
    from rfsolve.search.alternatives import alternatives
    from rfsolve.search.cache import Cache, CacheWarning
    from rfsolve.search.frontier import Frontier, frontier
    from rfsolve.search.prices import prices
    from rfsolve.search.solution import Design, Solution, Status
    from rfsolve.search.solve import solve
    from rfsolve.space.problem import Problem
    from rfsolve.space.reading import json_schema, load_problem, problem_from

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "Cache",
    "CacheWarning",
    "DatasetFingerprint",
    "DatasetLevels",
    "Design",
    "DesignProposals",
    "Frontier",
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
    "alternatives",
    "analyse",
    "export",
    "fingerprint",
    "from_node_link",
    "frontier",
    "inspect",
    "json_schema",
    "load_problem",
    "open_graph",
    "open_network",
    "prices",
    "problem_from",
    "propose",
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
    "rfsolve.report.fingerprint": ("DatasetFingerprint", "DatasetLevels", "fingerprint"),
    "rfsolve.report.inspection": ("Inspection", "inspect"),
    "rfsolve.report.proposal": ("DesignProposals", "propose"),
    "rfsolve.search.cache": ("Cache", "CacheWarning"),
    "rfsolve.search.frontier": ("Frontier", "frontier"),
    "rfsolve.search.alternatives": ("alternatives",),
    "rfsolve.search.prices": ("prices",),
    "rfsolve.search.solution": ("Design", "Solution", "Status"),
    "rfsolve.search.solve": ("solve",),
    "rfsolve.space.problem": ("Problem",),
    "rfsolve.space.reading": ("json_schema", "load_problem", "problem_from"),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'rfsolve' has no attribute {name!r}")
    value = globals()[name] = _public(name)
    return value


def _public(name: str) -> Any:  # noqa: ANN401 - whatever the name is
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
