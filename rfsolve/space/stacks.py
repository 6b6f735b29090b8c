"""From the table of a stack to the stack: defaults filled in, domains spread over the axes, guards held."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from rfsolve.space.blocks import KEEPING, RESIDUAL, RISING, BlockSpec, Choice
from rfsolve.space.context import Axes, Context
from rfsolve.space.document import StackTable
from rfsolve.space.problem import Quantity, Requirement, Stack, Tie
from rfsolve.space.terms import LayerLimits
from rfsolve.space.widths import parse_widths

DEFAULT_KERNELS = (3, 5, 7)
DEFAULT_STRIDES = (1, 2)
DEFAULT_DILATIONS = (1, 2, 4)
DEFAULT_FACTORS = (2,)
DEFAULT_WIDTHS = "32*jump:512"
BLOCK_SETTINGS = ("mode", "norm", "activation", "expansion", "reduction", "padding")
DOMAINS = ("kernels", "strides", "dilations")
TIED = ("kernels", "strides", "widths", "block", "layers", "undilated_after_stride", "bias", *BLOCK_SETTINGS)
"""Keys that a tied stack takes from the stack it is tied to."""
LARGEST_CHOICES = 4_096


class StackMaker:
    """Makes the stacks of one document."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._defaults = context.document.defaults
        self._names = stack_names(context.document.stack)
        self._tables = dict(zip(self._names, self._tables_of(context), strict=True))
        self._paths = {name: f"stack[{i}]" for i, name in enumerate(self._names)}

    @staticmethod
    def _tables_of(context: Context) -> Sequence[StackTable]:
        return context.document.stack or [StackTable(name="trunk")]

    @property
    def tables(self) -> dict[str, StackTable]:
        """The stacks' tables by name, the first of each name."""
        return self._tables

    def stack(self, name: str) -> Stack:
        """Return the stack of this name."""
        table, path = self._tables[name], self._paths[name]
        tie = self._tie(table, path)
        block = self._block(table, path)
        widths = self._setting(table, "widths", path)[0]
        return Stack(
            name=name,
            choices=self._choices(table, path, block),
            widths=widths or parse_widths(DEFAULT_WIDTHS),
            block=block,
            tie=tie,
            names={key: self._context.named(self._setting(table, key, path)[1]) for key in DOMAINS},
        )

    def requirements(self, name: str) -> Iterator[Requirement]:
        """Yield how many layers a stack may have, and how many follow a stride undilated."""
        table, path = self._tables[name], self._paths[name]
        yield self._layers(name, table, path)
        undilated, where = self._setting(table, "undilated_after_stride", path)
        if undilated:
            yield Requirement(
                name=self._context.named(where), quantity=Quantity.UNDILATED, node=name, least=(undilated,)
            )

    def _layers(self, name: str, table: StackTable, path: str) -> Requirement:
        limits, where = self._setting(table, "layers", path)
        if self._rises(table, path) and where.startswith("defaults"):
            limits, where = LayerLimits(min=1, max=1), f"{path}.layers"
        asked = Requirement(
            name=where,
            quantity=Quantity.LAYERS,
            node=name,
            least=(limits.min if limits else 1,),
            most=(limits.max,) if limits and limits.max is not None else None,
        )
        return self._context.called(asked, where if limits is not None else "defaults.layers")

    def _rises(self, table: StackTable, path: str) -> bool:
        return self._setting(table, "block", path)[0] in RISING

    def _tie(self, table: StackTable, path: str) -> Tie | None:
        if table.tied_to is None:
            if table.shares_weights:
                self._context.mistake(f"{path}.shares_weights", "goes with tied_to, expected the stack to be tied to")
            return None
        other = self._tables.get(table.tied_to)
        if other is None or other is table:
            known = ", ".join(repr(name) for name in self._names if self._tables[name] is not table) or "none"
            self._context.mistake(f"{path}.tied_to", f"{table.tied_to!r} is no other stack, expected one of {known}")
            return None
        if other.tied_to is not None:
            self._context.mistake(
                f"{path}.tied_to", f"{table.tied_to!r} is tied itself, expected {other.tied_to!r}, which it is tied to"
            )
            return None
        self._check_tied(table, other, path)
        return Tie(to=table.tied_to, dilation=table.dilations is None, weights=bool(table.shares_weights))

    def _check_tied(self, table: StackTable, other: StackTable, path: str) -> None:
        """What a tied stack states itself must be what the other states: they have the same domains."""
        for key in TIED:
            own = getattr(table, key)
            theirs = getattr(other, key)
            theirs = getattr(self._defaults, key, None) if theirs is None else theirs
            if own is not None and own != theirs:
                self._context.mistake(
                    f"{path}.{key}",
                    f"differs from that of '{table.tied_to}', to which the stack is tied, expected the same or nothing",
                )

    def _setting(self, table: StackTable, key: str, path: str) -> tuple[Any, str]:
        """Return what holds for a stack, and where it is stated: by itself, by what it is tied to, or by default.

        What up-samples takes no domain and no number of layers from the defaults, which are about other layers.
        """
        for place, where in ((table, path), *self._tied_tables(table)):
            value = getattr(place, key)
            if value is not None:
                return value, f"{where}.{key}"
        ignored = key in {*DOMAINS, "layers"} and self._rises(table, path)
        return None if ignored else getattr(self._defaults, key), f"defaults.{key}"

    def _tied_tables(self, table: StackTable) -> Iterator[tuple[StackTable, str]]:
        if table.tied_to is not None and table.tied_to in self._tables:
            yield self._tables[table.tied_to], self._paths[table.tied_to]

    def _block(self, table: StackTable, path: str) -> BlockSpec:
        settings = {key: self._setting(table, key, path)[0] for key in BLOCK_SETTINGS}
        settings = {key: value for key, value in settings.items() if value is not None}
        kind, kind_path = self._setting(table, "block", path)
        bias, _ = self._setting(table, "bias", path)
        spec = BlockSpec(kind=kind or "conv", **settings)
        if spec.kind in RESIDUAL and spec.padding == "valid":
            self._context.mistake(
                kind_path, f"block {spec.kind} adds a shortcut, expected padding 'same' or 'causal', not 'valid'"
            )
        if spec.rises and spec.padding != "same":
            self._context.mistake(kind_path, f"block {spec.kind} with padding {spec.padding!r}, expected 'same'")
        bias = (spec.norm == "none") if bias is None else bias
        return BlockSpec(kind=spec.kind, bias=bias, **settings)

    def _choices(self, table: StackTable, path: str, block: BlockSpec) -> tuple[Choice, ...]:
        domains = self._rising_domains(table, path, block) if block.rises else self._domains(table, path, block)
        choices = {
            Choice(kernel, stride, tuple(d if k > 1 else 1 for k, d in zip(kernel, dilation, strict=True)))
            for kernel, stride, dilation in domains
        }
        if len(choices) > LARGEST_CHOICES:
            self._context.mistake(
                path,
                f"{len(choices):,} combinations of kernel, stride and dilation, expected at most {LARGEST_CHOICES:,}",
            )
        return tuple(sorted(choices, key=lambda choice: (choice.stride, choice.kernel, choice.dilation)))

    def _domains(self, table: StackTable, path: str, block: BlockSpec) -> Iterator[tuple[Axes, ...]]:
        domains = []
        for key, default in zip(DOMAINS, (DEFAULT_KERNELS, DEFAULT_STRIDES, DEFAULT_DILATIONS), strict=True):
            domain, where = self._domain(table, key, default, path)
            domains.append(domain)
            self._guard(key, domain, where, block)
        yield from product(*domains)

    def _domain(self, table: StackTable, key: str, default: Sequence[int], path: str) -> tuple[list[Axes], str]:
        domain, where = self._setting(table, key, path)
        items = default if domain is None else domain
        return [self._context.spread(item, f"{where}[{i}]") for i, item in enumerate(items)], where

    def _rising_domains(self, table: StackTable, path: str, block: BlockSpec) -> Iterator[tuple[Axes, ...]]:
        """Yield the factors with the kernels that fit them: each covers its factor, and splits evenly around it."""
        factors, where = self._domain(table, "strides", DEFAULT_FACTORS, path)
        ones = (1,) * self._context.axes
        if any(max(factor) == 1 for factor in factors):
            self._context.mistake(where, f"a factor of 1 in the up-sampling block {block.kind}, expected 2 or more")
        stated, kernels_at = self._setting(table, "kernels", path)
        if block.kind == "upsample" and stated is not None:
            self._context.mistake(kernels_at, "block upsample has no kernel, expected none")
        if self._setting(table, "dilations", path)[0] is not None:
            self._context.mistake(f"{path}.dilations", f"block {block.kind} has no dilation, expected none")
        if block.kind == "upsample" or stated is None:
            yield from ((factor, factor, ones) for factor in factors)
            return
        kernels, _ = self._domain(table, "kernels", (), path)
        fitting = [(kernel, factor, ones) for kernel, factor in product(kernels, factors) if _fits(kernel, factor)]
        if not fitting:
            self._context.mistake(
                kernels_at,
                f"no kernel fits a factor {[max(factor) for factor in factors]}, expected the factor plus an even "
                "number: 2 or 4 for 2",
            )
        yield from fitting

    def _guard(self, key: str, domain: list[Axes], path: str, block: BlockSpec) -> None:
        numbers = sorted({number for item in domain for number in item})
        guards = self._context.guards
        even = [number for number in numbers if number % 2 == 0]
        if key == "kernels" and guards.odd_kernels and even and block.kind != "pool" and block.padding != "causal":
            self._context.mistake(
                path, f"even kernel {even[0]} cannot be centred, expected odd kernels, or guards.odd_kernels = false"
            )
        caps = {"strides": ("max_stride", guards.max_stride), "dilations": ("max_dilation", guards.max_dilation)}
        name, cap = caps.get(key, ("", None))
        if cap is not None and numbers[-1] > cap:
            largest = numbers[-1]
            way_out = f"expected at most {cap}, or guards.{name} = {largest}"
            self._context.mistake(path, f"{key[:-1]} {largest} is above the guard, {way_out}")


def _fits(kernel: Axes, factor: Axes) -> bool:
    return all(k >= f and (k - f) % 2 == 0 for k, f in zip(kernel, factor, strict=True))


def stack_names(tables: Sequence[StackTable]) -> list[str]:
    """Return the names of the stacks, given or by default."""
    if not tables:
        return ["trunk"]
    return [table.name or (f"stack{i}" if len(tables) > 1 else "trunk") for i, table in enumerate(tables, start=1)]


def keeps_width(block: BlockSpec) -> bool:
    """Return whether the block's width stays, whatever the width plan says."""
    return block.kind in KEEPING
