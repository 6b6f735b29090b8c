"""What generated code takes from files of this package, word by word: modules that torch lacks, and the self-check."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

WORD = re.compile(r"[A-Za-z_]\w*")


@cache
def texts_of(module: str) -> Mapping[str, str]:
    """Return the text of each class and function in a module beside this one, by its name."""
    text = (files("rfsolve.formats.torch") / f"{module}.py").read_text(encoding="utf-8")
    nodes = ast.parse(text).body
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in nodes
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }


def used(text: str, known: Mapping[str, str]) -> list[str]:
    """Return the names that a text uses, and those that their own texts use, in the order in which they are known."""
    found: set[str] = set()
    fresh = set(WORD.findall(text)) & known.keys()
    while fresh:
        found |= fresh
        fresh = {word for name in fresh for word in WORD.findall(known[name])} & known.keys() - found
    return [name for name in known if name in found]
