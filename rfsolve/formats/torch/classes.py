"""Classes for the groups of a plan: groups alike but for numbers are one class, and the numbers its arguments.

Groups are alike if they hold the same modules under the same names and wire them alike. What differs between them is
a parameter of the class; what is the same in all of them is written into it, except for widths, which always are
parameters. Arguments that agree in all groups are one parameter: the width of a norm is that of the convolution
before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rfsolve.formats.identifiers import camel
from rfsolve.formats.module_plan import Group, Leaf, ModulePlan, Part
from rfsolve.formats.torch.modules import Call, Value, module_of
from rfsolve.graph import Add, Concat, Multiply

MERGES = {Add: "Add", Multiply: "Multiply", Concat: "Concat"}
WIDTHS = frozenset({"in_channels", "out_channels", "num_features", "num_channels", "channels", "normalized_shape"})
NEUTRAL: Mapping[str, Value] = {"stride": 1, "dilation": 1, "padding": 0, "groups": 1, "bias": True}
"""What modules of torch take where an argument is left out, and so do these classes."""

POSITIONAL = frozenset({"in_channels", "out_channels", "num_features"})
"""Arguments of torch's own modules that everybody writes without their names."""

KINDS = {"ConvTranspose": "UpConv", "MaxPool": "MaxPool", "AvgPool": "AvgPool", "Upsample": "Upsample"}
"""What modules are called in the names of classes, where that of their attribute says too little."""

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Reference:
    """An argument that is a parameter of the class around it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of a class: its name, its type in code, and what it is where it is left out (if it can be)."""

    name: str
    type: str
    default: Value = None
    required: bool = True
    is_width: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockClass:
    """A class: a group that shows how its parts are wired, and the call of each part by its attribute."""

    name: str
    group: Group
    calls: Mapping[str, tuple[str, Mapping[str, Value | Reference]]]
    parameters: tuple[Parameter, ...]


@dataclass(slots=True)
class Classes:
    """The classes of a plan in the order in which they are defined, and the call of each group by its name."""

    plan: ModulePlan
    taken: set[str]
    found: list[BlockClass] = field(default_factory=list)
    calls: dict[str, Call] = field(default_factory=dict)

    def call_of(self, part: Part) -> Call | None:
        """Return the call that makes a part; None for a merge."""
        if isinstance(part, Group):
            return self.calls[part.name]
        if is_merge(self.plan, part):
            return None
        return module_of(self.plan.graph, part.name)

    def widths(self, name: str) -> frozenset[str]:
        """Return the arguments of a class that stand first in a call, without their names."""
        block = next((one for one in self.found if one.name == name), None)
        return POSITIONAL if block is None else frozenset(one.name for one in block.parameters if one.is_width)

    def define(self) -> None:
        """Find the classes, those of inner groups first."""
        levels: dict[int, list[Group]] = {}
        for part in self.plan.root.parts:
            if isinstance(part, Group):
                for group in _needing_classes(part):
                    levels.setdefault(_height(group), []).append(group)
        for height in sorted(levels):
            alike: dict[object, list[Group]] = {}
            for group in levels[height]:
                alike.setdefault(self._form(group), []).append(group)
            for groups in alike.values():
                self._define(groups)

    def _form(self, group: Group) -> object:
        """What groups of one class have in common."""
        local = {source: f"x{number}" for number, source in enumerate(group.inputs)}
        parts = []
        for part in group.parts:
            call = self.call_of(part)
            merged = isinstance(part, Leaf) and call is None
            what = (type(self.plan.graph.layer(part.name)), part.name in self.plan.cropped) if merged else ()
            known = () if call is None else (call.name, *sorted(call.arguments.keys() - NEUTRAL.keys()))
            parts.append((part.attribute, what, known, tuple(local[source] for source in part.inputs)))
            local[part.result] = part.attribute
        return tuple(parts), local[group.result]

    def _define(self, groups: Sequence[Group]) -> None:
        name = self._name(groups[0])
        shared = _Arguments(self, groups)
        calls = {
            attribute: (
                call_name,
                {key: shared.written(attribute, key) for key in keys if shared.is_said(attribute, key)},
            )
            for attribute, call_name, keys in shared.slots
        }
        self.found.append(
            BlockClass(name=name, group=groups[0], calls=calls, parameters=tuple(shared.parameters.values()))
        )
        for number, group in enumerate(groups):
            self.calls[group.name] = Call(name, shared.arguments_of(number))

    def _word(self, part: Part) -> str:
        """What a part adds to the name of a class."""
        call = self.call_of(part)
        kind = "" if call is None else call.name.removeprefix("nn.").rstrip("123d")
        return KINDS.get(kind, camel(part.attribute))

    def _name(self, group: Group) -> str:
        kinds = [MERGES[type(self.plan.graph.layer(part.name))] for part in group.parts if is_merge(self.plan, part)]
        joined = "".join(self._word(part) for part in group.parts)
        if "Add" in kinds and len(group.inputs) == 1:
            wanted = "Residual"
        elif group.first_number is not None or len(joined) > LONGEST_NAME or not joined[:1].isalpha():
            wanted = "Chain" if group.is_chain else "Block"
        else:
            wanted = joined
        number, name = 1, wanted
        while name in self.taken:
            number += 1
            name = f"{wanted}{number}"
        self.taken.add(name)
        return name


def is_merge(plan: ModulePlan, part: Part) -> bool:
    """Return whether a part is an expression of several branches."""
    return isinstance(part, Leaf) and len(part.inputs) > 1 and type(plan.graph.layer(part.name)) in MERGES


def _needing_classes(group: Group) -> Iterator[Group]:
    """Yield the groups that are classes: all but a chain of numbers right under the network, which is written out."""
    if group.first_number is None:
        yield from _all(group)
        return
    for part in group.parts:
        if isinstance(part, Group):
            yield from _all(part)


def _all(group: Group) -> Iterator[Group]:
    yield group
    for part in group.parts:
        if isinstance(part, Group):
            yield from _all(part)


def _height(group: Group) -> int:
    return 1 + max((_height(part) for part in group.parts if isinstance(part, Group)), default=0)


class _Arguments:
    """The arguments of all parts of groups that are alike, and the parameters that stand for them."""

    def __init__(self, classes: Classes, groups: Sequence[Group]) -> None:
        self._groups = groups
        self._values: dict[tuple[str, str], tuple[Value, ...]] = {}
        self.slots: list[tuple[str, str, tuple[str, ...]]] = []
        self.parameters: dict[str, Parameter] = {}
        self._referred: dict[tuple[str, str], str] = {}
        for places in zip(*(group.parts for group in groups), strict=True):
            calls = [call for part in places if (call := classes.call_of(part)) is not None]
            if calls:
                keys = tuple(dict.fromkeys(key for call in calls for key in call.arguments))
                self.slots.append((places[0].attribute, calls[0].name, keys))
                for key in keys:
                    values = tuple(call.arguments.get(key, NEUTRAL.get(key)) for call in calls)
                    self._values[places[0].attribute, key] = values
        graph = classes.plan.graph
        shapes = graph.shapes()
        self._ends = (
            tuple(shapes[group.inputs[0]].channels if group.inputs else 0 for group in groups),
            tuple(shapes[group.result].channels for group in groups),
        )
        self._refer()

    def _refer(self) -> None:
        names: dict[object, str] = {}
        widths = {slot: values for slot, values in self._values.items() if _is_width(slot[1])}
        for (attribute, key), values in widths.items():
            if values not in names:
                names[values] = self._width_name(key, values)
                self._add(names[values], values, is_width=True)
            self._referred[attribute, key] = names[values]
        for (attribute, key), values in self._values.items():
            if (attribute, key) in widths or len(set(values)) == 1:
                continue
            if key == "groups" and values in names:
                self._referred[attribute, key] = names[values]
                continue
            if (key, values) not in names:
                wanted = key if key not in self.parameters else f"{attribute}_{key}"
                names[key, values] = wanted
                self._add(wanted, values, neutral=NEUTRAL.get(key))
            self._referred[attribute, key] = names[key, values]
        if len(self._groups) == 1:  # a lone depthwise convolution still says that it is one
            for (attribute, key), values in self._values.items():
                if key == "groups" and values != (1,) and values in names:
                    self._referred[attribute, key] = names[values]

    def _width_name(self, key: str, values: tuple[Value, ...]) -> str:
        into, out = self._ends
        if values == into == out:
            return "channels"
        if values in (into, out):
            return "in_channels" if values == into else "out_channels"
        wanted = key if key not in {"in_channels", "out_channels", "channels", *WIDTHS} else "hidden_channels"
        number, name = 1, wanted
        while name in self.parameters:
            number += 1
            name = f"{wanted}_{number}"
        return name

    def _add(self, name: str, values: tuple[Value, ...], *, neutral: Value = None, is_width: bool = False) -> None:
        optional = neutral is not None and neutral in values and not is_width
        self.parameters[name] = Parameter(
            name=name,
            type=_type(values),
            default=neutral if optional else None,
            required=not optional,
            is_width=is_width,
        )

    def is_said(self, attribute: str, key: str) -> bool:
        """Return whether an argument must be written: not where it is what torch takes anyway."""
        return self.written(attribute, key) != NEUTRAL.get(key, self)

    def written(self, attribute: str, key: str) -> Value | Reference:
        """Return what stands for an argument in the class."""
        if (attribute, key) in self._referred:
            return Reference(self._referred[attribute, key])
        return self._values[attribute, key][0]

    def arguments_of(self, number: int) -> dict[str, Value]:
        """Return the arguments that make one of the groups."""
        found: dict[str, Value] = {}
        for slot, name in self._referred.items():
            value = self._values[slot][number]
            if self.parameters[name].required or value != self.parameters[name].default:
                found[name] = value
        return {name: found[name] for name in self.parameters if name in found}


def _is_width(key: str) -> bool:
    return key in WIDTHS or key.endswith("channels") or key.rpartition("_")[0].endswith("channels")


def _type(values: Sequence[Value]) -> str:
    """The type of an argument in code."""
    names = dict.fromkeys(_type_of(value) for value in values)
    return " | ".join(sorted(names, key=lambda name: (name.startswith("tuple"), name)))


def _type_of(value: Value) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_type_of, value))}]"
    return "None" if value is None else type(value).__name__
