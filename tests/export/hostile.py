"""Designs whose names are meant to break out of whatever they are written into."""

from hypothesis import strategies as st

from rfsolve.formats.blueprint import Blueprint, Origin
from rfsolve.graph import Activation, Add, Concat, Conv, LayerGraph, Norm, NormKind, Pool, PoolKind

WEAPONS = (
    '"""',
    "'''",
    "\\",
    "\\N{BULLET}",
    "{x}",
    "{{",
    "}}",
    "%s",
    "\n",
    "\r\n",
    "\x00",
    "\x1b[2J",
    "</script><script>alert(1)</script>",
    "<!--",
    "]]>",
    "#",
    "`",
    "; import os",
    '");__import__("os").system("true")#',
    "\u2028",
    "\u202e",
    "é",
    "名前",
    "🙂",
    "\ud800",
    "class",
    "forward",
    "self",
    "torch",
    "=1+1",
    ",",
    "\t",
    ": &a !!python/object/apply:os.system",
)

NAMES = st.lists(st.sampled_from(WEAPONS) | st.text(min_size=1, max_size=6), min_size=1, max_size=3).map("".join)


@st.composite
def blueprints(draw: st.DrawFn) -> Blueprint:
    """A small network of every kind of part, under such names."""
    names = draw(st.lists(NAMES, min_size=9, max_size=9, unique=True))
    source, stem, pool, one, other, merge, joined, act, out = (
        f"{name}.{number}" if dotted else name
        for number, (name, dotted) in enumerate(
            zip(names, draw(st.lists(st.booleans(), min_size=9, max_size=9)), strict=True)
        )
    )
    graph = LayerGraph()
    graph.input(source, channels=2, size=(32, 32))
    graph.add(stem, Conv.uniform(2, 4, 3, stride=2), source)
    graph.add(pool, Pool(kind=PoolKind.MAX, kernel=(2, 2)), stem)
    graph.add(one, Conv.uniform(4, 4, 3), pool)
    graph.add(other, Conv.uniform(4, 4, 3, dilation=2), pool, shares_weights_of=one)
    graph.add(merge, Add(), [one, other])
    graph.add(joined, Concat(), [merge, pool])
    graph.add(f"{act}norm", Norm(kind=NormKind.BATCH, channels=8), joined)
    graph.add(act, Activation(kind="relu"), f"{act}norm")
    graph.output(out, act)
    title, proof = draw(NAMES), draw(NAMES)
    return Blueprint(graph=graph, origin=Origin(title=title, proof=proof, problem=draw(NAMES), version=draw(NAMES)))
