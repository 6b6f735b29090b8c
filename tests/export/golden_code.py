"""Generated code that is kept to be read: `python -m tests.export.golden_code` writes it anew."""

from pathlib import Path

from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.design_file import design_in
from rfsolve.formats.torch.source import export
from rfsolve.report.solution_json import solution_document
from rfsolve.search.solve import solve
from rfsolve.space.reading import load_problem

FOLDER = Path(__file__).parent / "golden"
LIBRARY = Path(__file__).parents[2] / "problems"
NAMES = ("resnet-residual-trunk", "tridentnet")


def code_of(name: str) -> str:
    """The code of a problem's design, as `export` writes it from the design's file."""
    problem = load_problem(LIBRARY / f"{name}.toml")
    file = design_in(solution_document(solve(problem, explain=False), problem))
    return export(Blueprint(graph=file.graph, origin=file.origin, ends=file.ends))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in NAMES:
        (FOLDER / f"{each.replace('-', '_')}.py").write_text(code_of(each))
