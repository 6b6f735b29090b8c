"""Every problem's design as PyTorch code, and the code against the design: `python -m tests.export.every_problem`.

For each problem of the library: the source is written, imported and run; its parameters are counted, its state fits the
module built in memory, and both give the same outputs. Then the network is measured: what an output of every phase
depends on, pixel by pixel, the standard deviation of its influence, MACs by torch's counter, and the shapes of its
outputs for two odd input sizes. Names of problems as arguments choose some of them.
"""

import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import torch

from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.torch.building import build
from rfsolve.formats.torch.measuring import Measured, measure
from rfsolve.formats.torch.source import export
from rfsolve.graph import LayerGraph
from rfsolve.search.solution import Design
from rfsolve.search.solve import solve
from rfsolve.space.reading import load_problem

LIBRARY = Path(__file__).parents[2] / "problems"
SIGMA = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was found of one problem."""

    name: str
    parameters: int
    counted: int
    same: bool
    measured: Measured
    macs: int | None

    @property
    def dependence(self) -> bool:
        """Whether every phase of every exit depends on just the pixels it should."""
        return all(one.touched for one in self.measured.exits) and not self.measured.unmeasured

    @property
    def sigma(self) -> float:
        """The largest relative difference of a standard deviation."""
        return max(one.deviation for one in self.measured.exits)

    @property
    def sizes(self) -> bool:
        """Whether odd sizes run, with the shapes that the graph says."""
        return all(one.run == one.said for one in self.measured.sizes)

    @property
    def holds(self) -> bool:
        """Whether all is as designed."""
        counted = self.parameters == self.counted == self.measured.parameters
        fits = self.macs == self.measured.macs
        return counted and fits and self.same and self.dependence and self.sigma <= SIGMA and self.sizes


def imported(source: str) -> Any:
    """The module that a source is."""
    module = module_from_spec(spec_from_loader("generated", loader=None))
    exec(compile(source, "generated.py", "exec"), module.__dict__)  # noqa: S102 - what is tested is this code
    return module


def agree(graph: LayerGraph, network: Any, size: tuple[int, ...]) -> bool:
    """Whether a network has the state of the one in memory, and then its outputs, to the last bit."""
    plan = Blueprint(graph=graph).plan
    built = build(plan).eval()
    network.load_state_dict(built.state_dict(), strict=True)
    (source,) = graph.input_nodes
    x = torch.rand(1, graph.shapes()[source].channels, *size)
    with torch.no_grad():
        one, other = built(x), network.eval()(x)
    if not isinstance(one, dict):
        one, other = {"": one}, {"": other}
    return list(one) == list(other) and all(torch.equal(one[name], other[name]) for name in one)


def row_of(name: str, design: Design) -> Row:
    """What is found of a design."""
    network = imported(export(Blueprint(graph=design.graph))).Network()
    found = measure(design.graph)
    thin = tuple(min(extent, 160) for extent in found.sizes[0].size)
    return Row(
        name=name,
        parameters=design.parameters,
        counted=sum(weight.numel() for weight in network.parameters()),
        same=agree(design.graph, network, thin),
        measured=found,
        macs=design.macs,
    )


def line(row: Row) -> str:
    """A row of the table."""
    found = row.measured
    phases = sum(one.phases for one in found.exits)
    equal = [row.counted == row.parameters, row.same, row.dependence, row.sizes, row.macs == found.macs]
    count, same, field, sizes, macs = ("equal" if one else "WRONG" for one in equal)
    return (
        f"{row.name:28} {row.counted:>12,} {count} {same} {field} {row.sigma:8.1e} {sizes} {macs} "
        f"{len(found.exits):>5} {phases:>6}\n"
    )


def main(names: list[str]) -> int:
    """Print the table; 1 where something is not as designed."""
    paths = sorted(path for path in LIBRARY.glob("*.toml") if not names or path.stem in names)
    sys.stdout.write(f"{'problem':28} {'parameters':>12} count state field    sigma sizes MACs  axes* phases\n")
    wrong = 0
    for path in paths:
        design = solve(load_problem(path), explain=False).design
        assert design is not None
        row = row_of(path.stem, design)
        sys.stdout.write(line(row))
        sys.stdout.flush()
        wrong += not row.holds
    sys.stdout.write(f"{len(paths) - wrong} of {len(paths)} as designed (* of all exits)\n")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
