"""A network as CSV: what `rfsolve inspect --csv` prints of it."""

from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.inspected import Inspected
from rfsolve.formats.inspection_rows import inspection_csv
from rfsolve.formats.network import Network


def export(blueprint: Blueprint) -> str:
    """Return a row for each layer, input and axis: what it sees, and what it costs."""
    network = Network(graph=blueprint.graph)
    asked = ("all",) if blueprint.every_node else ()
    return inspection_csv(Inspected(network=network, analyses=blueprint.analyses, asked=asked))
