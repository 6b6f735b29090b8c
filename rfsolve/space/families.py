"""Families: the architectures that people start from, each a small function that returns a problem.

A family is a table of the problem language, no more: what is solved is the problem, and `rfsolve init FAMILY` writes it
out to be changed. Under the key `#` a table carries what is said above it there.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from rfsolve.space.family import NOTE, Family, Table

PerAxis = int | Sequence[int]

MAX_STRIDE = 32
"""The guard's largest stride of an exit."""

LARGEST_RATE = 64
"""The most dilations that a list may have."""

BACKBONE_TOP = 5
"""The coarsest level of a pyramid that the backbone reaches; coarser ones are strided layers on it."""


Depth = Annotated[int, Field(ge=1, le=10)]
Levels = Annotated[int, Field(ge=2, le=11)]
Several = Annotated[int, Field(ge=1, le=16)]
Rate = Annotated[int, Field(ge=1, le=64)]
"""Numbers of parts: the table grows with them before the problem language sees it."""


def _per_axis(value: PerAxis) -> Any:  # noqa: ANN401 - as in the problem language
    return value if isinstance(value, int) else list(value)


def _field(target: PerAxis, within: float | None) -> Any:  # noqa: ANN401 - as in the problem language
    return _per_axis(target) if within is None else {"about": _per_axis(target), "within": within}


@Family
def plain(*, target_rf: PerAxis = 200, stride: int = 16) -> Table:
    """One stack of convolutions: the simplest backbone.

    `target_rf` in pixels, one number or one per axis, at `stride`.
    """
    return {
        "title": "A plain stack of convolutions",
        "defaults": {"kernels": [3, 5, 7], "strides": [1, 2], "dilations": [1, 2, 4], "widths": "32*jump:512"},
        "stack": [{"name": "trunk"}],
        "exit": [{"name": "out", "after": "trunk", "receptive_field": _per_axis(target_rf), "stride": stride}],
    }


@Family
def residual(*, target_rf: PerAxis = 200, stride: int = 16) -> Table:
    """A stem and a run of residual blocks (He et al., CVPR 2016)."""
    return {
        "title": "Residual blocks on a stem",
        "source": "He et al., Deep Residual Learning for Image Recognition, CVPR 2016",
        "defaults": {"kernels": [3], "strides": [1, 2], "dilations": [1, 2], "widths": "32*jump:512"},
        "stack": [
            {"name": "stem", "kernels": [3, 7], "strides": [2], "dilations": [1], "layers": 1},
            {NOTE: "Each layer is two convolutions beside a shortcut.", "name": "blocks", "block": "residual"},
        ],
        "exit": [{"name": "out", "after": "blocks", "receptive_field": _per_axis(target_rf), "stride": stride}],
    }


@Family
def mobile(*, target_rf: PerAxis = 200, stride: int = 16, size: int = 224) -> Table:
    """A stem and inverted residual blocks with free widths (Sandler et al., CVPR 2018).

    `size`: height and width of the input in pixels, for which MACs are counted.
    """
    return {
        "title": "Inverted residual blocks for a phone",
        "source": "Sandler et al., MobileNetV2, CVPR 2018",
        "input": {"size": [size, size]},
        "defaults": {"kernels": [3, 5], "strides": [1, 2], "dilations": [1]},
        "stack": [
            {"name": "stem", "kernels": [3], "strides": [2], "widths": 16, "layers": 1},
            {
                NOTE: "The solver chooses the width of each block; none is narrower than the block before it.",
                "name": "blocks",
                "block": "inverted",
                "widths": [16, 24, 40, 64, 96],
                "expansion": 4,
            },
        ],
        "exit": [{"name": "out", "after": "blocks", "receptive_field": _per_axis(target_rf), "stride": stride}],
        "objective": {"minimise": ["macs", "parameters"]},
    }


@Family
def inception(*, target_rf: PerAxis = 47) -> Table:
    """Parallel branches of growing field on a stem, concatenated (Szegedy et al., CVPR 2015).

    `target_rf`: of the block with its stem, in pixels.
    """
    branches = ("point", "small", "medium", "large")
    return {
        "title": "An inception block",
        "source": "Szegedy et al., Going Deeper with Convolutions, CVPR 2015",
        "defaults": {"kernels": [3, 5], "strides": [1], "dilations": [1, 2, 3], "layers": {"min": 1, "max": 4}},
        "stack": [
            {"name": "stem", "kernels": [3], "strides": [2], "dilations": [1], "widths": 32, "layers": 1},
            {NOTE: "The branches all follow the stem.", "name": "point", "after": "stem", "kernels": [1], "widths": 16,
             "layers": 1},
            *({"name": name, "after": "stem", "widths": 16} for name in branches[1:]),
        ],
        "merge": [{"name": "block", "op": "concat", "of": list(branches)}],
        "relation": [
            {NOTE: "Each branch sees more than the one before it.", "of": list(branches),
             "receptive_field": "increasing", "measured_from": "stem"},
        ],
        "exit": [{"name": "out", "after": "block", "receptive_field": _per_axis(target_rf)}],
    }  # fmt: skip


@Family
def aspp(
    *,
    target_rf: PerAxis = 400,
    stride: int = 8,
    rates: Several = 3,
    largest_rate: Rate = 24,
    branch_fields: Sequence[PerAxis] = (),
) -> Table:
    """A trunk with a head of dilated branches for segmentation (Chen et al., 2017): the rates are chosen.

    `rates` dilated branches with dilations up to `largest_rate`, at `stride`; `target_rf` in pixels. `branch_fields`:
    what each dilated branch must see by itself, in place of rates that only differ.
    """
    names = [f"rate{i}" for i in range(1, rates + 1)]
    sees = [
        {"name": f"{name}_sees", "after": name, "output": False, "receptive_field": _per_axis(field), "stride": stride}
        for name, field in zip(names, branch_fields, strict=False)
    ]
    return {
        "title": f"ASPP at stride {stride}",
        "source": "Chen et al., Rethinking Atrous Convolution for Semantic Image Segmentation, 2017",
        "defaults": {"kernels": [3], "strides": [1, 2], "dilations": [1, 2, 4], "widths": "32*jump:256"},
        "stack": [
            {"name": "trunk"},
            {
                NOTE: "The head: a pointwise branch and dilated ones beside each other. Their dilations are the rates.",
                "name": "point",
                "after": "trunk",
                "kernels": [1],
                "strides": [1],
                "widths": 64,
                "layers": 1,
            },
            *(
                {
                    "name": name,
                    "after": "trunk",
                    "strides": [1],
                    "dilations": list(range(1, largest_rate + 1)),
                    "widths": 64,
                    "layers": 1,
                }
                for name in names
            ),
            {"name": "project", "after": "pyramid", "kernels": [1], "strides": [1], "widths": 64, "layers": 1},
        ],
        "merge": [{"name": "pyramid", "op": "concat", "of": ["point", *names]}],
        "relation": [
            {
                NOTE: "Rates differ by two cells and more, so that each branch adds a scale.",
                "of": names,
                "receptive_field": "increasing",
                "by": 4,
                "measured_from": "trunk",
            }
        ]
        if rates > 1
        else [],
        "exit": [
            *sees,
            {"name": "out", "after": "project", "receptive_field": _per_axis(target_rf), "stride": stride},
        ],
        "guards": {"max_dilation": max(largest_rate, 8)},
    }


@Family
def heads(
    *,
    scales: Sequence[tuple[PerAxis, int]] = ((55, 4), (111, 8), (223, 16), (511, 32)),
    names: Sequence[str] = (),
    fewest: int = 1,
    dilations: Sequence[int] = (1, 2),
) -> Table:
    """One trunk with a head at every scale (He et al., LFFD, 2019).

    `scales` are (field, stride) of the exits, `names` what the exits are called. `fewest`: layers of the trunk between
    two exits.
    """
    stacks: list[Table] = []
    exits = []
    for i, (field, stride) in enumerate(scales, start=1):
        more = {} if fewest == 1 or i == 1 else {"layers": {"min": fewest}}
        stacks.append({"name": f"s{i}", **({"after": f"s{i - 1}"} if i > 1 else {}), **more})
        stacks.append(
            {
                "name": f"head{i}",
                "after": f"s{i}",
                "kernels": [1],
                "strides": [1],
                "dilations": [1],
                "widths": 64,
                "layers": 2,
            }
        )
        name = names[i - 1] if names else f"scale{i}"
        exits.append({"name": name, "after": f"head{i}", "receptive_field": _per_axis(field), "stride": stride})
    stacks[0][NOTE] = "The trunk goes on from scale to scale; a head of two pointwise layers leaves it at each."
    return {
        "title": "One trunk, a head at every scale",
        "source": "He et al., LFFD: A Light and Fast Face Detector for Edge Devices, 2019",
        "defaults": {"kernels": [3], "strides": [1, 2], "dilations": list(dilations), "widths": {1: 64, 16: 128}},
        "stack": stacks,
        "exit": exits,
    }


@Family
def fpn(*, fields: Mapping[int, PerAxis] | None = None, width: int = 64, dilations: Sequence[int] = (1,)) -> Table:
    """A feature pyramid with an exit at every level (Lin et al., CVPR 2017; Tian et al., FCOS, ICCV 2019).

    `fields`: by level, the field asked of it in pixels; by default, for P3 to P7, the largest objects that FCOS assigns
    there, 64, 128, 256, 512, and 640 in place of no limit. Level n has stride 2^n; the backbone goes up to level 5.
    `width`: channels of the pyramid.
    """
    asked = dict(sorted((fields or {3: 64, 4: 128, 5: 256, 6: 512, 7: 640}).items()))
    lowest, highest = min(asked), max(asked)
    top = max(lowest, min(highest, BACKBONE_TOP))
    down = list(reversed(range(lowest, top)))
    one = {"strides": [1], "widths": width, "layers": 1}
    laterals = [{"name": f"lateral{i}", "after": f"c{i}", "kernels": [1], **one} for i in (top, *down)]
    risen = [
        {"name": f"up{i}", "after": f"lateral{top}" if i == top - 1 else f"sum{i + 1}", "block": "upsample"}
        for i in down
    ]
    smoothed = [
        {"name": f"p{i}", "after": f"lateral{top}" if i == top else f"sum{i}", **one}
        for i in range(lowest, top + 1)
        if i in asked or (i == top and highest > top)
    ]
    coarser = [
        {"name": f"p{i}", "after": f"p{i - 1}", "strides": [2], "widths": width, "layers": 1}
        for i in range(top + 1, highest + 1)
    ]
    backbone: list[Table] = [{"name": "stem", "strides": [2], "layers": lowest - 1}] if lowest > 1 else []
    for i in range(lowest, top + 1):
        backbone.append({"name": f"c{i}", **({"after": backbone[-1]["name"]} if backbone else {})})
    backbone[0] = {NOTE: "The backbone, bottom up.", **backbone[0]}
    if risen:
        risen[0] = {NOTE: "Top down: up-sample by two, add the lateral, smooth.", **risen[0]}
    return {
        "title": f"A feature pyramid, P{lowest} to P{highest}",
        "source": "Lin et al., Feature Pyramid Networks, CVPR 2017; ranges of Tian et al., FCOS, ICCV 2019",
        "defaults": {
            "kernels": [3], "strides": [1, 2], "dilations": list(dilations), "widths": "16*jump:256",
            "layers": {"min": 1, "max": 8},
        },
        "stack": [*backbone, *laterals, *risen, *smoothed, *coarser],
        "merge": [{"name": f"sum{i}", "op": "add", "of": [f"lateral{i}", f"up{i}"]} for i in down],
        "exit": [
            {"name": f"P{level}", "after": f"p{level}", "receptive_field": _per_axis(field), "stride": 2**level}
            for level, field in asked.items()
        ],
        "guards": {"max_output_stride": 2**highest},
    }  # fmt: skip


@Family
def unet(
    *,
    target_rf: PerAxis = 188,
    within: float | None = None,
    depth: Depth = 4,
    levels: Levels | None = None,
    axes: int = 2,
    factors: Sequence[PerAxis] | None = None,
    kernels: Sequence[PerAxis] = (3,),
    widths: str = "32*jump:512",
    level_kernels: Sequence[PerAxis] = (),
    layers: tuple[int, int] = (1, 4),
) -> Table:
    """An encoder and a decoder with skip connections (Ronneberger et al., MICCAI 2015).

    `target_rf` in pixels is met by the smallest field over the output phases; with `within`, a fraction, all of them
    are that near to it. The resolution is halved `depth` times by a pool and doubled again by a transposed convolution,
    or changed by `factors`, one for each time; `levels` counts the resolutions, one more than `depth`, in place of it.
    `layers` (least, most) at each are chosen; `level_kernels` fixes the kernel of each level, the bottleneck's last.
    """
    steps = [_per_axis(factor) for factor in (factors or [2] * (depth if levels is None else levels - 1))]

    def level(i: int) -> Table:
        own = {"kernels": [_per_axis(level_kernels[i])]} if level_kernels else {}
        return {**own, "layers": {"min": layers[0], "max": layers[1]}}

    stacks: list[Table] = [{NOTE: "Down: what each level sees, and a pool to the next.", "name": "enc0", **level(0)}]
    for i, factor in enumerate(steps, start=1):
        pool = {"block": "pool", "kernels": [factor], "strides": [factor], "layers": 1}
        stacks.append({"name": f"down{i}", "after": f"enc{i - 1}", **pool})
        stacks.append({"name": f"enc{i}", "after": f"down{i}", **level(i)})
    merges: list[Table] = []
    for i, factor in reversed(list(enumerate(steps))):
        before = f"enc{i + 1}" if i + 1 == len(steps) else f"dec{i + 1}"
        stacks.append({"name": f"up{i}", "after": before, "block": "transposed", "strides": [factor]})
        merges.append({"name": f"skip{i}", "op": "concat", "of": [f"enc{i}", f"up{i}"]})
        stacks.append({"name": f"dec{i}", "after": f"skip{i}", **level(i)})
    stacks[1 + 2 * len(steps)][NOTE] = "Up: doubled, laid beside the encoder's level, and refined."
    return {
        "title": f"A U-Net of depth {len(steps)}",
        "source": "Ronneberger et al., U-Net, MICCAI 2015",
        "input": {"channels": 1, "axes": axes},
        "defaults": {
            "kernels": [_per_axis(kernel) for kernel in kernels], "strides": [1], "dilations": [1], "widths": widths,
        },
        "stack": stacks,
        "merge": merges,
        "exit": [{"name": "out", "after": "dec0", "receptive_field": _field(target_rf, within), "stride": 1}],
    }  # fmt: skip


@Family
def unet_3d(*, target_rf: PerAxis = (24, 92, 92)) -> Table:
    """A U-Net for volumes of thick slices: the first level halves height and width alone.

    `target_rf`: depth, height, width in voxels.
    """
    table = unet.table(
        target_rf=target_rf, axes=3, factors=([1, 2, 2], 2, 2), kernels=([1, 3, 3], 3), widths="16*jump:256"
    )
    return {**table, "title": "A U-Net for anisotropic volumes"}


@Family
def tcn(
    *,
    target_rf: int = 16_000,
    parameters: str | None = "500k",
    width: int = 64,
    stride: int = 1,
    padding: str = "causal",
    octaves: int = 13,
) -> Table:
    """Causal residual blocks with growing dilation, for sequences (Bai et al., 2018).

    `target_rf`: samples that the last output must see, 1 s at 16 kHz by default. `octaves`: dilations 1, 2, 4 and so on
    to choose from. With a `stride`, a power of two, layers of stride 2 go first. `padding` "same" makes it look both
    ways.
    """
    halvings = stride.bit_length() - 1
    stem: list[Table] = [
        {NOTE: "Down to the stride of the output.", "name": "stem", "block": "conv", "kernels": [3], "strides": [2],
         "dilations": [1], "layers": halvings}
    ] if halvings else []  # fmt: skip
    return {
        "title": "A causal TCN for 1 s at 16 kHz",
        "source": "Bai et al., An Empirical Evaluation of Generic Convolutional and Recurrent Networks, 2018",
        "input": {"channels": 1, "axes": 1},
        "defaults": {
            "kernels": [3, 5, 7],
            "strides": [1],
            "dilations": [2**i for i in range(octaves)],
            "widths": width,
            "block": "residual",
            "padding": padding,
        },
        "stack": [*stem, {"name": "blocks"}],
        "exit": [
            {"name": "out", "after": "blocks", "receptive_field": target_rf, **({"stride": stride} if halvings else {})}
        ],
        **({} if parameters is None else {"budget": {"parameters": parameters}}),
        "guards": {
            "max_dilation": 2 ** (octaves - 1),
            **({"max_output_stride": stride} if stride > MAX_STRIDE else {}),
        },
    }


@Family
def large_kernel(*, target_rf: PerAxis = 160, width: int = 64, blocks: Several = 2) -> Table:
    """A stage of large depthwise kernels beside small ones (Ding et al., RepLKNet, CVPR 2022).

    `blocks` of them at stride 4, each followed by a pointwise layer and added to what came before it.
    """
    stacks: list[Table] = [{"name": "stem", "kernels": [3], "strides": [2], "widths": width, "layers": 2}]
    merges: list[Table] = []
    before = "stem"
    for i in range(1, blocks + 1):
        one = {"after": before, "block": "depthwise", "layers": 1}
        stacks += [
            {"name": f"large{i}", "kernels": [7, 9, 11, 13, 15, 17, 19, 21, 25, 31], **one},
            {"name": f"small{i}", "kernels": [5], **one},
            {"name": f"mix{i}", "after": f"both{i}", "kernels": [1], "layers": 1},
        ]
        merges += [
            {"name": f"both{i}", "op": "add", "of": [f"large{i}", f"small{i}"]},
            {"name": f"block{i}", "op": "add", "of": [before, f"mix{i}"]},
        ]
        before = f"block{i}"
    stacks[1][NOTE] = "A large kernel and a small one see the same, and are added."
    return {
        "title": "A stage of large kernels",
        "source": "Ding et al., Scaling Up Your Kernels to 31x31, CVPR 2022",
        "defaults": {"strides": [1], "dilations": [1], "widths": width},
        "stack": stacks,
        "merge": merges,
        "exit": [{"name": "out", "after": before, "receptive_field": _per_axis(target_rf), "stride": 4}],
    }


@Family
def trident(*, fields: Sequence[int] = (90, 160, 300), stride: int = 16) -> Table:
    """Branches with the same weights and growing dilation (Li et al., TridentNet, ICCV 2019).

    `fields`: of the branches in pixels, smallest first, all at `stride`.
    """
    names = ("small", "medium", "large")[: len(fields)]
    tied = {"after": "trunk", "tied_to": "small", "shares_weights": True, "dilations": [1, 2, 3]}
    return {
        "title": "TridentNet: one set of weights, three fields",
        "source": "Li et al., Scale-Aware Trident Networks for Object Detection, ICCV 2019",
        "defaults": {"kernels": [3], "dilations": [1], "widths": "16*jump:256"},
        "stack": [
            {"name": "stem", "strides": [2], "layers": 2},
            {"name": "trunk", "strides": [1, 2], "layers": {"min": 2, "max": 12}},
            {
                NOTE: "The branches have as many layers of the same kernels; only their dilations differ.",
                "name": "small",
                "after": "trunk",
                "strides": [1],
                "layers": {"min": 1, "max": 6},
            },
            *({"name": name, **tied} for name in names[1:]),
        ],
        "relation": [{"of": list(names), "receptive_field": "increasing"}],
        "exit": [
            {"name": f"{name}_objects", "after": name, "receptive_field": field, "stride": stride}
            for name, field in zip(names, fields, strict=True)
        ],
    }


FAMILIES: dict[str, Family[...]] = {
    "plain": plain,
    "residual": residual,
    "mobile": mobile,
    "inception": inception,
    "aspp": aspp,
    "heads": heads,
    "fpn": fpn,
    "unet": unet,
    "unet-3d": unet_3d,
    "tcn": tcn,
    "large-kernel": large_kernel,
    "trident": trident,
}
"""Every family by the name that `rfsolve init` knows it by."""
