"""The plan of a network as a module in memory: the same modules under the same names as the source has."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add, mul
from typing import Any

import torch
from torch import Tensor, nn

from rfsolve.formats.blueprint import graph_of
from rfsolve.formats.module_plan import Group, Leaf, ModulePlan, Part, module_plan
from rfsolve.formats.sharing import shared_paths
from rfsolve.formats.torch import parts
from rfsolve.formats.torch.modules import IN_TORCH, Call, module_of
from rfsolve.graph import Add, Concat, Layer, Multiply

MERGES = (Add, Multiply, Concat)


def to_torch(design: object) -> "Network":
    """Return a design as a torch.nn.Module: the parameters that its source has, under the same names.

    It is a Design, a LayerGraph, or what `open_network` reads. One tensor is returned for one exit, a dictionary by
    the names of the exits for several. Weights are drawn anew: normal, of variance 2 / inputs.

    Raises:
        InputError: it is no design.
        GraphError: torch has no module for a layer; names it.

    """
    return build(module_plan(graph_of(design)))


def build(plan: ModulePlan) -> "Network":
    """Return the network, its weights drawn as the source draws them.

    Raises:
        GraphError: torch has no module for a layer; names it.

    """
    network = Network(plan)
    for path, owner in shared_paths(plan):
        parts.share_weights(network, path, owner)
    parts.initialise(network)
    return network


class Merge(nn.Module):
    """Branches that meet. Source writes a merge as an expression; here it has a name, so that it can be measured."""

    def __init__(self, layer: Layer, *, cut: bool) -> None:
        super().__init__()
        self.kind = type(layer)
        self.cut = cut
        self.averages = False

    def forward(self, *branches: Tensor) -> Tensor:
        """Cut to the smallest where that is asked, then add, multiply or concatenate (or take the mean)."""
        met: Sequence[Tensor] = parts.cut_to_smallest(*branches) if self.cut else branches
        if self.kind is Concat:
            return torch.cat(tuple(met), dim=1)
        if self.averages:
            return sum(met[1:], met[0]) / len(met)
        return reduce(add if self.kind is Add else mul, met)


class Wired(nn.Module):
    """Parts that read each other."""

    def __init__(self, plan: ModulePlan, group: Group) -> None:
        super().__init__()
        self._group = group
        for part in group.parts:
            self.add_module(part.attribute, _made(plan, part))

    def values(self, inputs: Sequence[Tensor]) -> dict[str, Tensor]:
        """Return the value of each input and each part by the node that it stands for."""
        values = dict(zip(self._group.inputs, inputs, strict=True))
        for part in self._group.parts:
            module = self.get_submodule(part.attribute)
            values[part.result] = module(*(values[source] for source in part.inputs))
        return values

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the value of the group's result."""
        return self.values(inputs)[self._group.result]


class Network(Wired):
    """A whole network: one tensor for one exit, a dictionary by the names of the exits for several."""

    def __init__(self, plan: ModulePlan) -> None:
        super().__init__(plan, plan.root)
        self._inputs = tuple(plan.inputs)
        self._outputs = plan.outputs

    def forward(self, *inputs: Tensor) -> Any:
        """Return what is read out."""
        given = dict(zip(self._inputs, inputs, strict=True))
        values = given | self.values([given[name] for name in self._group.inputs])
        found = {name: values[node] for name, node in self._outputs}
        return next(iter(found.values())) if len(found) == 1 else found


def _made(plan: ModulePlan, part: Part) -> nn.Module:
    if isinstance(part, Leaf):
        layer = plan.graph.layer(part.name)
        if isinstance(layer, MERGES) and len(part.inputs) > 1:
            return Merge(layer, cut=part.name in plan.cropped)
        return made(module_of(plan.graph, part.name))
    if not part.is_chain:
        return Wired(plan, part)
    named = OrderedDict(_named(plan, part))
    return parts.Stage(*named.values()) if part.first_number == 1 else nn.Sequential(named)


def _named(plan: ModulePlan, group: Group) -> Iterator[tuple[str, nn.Module]]:
    for part in group.parts:
        yield part.attribute, _made(plan, part)


def made(call: Call) -> nn.Module:
    """Return the module that a call makes."""
    home, name = (nn, call.name.removeprefix(IN_TORCH)) if call.name.startswith(IN_TORCH) else (parts, call.name)
    module: nn.Module = getattr(home, name)(**call.arguments)
    return module
