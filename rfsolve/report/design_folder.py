"""All that belongs to a design, as the files of one directory: itself, its problem, its code, its table."""

import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

from rich.console import Console

from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.design_file import design_in
from rfsolve.formats.torch.source import export
from rfsolve.report.solution_json import solution_document
from rfsolve.report.solution_page import print_solution
from rfsolve.search.solution import Solution
from rfsolve.space.problem import Problem

WIDTH = 120
"""Columns of the table."""

FILES = frozenset({"design.json", "problem.json", "network.py", "design.txt"})


def design_files(problem: Problem, table: Mapping[str, Any], solution: Solution) -> dict[str, str]:
    """Return the text of each file by its name; the problem is a table of the problem language, options included."""
    document = solution_document(solution, problem)
    file = design_in(document)
    blueprint = Blueprint(graph=file.graph, origin=file.origin, ends=file.ends)
    return {
        "design.json": json.dumps(document, indent=2, allow_nan=False) + "\n",
        "problem.json": json.dumps(table, indent=2) + "\n",
        "network.py": export(blueprint),
        "design.txt": _page(problem, solution),
    }


def _page(problem: Problem, solution: Solution) -> str:
    page = StringIO()
    console = Console(file=page, width=WIDTH, highlight=False, markup=False, emoji=False, color_system=None)
    print_solution(console, problem, solution)
    return page.getvalue()
