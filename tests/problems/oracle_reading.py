"""Reads a problem file for the oracle, by itself: it shares no code with `rfsolve.space`.

Only what the oracle can express: `None` for a problem that asks for more.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.oracle.optimum import Ints, OracleExit, OracleProblem, OracleStack, PerAxis, WidthRule
from tests.problems.published_policies import asked

BLOCKS = {"conv", "separable", "pool", "residual"}
MOST_LAYERS = 64
JUMPS = (1, 2, 4, 8, 16, 32)
SUFFIXES = {"k": 10**3, "M": 10**6, "G": 10**9}

Table = Mapping[str, Any]


def oracle_problem(path: Path) -> OracleProblem | None:
    """The problem in a file as the oracle sees it; its first objective if there are several."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if not _is_chain(table):
        return None
    stacks = [{**table.get("defaults", {}), **stack} for stack in table.get("stack", [{}])]
    objective = table.get("objective", {"minimise": "parameters"})
    if "maximise" in objective or any(s.get("block", "conv") not in BLOCKS for s in stacks):
        return None
    exits = tuple(_exit(exit_, [stack.get("name") for stack in stacks]) for exit_ in table["exit"])
    if None in exits:
        return None
    if len({(s.get("norm", "batch"), s.get("bias", False)) for s in stacks}) > 1:
        return None
    goals = objective["minimise"]
    guards = table.get("guards", {})
    axes = _axes(table, stacks)
    size = table["input"].get("size")
    budget = {key: _amount(value) for key, value in table.get("budget", {}).items()}
    return OracleProblem(
        axes=axes,
        in_channels=table["input"].get("channels", 3),
        stacks=tuple(_stack(stack, axes) for stack in stacks),
        exits=tuple(exit_ for exit_ in exits if exit_ is not None),
        monotone_widths=guards.get("monotone_widths", True),
        max_parameters=budget.get("parameters"),
        max_macs=budget.get("macs"),
        max_layers=budget.get("layers"),
        input_size=None if size is None else _tuple(size, axes),
        norm=stacks[0].get("norm", "batch") == "batch",
        bias=stacks[0].get("bias", False),
        objective=goals if isinstance(goals, str) else goals[0],
    )


def _is_chain(table: Table) -> bool:
    """Whether the stacks follow each other without branches, ties or checks."""
    names = ["input", *(stack.get("name") for stack in table.get("stack", []))]
    follows = all(s.get("after", before) == before for s, before in zip(table.get("stack", []), names, strict=False))
    beyond = {"tied_to", "undilated_after_stride"} & {key for stack in table.get("stack", []) for key in stack}
    beyond |= {"output", "measured_from"} & {key for exit_ in table["exit"] for key in exit_}
    return follows and not beyond and not table.get("merge") and not table.get("relation")


def _axes(table: Table, stacks: list[Table]) -> int:
    lists = [table["input"].get("size")]
    lists += [item for stack in stacks for item in (*stack["kernels"], *stack["strides"])]
    found = {len(item) for item in lists if isinstance(item, list)} or {2}
    return int(table["input"].get("axes", max(found)))


def _tuple(value: Any, axes: int) -> Ints:
    return tuple(value) if isinstance(value, list) else (value,) * axes


def _stack(stack: Table, axes: int) -> OracleStack:
    layers = stack.get("layers", {})
    limits = {"min": layers, "max": layers} if isinstance(layers, int) else layers
    domains = (tuple(_tuple(item, axes) for item in stack[key]) for key in ("kernels", "strides"))
    kernels, strides = domains
    return OracleStack(
        kernels=kernels,
        strides=strides,
        dilations=tuple(_tuple(item, axes) for item in stack["dilations"]),
        widths=_widths(stack["widths"]),
        min_layers=limits.get("min", 1),
        max_layers=limits.get("max", MOST_LAYERS),
        block=stack.get("block", "conv"),
    )


def _widths(value: Any) -> WidthRule:
    if isinstance(value, int):
        return ("fixed", value)
    if isinstance(value, list):
        return ("free", tuple(value))
    if isinstance(value, str):
        base, _, cap = value.partition("*jump:")
        return ("plan", int(base), int(cap))
    starts = sorted(int(start) for start in value)
    reached = {jump: max(s for s in starts if s <= jump) for jump in JUMPS if jump >= starts[0]}
    return ("table", {jump: value[str(start)] for jump, start in reached.items()})


def _exit(exit_: Table, names: list[str | None]) -> OracleExit | None:
    field = exit_.get("receptive_field", {})
    limits = field if isinstance(field, dict) else {"min": field}
    least, caps = _limit(limits.get("min", limits.get("exact"))), []
    if "object_size" in exit_:
        need = asked(exit_["object_size"]["policy"], exit_["object_size"]["value"])
        least, caps = need.field, [need.max_stride] if need.max_stride else []
    if "effective_receptive_field" in exit_ or ("object_size" in exit_ and need.effective):
        return None
    stride = exit_.get("stride", {"max": 32})
    exact = None if isinstance(stride, dict) else _limit(stride)
    caps += [stride["max"]] if isinstance(stride, dict) else []
    return OracleExit(
        after_stack_index=names.index(exit_["after"]) if "after" in exit_ else len(names) - 1,
        rf_min=least,
        rf_max=_limit(limits.get("max", limits.get("exact"))),
        stride=exact,
        max_stride=min(caps, default=None),
        hole_free=exit_.get("hole_free", True),
        width=exit_.get("width"),
    )


def _limit(value: Any) -> PerAxis | None:
    return tuple(value) if isinstance(value, list) else value


def _amount(value: Any) -> int:
    text = str(value)
    scale = SUFFIXES.get(text[-1], 1)
    return int(float(text.rstrip("kMG")) * scale)
