"""The configurations of a plans.json of nnU-Net, version 2 in both of its layouts; nothing in it is executed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rfsolve.errors import InputError

PLAIN = "PlainConvUNet"
RESIDUAL = "ResidualEncoderUNet"
PER_BLOCK = 2
"""Convolutions of a residual block."""
MOST_STAGES = 16
MOST_LAYERS = 64
LARGEST = 65_536

Each = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedConfiguration:
    """A configuration as the file has it: voxels, patch, and per stage stride, kernel, width and convolutions.

    `stem` is the kernel of the convolution before the stages, None where there is none.
    """

    name: str
    network: str
    spacing: tuple[float, ...]
    patch: Each
    strides: tuple[Each, ...]
    kernels: tuple[Each, ...]
    widths: Each
    encoder: Each
    decoder: Each
    stem: Each | None = None


def is_plan(document: object) -> bool:
    """Return whether a parsed JSON document looks like a plans.json of nnU-Net."""
    return isinstance(document, Mapping) and "configurations" in document and "plans_name" in document


def configurations(document: Mapping[str, Any], place: str = "plans.json") -> tuple[PlannedConfiguration, ...]:
    """Return the configurations that describe a network, those that inherit from another included.

    Raises:
        InputError: it is no plan, or one of its values makes no sense; names the place.

    """
    if not is_plan(document):
        raise InputError(f"{place}: no plan of nnU-Net version 2, expected keys plans_name and configurations")
    table = document["configurations"]
    if not isinstance(table, Mapping) or not table:
        raise InputError(f"{place}: configurations: expected a table with at least one")
    found = []
    for name in table:
        path = f"{place}: configurations.{name}"
        merged = _inherited(table, str(name), path)
        if "patch_size" in merged:
            found.append(_configuration(str(name), merged, path))
    return tuple(found)


def _inherited(table: Mapping[str, Any], name: str, path: str) -> dict[str, Any]:
    """Return a configuration with what it inherits; nearer keys win."""
    chain: list[str] = []
    merged: dict[str, Any] = {}
    at: object = name
    while isinstance(at, str):
        if at in chain:
            raise InputError(f"{path}: inherits_from: {' from '.join([*chain, at])}: a circle")
        own = table.get(at)
        if not isinstance(own, Mapping):
            raise InputError(f"{path}: inherits_from: no table {at!r} among the configurations")
        chain.append(at)
        merged = {**own, **merged}
        at = own.get("inherits_from")
    return merged


def _configuration(name: str, table: Mapping[str, Any], path: str) -> PlannedConfiguration:
    patch = _whole(table, "patch_size", path)
    axes = len(patch)
    spacing = _spacing(table, axes, path)
    architecture = table.get("architecture")
    inner = architecture.get("arch_kwargs") if isinstance(architecture, Mapping) else None
    if isinstance(architecture, Mapping) and isinstance(inner, Mapping):
        network = str(architecture.get("network_class_name", "")).rpartition(".")[2]
        said, keys = inner, _KEYS
        path = f"{path}.architecture.arch_kwargs"
    else:
        network = str(table.get("UNet_class_name", PLAIN))
        said, keys = table, _FIRST_KEYS
    if network not in {PLAIN, RESIDUAL}:
        raise InputError(f"{path}: network {network!r} is not known, expected {PLAIN} or {RESIDUAL}")
    strides = _vectors(said, keys["strides"], axes, path)
    kernels = _vectors(said, keys["kernels"], axes, path)
    stages = len(strides)
    widths = _widths(said, stages, axes, path)
    blocks = "n_blocks_per_stage" if network == RESIDUAL and keys is _KEYS else keys["encoder"]
    encoder = _counts(said, blocks, stages, path)
    decoder = _counts(said, keys["decoder"], stages - 1, path)
    for key, found in ((keys["kernels"], kernels), ("features_per_stage", widths)):
        if len(found) != stages:
            raise InputError(f"{path}.{key}: {len(found)} stages, expected {stages} as in {keys['strides']}")
    return PlannedConfiguration(
        name=name,
        network=network,
        spacing=spacing,
        patch=patch,
        strides=strides,
        kernels=kernels,
        widths=widths,
        encoder=tuple(PER_BLOCK * count for count in encoder) if network == RESIDUAL else encoder,
        decoder=decoder,
        stem=kernels[0] if network == RESIDUAL else None,
    )


_KEYS = {
    "strides": "strides",
    "kernels": "kernel_sizes",
    "encoder": "n_conv_per_stage",
    "decoder": "n_conv_per_stage_decoder",
}
_FIRST_KEYS = {
    "strides": "pool_op_kernel_sizes",
    "kernels": "conv_kernel_sizes",
    "encoder": "n_conv_per_stage_encoder",
    "decoder": "n_conv_per_stage_decoder",
}
"""Where the first releases of version 2 have them."""


def _is_whole(value: object, most: int = LARGEST) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _whole(table: Mapping[str, Any], key: str, path: str) -> Each:
    value = table.get(key)
    if not isinstance(value, list) or not 2 <= len(value) <= 3 or not all(map(_is_whole, value)):  # noqa: PLR2004 - axes
        raise InputError(f"{path}.{key}: {_short(value)}, expected two or three whole numbers of voxels")
    return tuple(value)


def _spacing(table: Mapping[str, Any], axes: int, path: str) -> tuple[float, ...]:
    value = table.get("spacing")
    fine = isinstance(value, list) and len(value) == axes
    if not fine or not all(isinstance(one, int | float) and 0 < one < float("inf") for one in value or ()):
        raise InputError(f"{path}.spacing: {_short(value)}, expected {axes} positive numbers")
    return tuple(float(one) for one in value or ())


def _vectors(table: Mapping[str, Any], key: str, axes: int, path: str) -> tuple[Each, ...]:
    value = table.get(key)
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_STAGES:
        raise InputError(f"{path}.{key}: {_short(value)}, expected a list with an entry for each stage")
    found = []
    for i, one in enumerate(value):
        vector = [one] * axes if _is_whole(one) else one
        if not isinstance(vector, list) or len(vector) != axes or not all(_is_whole(n, MOST_LAYERS) for n in vector):
            raise InputError(f"{path}.{key}[{i}]: {_short(one)}, expected {axes} whole numbers")
        found.append(tuple(vector))
    return tuple(found)


def _counts(table: Mapping[str, Any], key: str, stages: int, path: str) -> Each:
    value = table.get(key)
    listed = [value] * stages if _is_whole(value) else value
    if not isinstance(listed, list) or not all(_is_whole(one, MOST_LAYERS) for one in listed) or len(listed) < stages:
        raise InputError(f"{path}.{key}: {_short(value)}, expected {stages} numbers of convolutions")
    return tuple(listed[:stages])


def _widths(table: Mapping[str, Any], stages: int, axes: int, path: str) -> Each:
    value = table.get("features_per_stage")
    if value is None and "UNet_base_num_features" in table:
        base, most = table["UNet_base_num_features"], table.get("unet_max_num_features", 320 if axes > 2 else 512)  # noqa: PLR2004 - as nnU-Net
        if _is_whole(base) and _is_whole(most):
            return tuple(min(most, base << stage) for stage in range(stages))
    if not isinstance(value, list) or not all(map(_is_whole, value)):
        raise InputError(f"{path}.features_per_stage: {_short(value)}, expected {stages} numbers of channels")
    return tuple(value)


def _short(value: object) -> str:
    text = "missing" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:36]} ..."  # noqa: PLR2004 - a line on a terminal
