"""The plan of a network as PyTorch source that an engineer could have written: nothing in it but torch."""

from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.torch.class_source import CLASS, block_text, network_text
from rfsolve.formats.torch.classes import Classes
from rfsolve.formats.torch.source_check import main_text
from rfsolve.formats.torch.source_docstring import docstring
from rfsolve.formats.torch.source_texts import WORD, texts_of, used


def export(blueprint: Blueprint) -> str:
    """Return the source of a module of one file: `class Network(nn.Module)`, and a check when it is run.

    Raises:
        GraphError: torch has no module for a layer; names it.

    """
    return source_of(blueprint)


def source_of(blueprint: Blueprint, *more: str) -> str:
    """Return the source with `more` pieces of code behind the network; see `export`."""
    parts, checks = texts_of("parts"), texts_of("self_check")
    classes = Classes(blueprint.plan, taken={CLASS, "Tensor", "NamedTuple", "OrderedDict", *parts, *checks})
    classes.define()
    own = [*(block_text(classes, block) for block in classes.found), network_text(blueprint, classes), *more]
    needed = used("\n".join(own), parts)
    before = [parts[name] for name in needed if parts[name].startswith("class")]
    after = [parts[name] for name in needed if not parts[name].startswith("class")]
    main = main_text(blueprint)
    pieces = [*before, *own, *after, *(checks.values() if main else ()), *([main] if main else ())]
    head = f"{docstring(blueprint)}\n\n{_imports(' '.join(pieces))}"
    return "\n\n\n".join([head, *pieces]) + "\n"


def _imports(text: str) -> str:
    words = set(WORD.findall(text))
    roots = [name for name in ("prod", "sqrt") if name in words]
    lines = [
        *(["import sys"] if "sys" in words else []),
        *(["from collections import OrderedDict"] if "OrderedDict" in words else []),
        *(["from collections.abc import Sequence"] if "Sequence" in words else []),
        f"from math import {', '.join(roots)}",
        *(["from typing import NamedTuple"] if "NamedTuple" in words else []),
        "",
        *(["import torch"] if "torch" in words else []),
        "from torch import Tensor, nn",
    ]
    return "\n".join(lines)
