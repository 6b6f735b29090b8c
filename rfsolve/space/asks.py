"""From the tables of exits and relations to requirements."""

from collections.abc import Iterator
from dataclasses import replace

from rfsolve.space.context import Context
from rfsolve.space.document import ExitTable
from rfsolve.space.policies import Need
from rfsolve.space.problem import Order, Quantity, Relation, Requirement
from rfsolve.space.terms import Limits

ONLY_FROM_INPUT = ("effective_receptive_field", "object_size", "stride", "width", "hole_free")
"""Keys of an exit that say nothing of a field measured from elsewhere."""


def exit_requirements(context: Context, table: ExitTable, node: str, path: str) -> Iterator[Requirement]:
    """Yield what an exit asks, then the guards that hold there."""
    if table.measured_from is not None:
        yield from _between(context, table, node, path)
        return
    if table.receptive_field is not None:
        yield context.limits(table.receptive_field, Quantity.RECEPTIVE_FIELD, node, f"{path}.receptive_field")
    if table.stride is not None:
        yield context.limits(table.stride, Quantity.STRIDE, node, f"{path}.stride")
    if (effective := table.effective_receptive_field) is not None:
        bounds = Requirement(
            name=path,
            quantity=Quantity.EFFECTIVE_RECEPTIVE_FIELD,
            node=node,
            least=None if effective.min is None else (effective.min,) * context.axes,
            most=None if effective.max is None else (effective.max,) * context.axes,
        )
        yield context.called(bounds, f"{path}.effective_receptive_field")
    if table.width is not None:
        yield from _width(context, table.width, node, f"{path}.width")
    yield from _object(context, table, node, f"{path}.object_size")
    yield from _guards(context, table, node, path)


def _between(context: Context, table: ExitTable, node: str, path: str) -> Iterator[Requirement]:
    """Yield the field between two nodes, in pixels of the first one's grid."""
    for key in ONLY_FROM_INPUT:
        if getattr(table, key) is not None:
            context.mistake(f"{path}.{key}", "is measured from the input, expected an exit without measured_from")
    if table.output:
        context.mistake(f"{path}.output", "true with measured_from, expected an exit of its own for the output")
    if table.receptive_field is None:
        context.mistake(f"{path}.receptive_field", "missing, expected the field that measured_from is about")
        return
    asked = context.limits(table.receptive_field, Quantity.RECEPTIVE_FIELD, node, f"{path}.receptive_field")
    yield replace(asked, source=table.measured_from)


def _width(context: Context, width: Limits, node: str, path: str) -> Iterator[Requirement]:
    low, high = (width.exact, width.exact) if width.exact is not None else (width.min, width.max)
    if isinstance(low, list) or isinstance(high, list):
        context.mistake(path, "a list, expected one number of channels")
        return
    asked = Requirement(
        name=path,
        quantity=Quantity.WIDTH,
        node=node,
        least=None if low is None else (low,),
        most=None if high is None else (high,),
    )
    yield context.called(asked, path)


def _object(context: Context, table: ExitTable, node: str, path: str) -> Iterator[Requirement]:
    need = _need(context, table, path)
    if need is None:
        return
    name = context.named(path)
    if need.receptive_field is not None:
        field = (need.receptive_field,) * context.axes
        yield Requirement(name=name, quantity=Quantity.RECEPTIVE_FIELD, node=node, least=field)
    if need.effective_receptive_field is not None:
        effective = (need.effective_receptive_field,) * context.axes
        yield Requirement(name=name, quantity=Quantity.EFFECTIVE_RECEPTIVE_FIELD, node=node, least=effective)
    if need.max_stride is not None:
        stride = (need.max_stride,) * context.axes
        yield Requirement(name=name, quantity=Quantity.STRIDE, node=node, most=stride)


def _guards(context: Context, table: ExitTable, node: str, path: str) -> Iterator[Requirement]:
    asked = table.hole_free
    if asked if asked is not None else context.guards.hole_free:
        name = "guards.hole_free" if asked is None else context.named(f"{path}.hole_free")
        yield Requirement(name=name, quantity=Quantity.HOLE_FREE, node=node, least=(1,), guard=asked is None)
    cap = context.guards.max_output_stride
    capped = table.stride is not None and (table.stride.max is not None or table.stride.exact is not None)
    need = _need(context, table, f"{path}.object_size")
    capped = capped or (need is not None and need.max_stride is not None)
    if cap is not None and not capped:
        yield Requirement(
            name="guards.max_output_stride",
            quantity=Quantity.STRIDE,
            node=node,
            most=(cap,) * context.axes,
            guard=True,
        )


def _need(context: Context, table: ExitTable, path: str) -> Need | None:
    """Return what the exit's object asks, by its policy."""
    if table.object_size is None:
        return None
    name = table.object_size.policy
    if name not in context.policies:
        known = ", ".join(sorted(context.policies))
        context.mistake(f"{path}.policy", f"unknown policy {name!r}, expected one of {known}")
        return None
    return context.policies[name](table.object_size.value)


def relations(context: Context) -> Iterator[Relation]:
    """Yield how fields compare."""
    for i, table in enumerate(context.document.relation):
        path = f"relation[{i}]"
        if len(set(table.of)) < len(table.of):
            context.mistake(f"{path}.of", f"{table.of} names a node twice, expected each once")
        yield Relation(
            name=context.named(path),
            nodes=tuple(table.of),
            order=Order(table.receptive_field),
            by=table.by,
            source=table.measured_from,
        )
