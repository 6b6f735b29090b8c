"""A layer graph as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html)."""

import re
from collections.abc import Sequence

from rfsolve.analysis import Analysis
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.drawing import SAME_WEIGHTS, Box, Shape, drawing_of
from rfsolve.graph import LayerGraph

_OUTLINES = {Shape.INPUT: ("([", "])"), Shape.LAYER: ("[", "]"), Shape.OUTPUT: ("{{", "}}")}

_PLAIN = re.compile(r"[^\W_]|,(?= )|(?<=\S) (?=\S)|(?<=[^\W_])[._-](?=[^\W_])")
"""Characters that stand for themselves in a label: letters, digits, blanks, and dots, dashes and underscores in words.

Any other could be more than itself: quotes, brackets, HTML, comments (`%%`), Markdown (`1. a` is a list).
"""

_READ_LATE = re.compile(r"(?<=\\)(?=[nN])|(?<=\$)(?=\$)|(?<=:)(?=fa-)|(?<=ﬂ)(?=°)|(?<=¶)(?=ß)")
"""Where Mermaid 11 would read more than it says even in entities, since it looks once more when they are resolved.

A line break (`\\n`), a formula (`$$`), an icon (`fa:fa-bell`), and its own signs for an entity.
"""

_JOINER = "\u2060"
"""U+2060, which has no width: it keeps two characters apart that look the same with it."""


def export(blueprint: Blueprint) -> str:
    """Return the drawing of a blueprint."""
    return to_mermaid(blueprint.graph, analyses=blueprint.analyses, every_node=blueprint.every_node)


def to_mermaid(graph: LayerGraph, *, analyses: Sequence[Analysis] = (), every_node: bool = False) -> str:
    """Return the graph as a Mermaid flowchart, which GitHub draws in a ```mermaid block.

    A box per layer (its name, what it does, and with analyses its receptive field in pixels and its
    jump), rounded for inputs, hexagons for outputs, a subgraph per stack, a dotted line between
    layers that share weights. Normalisations and activations are in the box of the layer they
    follow, unless `every_node` is set. Mermaid itself refuses more than 500 lines between boxes, or
    50,000 characters, where its settings (maxEdges, maxTextSize) are not raised.
    """
    drawing = drawing_of(graph, analyses, every_node=every_node)
    ids = {box.name: f"n{number}" for number, box in enumerate(drawing.boxes)}
    lines = ["flowchart TD", *(f"  {ids[box.name]}{_node(box)}" for box in drawing.loose)]
    for number, cluster in enumerate(drawing.clusters):
        lines.append(f"  subgraph g{number} [{_label(cluster.title)}]")
        lines += [f"    {ids[box.name]}{_node(box)}" for box in cluster.boxes]
        lines.append("  end")
    lines += [f"  {ids[source]} --> {ids[target]}" for source, target in drawing.wires]
    lines += [f"  {ids[owner]} -.-|{_label(SAME_WEIGHTS)}| {ids[other]}" for owner, other in drawing.shared]
    return "\n".join([*lines, ""])


def _node(box: Box) -> str:
    left, right = _OUTLINES[box.shape]
    return f"{left}{_label(*box.lines)}{right}"


def _label(*lines: str) -> str:
    return '"' + "<br/>".join(_escaped(_READ_LATE.sub(_JOINER, line)) for line in lines) + '"'


def _escaped(text: str) -> str:
    """The text with an entity for each character that is not plain where it stands: `#quot;`, or `#60;` by number."""
    plain = {found.start() for found in _PLAIN.finditer(text)}
    return "".join(c if at in plain else "#quot;" if c == '"' else f"#{ord(c)};" for at, c in enumerate(text))
