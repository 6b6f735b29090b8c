"""The identity of a problem: one text for all spellings of the same question.

Two problems of one identity have the same designs and the same optimum. What counts: the input, every node with its
name (layers are named after their stack) and what it follows, the choices, the widths, the block's settings that the
block has a use for, what is required, relations, objectives in order, and whether widths may fall where they are free.
What does not: title, source and known optimum, the order of tables and keys, what a requirement is called and whether
somebody typed it or a guard holds it, requirements that say the same twice or nothing at all, and guards that only
refuse domains.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from rfsolve.space.blocks import KEEPING, WEIGHTLESS, BlockSpec
from rfsolve.space.problem import Exit, Merge, MergeKind, Order, Problem, Quantity, Relation, Requirement, Stack
from rfsolve.space.widths import FixedWidth, FreeWidth, ScaledWidth, TableWidth, WidthPlan

VERSION = 1
"""Grows when the form below changes, so that what was kept under another form is not mistaken for an answer."""

SAYS_NOTHING = {
    Quantity.RECEPTIVE_FIELD: 1,
    Quantity.EFFECTIVE_RECEPTIVE_FIELD: 0,
    Quantity.STRIDE: 1,
    Quantity.WIDTH: 1,
    Quantity.LAYERS: 0,
    Quantity.UNDILATED: 0,
}
"""The least that every design has."""

USED_BY = {"mode": {"upsample"}, "expansion": {"inverted", "convnext"}, "reduction": {"bottleneck"}}
"""Settings that few blocks look at."""

Form = dict[str, Any]


def identity(problem: Problem) -> str:
    """Return the SHA-256 of the problem's canonical form, in hexadecimal digits."""
    return identity_of(canonical(problem))


def identity_of(form: Form) -> str:
    """Return the identity of the problem that has this canonical form."""
    text = json.dumps(form, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()


def canonical(problem: Problem) -> Form:
    """Return the problem as plain lists, dicts, texts and numbers, the same for all of its spellings."""
    free = any(isinstance(_plan(stack.widths), list) for stack in problem.stacks if _has_widths(stack))
    given = problem.input
    return {
        "version": VERSION,
        "input": {"channels": given.channels, "axes": given.axes, "size": given.size and list(given.size)},
        "nodes": {name: _node(problem, name) for name in problem.space if name != "input"},
        "requirements": _sorted(_requirements(problem)),
        "relations": _sorted(_relation(relation) for relation in problem.relations),
        "objectives": [[objective.quantity.value, objective.maximise] for objective in problem.objectives],
        "monotone_widths": problem.guards.monotone_widths if free else None,
    }


def _sorted(forms: Iterable[Form]) -> list[Form]:
    """Return the forms in an order that is theirs alone, each once."""
    texts = {json.dumps(form, sort_keys=True): form for form in forms}
    return [texts[text] for text in sorted(texts)]


def _node(problem: Problem, name: str) -> Form:
    match problem.part(name):
        case Stack() as stack:
            return {"after": problem.before(name), **_stack(stack)}
        case Merge() as merge:
            of = list(merge.branches) if merge.kind is MergeKind.CONCAT else sorted(merge.branches)
            return {"merge": merge.kind.value, "of": of}
        case Exit() as way_out:
            return {"after": problem.before(name), "output": way_out.output}
    raise AssertionError(f"'{name}' is no stack, merge or exit")


# stacks ---------------------------------------------------------------------------------------------------------------


def _stack(stack: Stack) -> Form:
    choices = sorted({(choice.kernel, choice.stride, choice.dilation) for choice in stack.choices})
    tie = stack.tie
    return {
        "choices": [[list(part) for part in choice] for choice in choices],
        "widths": _plan(stack.widths) if _has_widths(stack) else None,
        "block": _block(stack.block),
        "tie": tie and {"to": tie.to, "dilation": tie.dilation, "weights": tie.weights},
    }


def _has_widths(stack: Stack) -> bool:
    return stack.block.kind not in KEEPING


def _block(block: BlockSpec) -> Form:
    """Return the settings that the block looks at; without weights it has neither norm, activation nor bias."""
    form: Form = {"kind": block.kind, "padding": block.padding}
    form |= {key: getattr(block, key) for key, kinds in USED_BY.items() if block.kind in kinds}
    if block.kind not in WEIGHTLESS:
        form |= {"norm": block.norm, "activation": block.activation, "bias": block.bias}
    return form


def _plan(widths: WidthPlan) -> Form | list[int] | str:
    """Return a table from jumps to widths, or the widths of a free choice, whichever way the plan was written."""
    match widths:
        case FixedWidth(width):
            return {"1": width}
        case FreeWidth(free):
            return sorted(set(free)) if len(set(free)) > 1 else {"1": free[0]}
        case ScaledWidth(base, cap):
            return {"1": cap} if cap is not None and cap <= base else f"{base}*jump:{cap}"
        case TableWidth(table):
            rows: dict[str, int] = {}
            for start, width in sorted(dict(table).items()):
                if [width] != list(rows.values())[-1:]:
                    rows[str(start)] = width
            return rows
    return str(widths)


# what must hold -------------------------------------------------------------------------------------------------------


def _requirements(problem: Problem) -> Iterator[Form]:
    """Yield what is required of each quantity at each node, all requirements of it taken together."""
    together: dict[tuple[str | None, Quantity, str | None], list[Requirement]] = {}
    for requirement in problem.requirements:
        key = (requirement.node, requirement.quantity, _source(requirement))
        together.setdefault(key, []).append(requirement)
    for (node, quantity, source), group in together.items():
        lows = [r.least for r in group if r.least is not None]
        highs = [r.most for r in group if r.most is not None]
        least = [_plain(max(column)) for column in zip(*lows, strict=True)] or None
        most = [_plain(min(column)) for column in zip(*highs, strict=True)] or None
        if least is not None and max(least) <= SAYS_NOTHING.get(quantity, -1):
            least = None
        if least is not None or most is not None:
            yield {"node": node, "quantity": quantity.value, "source": source, "least": least, "most": most}


def _relation(relation: Relation) -> Form:
    ordered = relation.order is Order.INCREASING
    nodes = list(relation.nodes) if ordered else sorted(relation.nodes)
    return {"nodes": nodes, "order": relation.order.value, "by": relation.by, "source": _source(relation)}


def _source(one: Requirement | Relation) -> str | None:
    return None if one.source == "input" else one.source


def _plain(value: float) -> float:
    """Return the number, whole where it is."""
    return int(value) if float(value).is_integer() else value
