"""The text of the classes of generated code: blocks, and the network that is made of them."""

from collections.abc import Collection, Iterator, Mapping

from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.code import INDENT, WIDTH, Expression, Listed, call, comment_text, literal, rendered, text_literal
from rfsolve.formats.module_plan import Group, Leaf, ModulePlan, Part
from rfsolve.formats.sharing import shared_paths
from rfsolve.formats.torch.classes import BlockClass, Classes, Parameter, Reference, is_merge
from rfsolve.formats.torch.modules import Value
from rfsolve.graph import Add, Concat

CLASS = "Network"
MOST_STATEMENTS = 50
"""Of a function, by the linters' rule."""

_NOQA = "  # noqa: PLR0915"


def block_text(classes: Classes, block: BlockClass) -> str:
    """Return the text of a block's class."""
    plan, group = classes.plan, block.group
    base = "nn.Module"
    if group.is_chain:
        base = "Stage" if group.first_number == 1 else "nn.Sequential"
    lines = [f"class {block.name}({base}):", f'{INDENT}"""{_block_words(plan, block)}"""', ""]
    lines += _signature(block.parameters)
    made = {
        attribute: _written(name, arguments, classes.widths(name))
        for attribute, (name, arguments) in block.calls.items()
    }
    if group.first_number is not None:
        lines.append(f"{INDENT * 2}{rendered(call('super().__init__', *made.values()), 2)}")
        return "\n".join(lines)
    lines.append(f"{INDENT * 2}super().__init__()")
    lines += _assignments(made)
    return "\n".join(lines if group.is_chain else [*lines, "", *_forward_of_block(plan, group)])


def _assignments(made: Mapping[str, Expression]) -> Iterator[str]:
    for attribute, expression in made.items():
        target = f"self.{attribute} = "
        yield f"{INDENT * 2}{target}{rendered(expression, 2, len(target) - 1)}"


def _block_words(plan: ModulePlan, block: BlockClass) -> str:
    if block.group.is_chain:
        parts = [part.attribute for part in block.group.parts]
        if block.group.first_number is not None:
            return f"{len(parts)} blocks, one after the other."
        return f"{parts[0].capitalize()}{''.join(f', {part}' for part in parts[1:])}."
    if any(isinstance(plan.graph.layer(part.name), Add) for part in block.group.parts if isinstance(part, Leaf)):
        return "A block with branches that are added."
    return "A block with branches."


def _signature(parameters: tuple[Parameter, ...]) -> Iterator[str]:
    widths = [f"{one.name}: {one.type}" for one in parameters if one.is_width]
    others = [
        f"{one.name}: {one.type}{'' if one.required else f' = {one.default}'}" for one in parameters if not one.is_width
    ]
    items = ["self", *widths, *(["*", *others] if others else [])]
    yield f"{INDENT}{_defined('__init__', items, 'None')}"


def _defined(name: str, items: list[str], result: str) -> str:
    """The head of a method, on one line or on one for each parameter."""
    flat = f"def {name}({', '.join(items)}) -> {result}:"
    if len(INDENT) + len(flat) <= WIDTH:
        return flat
    lines = "".join(f"{INDENT * 2}{item},\n" for item in items)
    return f"def {name}(\n{lines}{INDENT}) -> {result}:"


def _written(name: str, arguments: Mapping[str, Value | Reference], widths: Collection[str]) -> Expression:
    """A call as code: widths stand first, without their names."""
    texts = {key: value.name if isinstance(value, Reference) else literal(value) for key, value in arguments.items()}
    rest = {key: text for key, text in texts.items() if key not in widths}
    return call(name, *(text for key, text in texts.items() if key in widths), **rest)


def _forward_of_block(plan: ModulePlan, group: Group) -> Iterator[str]:
    names = _input_names(group)
    yield f"{INDENT}{_defined('forward', ['self', *(f'{name}: Tensor' for name in names.values())], 'Tensor')}"
    yield f'{INDENT * 2}"""Run the block."""'
    values = dict(names)
    for part in group.parts:
        annotation = ": Tensor" if part.result == group.result else ""
        yield _step(plan, part, values, annotation)
        values[part.result] = part.attribute
    yield f"{INDENT * 2}return {values[group.result]}"


def _input_names(group: Group) -> dict[str, str]:
    if len(group.inputs) == 1:
        return {group.inputs[0]: "x"}
    taken = {part.attribute for part in group.parts}
    names = (f"x{number}" for number in range(1, 10**6))
    free = (name for name in names if name not in taken)
    return {source: next(free) for source in group.inputs}


def _step(plan: ModulePlan, part: Part, values: Mapping[str, str], annotation: str = "") -> str:
    """One line of a forward method: the value of a part from the values that it reads."""
    read = [values[source] for source in part.inputs]
    target = f"{part.attribute}{annotation} = "
    expression = _merged(plan, part, read) if is_merge(plan, part) else call(f"self.{part.attribute}", *read)
    return f"{INDENT * 2}{target}{rendered(expression, 2, len(target) - 1)}"


def _merged(plan: ModulePlan, part: Part, read: list[str]) -> Expression:
    layer, cut = plan.graph.layer(part.name), part.name in plan.cropped
    if isinstance(layer, Concat):
        branches = call("cut_to_smallest", *read) if cut else Listed("[", [("", one) for one in read], "]")
        return call("torch.cat", branches, dim="1")
    kind = "add" if isinstance(layer, Add) else "multiply"
    flat = (" + " if kind == "add" else " * ").join(read)
    if not cut and len(flat) < WIDTH // 2:
        return flat
    return call(f"cut_and_{kind}", *read)


def network_text(blueprint: Blueprint, classes: Classes) -> str:
    """Return the text of the network's class."""
    plan = blueprint.plan
    made = {part.attribute: _part(classes, part) for part in plan.root.parts if not is_merge(plan, part)}
    shared = [
        f"{INDENT * 2}{rendered(call('share_weights', 'self', text_literal(path), text_literal(owner)), 2)}"
        for path, owner in shared_paths(plan)
    ]
    busy = len(made) + len(shared) + 3 > MOST_STATEMENTS
    lines = [
        f"class {CLASS}(nn.Module):",
        f'{INDENT}"""{first_line(blueprint)}"""',
        "",
        f"{INDENT}def __init__(self) -> None:{_NOQA if busy else ''}",
        f"{INDENT * 2}super().__init__()",
        *_assignments(made),
        *shared,
        f"{INDENT * 2}initialise(self)",
        "",
        *_forward(plan),
    ]
    return "\n".join(lines)


def _part(classes: Classes, part: Part) -> Expression:
    """The call that makes a part of the network: a chain of numbers is written out, what else there is has a class."""
    if isinstance(part, Group) and part.name not in classes.calls:
        inner = [_part(classes, one) for one in part.parts]
        return call("Stage" if part.first_number == 1 else "nn.Sequential", *inner)
    found = classes.call_of(part)
    assert found is not None  # noqa: S101 - merges have no call, and are not asked for
    return _written(found.name, found.arguments, classes.widths(found.name))


def _forward(plan: ModulePlan) -> Iterator[str]:
    items = ["self", *(f"{name}: Tensor" for name in plan.inputs.values())]
    single = len(plan.outputs) == 1
    head = _defined("forward", items, "Tensor" if single else "dict[str, Tensor]")
    busy = len(plan.root.parts) + 1 > MOST_STATEMENTS
    yield f"{INDENT}{head}{_NOQA if busy and chr(10) not in head else ''}"
    yield f'{INDENT * 2}"""Return the output."""' if single else f'{INDENT * 2}"""Return the outputs by name."""'
    values = dict(plan.inputs)
    last = plan.outputs[0][1] if single else None
    for part in plan.root.parts:
        yield _step(plan, part, values, ": Tensor" if part.result == last else "")
        values[part.result] = part.attribute
    if single:
        yield f"{INDENT * 2}return {values[plan.outputs[0][1]]}"
        return
    read = Listed("{", [(f"{text_literal(name)}: ", values[node]) for name, node in plan.outputs], "}")
    yield f"{INDENT * 2}return {rendered(read, 2, len('return'))}"


def first_line(blueprint: Blueprint) -> str:
    """Return the title as the first line of a docstring."""
    title = comment_text(blueprint.origin.title).strip()
    return f"{title[:1].upper()}{title[1:]}.".replace("..", ".") if title[:1].isalnum() else "The network."
