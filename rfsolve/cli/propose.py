"""`rfsolve propose`: from the objects of a dataset to networks that see them."""

from typing import Any

import click

from rfsolve.cli.bounded import within

TASKS = ("detection", "segmentation", "sequence", "volume")


@click.command()
@click.argument("task", type=click.Choice(TASKS))
@click.argument("annotations", required=False)
@click.option("--sizes", metavar="LIST", help="Sizes in place of ANNOTATIONS: 52, or 20,40x60 (height x width).")
@click.option(
    "--format", "kind", metavar="NAME", help="Format of ANNOTATIONS, as of fingerprint. [told from the files]"
)
@click.option("--resize", metavar="HOW", help="What is done to images before training: letterbox:640x640, .. [none]")
@click.option("--image-size", metavar="PX", help="Size of the images whose size is not known: 640 or 480x640.")
@click.option("--sample-rate", metavar="HZ", type=float, help="Samples per second of the signal, for events.")
@click.option(
    "--masks",
    type=click.Choice(["classes", "instances"]),
    help="What the values of masks are: classes, whose connected parts are objects, or objects. [16 bits: instances]",
)
@click.option("--policies", metavar="FILE", help="A problem file whose [[policy]] tables --policy can name.")
@click.option(
    "--policy", metavar="NAME", help="What a level must see of its objects: contains, erf, lffd, .. [contains]"
)
@click.option(
    "--assignment", metavar="NAME", help="Which level serves an object: lffd, s3fd, fpn, fcos, .. [--policy's]"
)
@click.option("--cells", metavar="N", type=float, help="Cells that an object spans at least. [the policy's, or 2.5; 2]")
@click.option("--neck", metavar="NAME", help="Detection: trunk (an exit at each level) or fpn. [trunk]")
@click.option(
    "--framework", metavar="NAME", help="Whose anchors: torchvision, mmdetection, yolo or fcos. [torchvision]"
)
@click.option("--head", metavar="NAME", help="Segmentation: aspp or unet. [by the thinnest objects]")
@click.option("--stride", metavar="N", help="Segmentation, sequence: stride of the output. [by the smallest objects]")
@click.option("--centred", is_flag=True, help="Sequence: see both sides of an output, not the past alone.")
@click.option("--spacing", metavar="MM", help="Volume: size of a voxel, 5x1.56x1.56. [as the files state it]")
@click.option("--patch", metavar="SIZE", help="Volume: voxels of a patch. [by nnU-Net's rule]")
@click.option(
    "--memory-gb",
    metavar="GB",
    type=float,
    callback=within(0, 10_000, above=True),
    help="Volume: memory that a patch is planned for. [8]",
)
@click.option("--input-size", metavar="SIZE", help="Size of the network's input. [that of the images, resized]")
@click.option("--in-channels", metavar="N", help="Channels of the input. [3; 1 for sequences and volumes]")
@click.option("--widths", metavar="PLAN", help="Channels: 64, or a choice 32,64,128, or 32*jump:512. [by the task]")
@click.option("--dilations", metavar="LIST", help="Dilations to choose from. [by the task]")
@click.option("--norm", metavar="NAME", help="Normalisation, as in a problem file. [batch]")
@click.option("--max-params", metavar="AMOUNT", help="Budget of parameters, e.g. 1M. [those of the first baseline]")
@click.option("--max-macs", metavar="AMOUNT", help="Budget of multiply-accumulates, e.g. 2G.")
@click.option(
    "--baselines", metavar="LIST", help="Networks to compare with, resnet50-fpn,unet, ..; none. [by the task]"
)
@click.option(
    "--time-limit",
    type=float,
    callback=within(0, 10_000_000, above=True),
    default=8.0,
    metavar="SECONDS",
    help="Time for all searches together. [8]",
)
@click.option("--seed", type=int, callback=within(0, 2**31 - 1), default=0, metavar="N", help="Seed of the solver. [0]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (rfsolve.proposal/1).")
@click.option(
    "--out",
    metavar="DIR",
    help="Write each proposal's plan, design (JSON), PyTorch code and the whole document into DIR.",
)
@click.option("--force", is_flag=True, help="Replace DIR where it holds such files.")
def command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Propose networks for the objects of a dataset, with the evidence for each choice.

    TASK is detection, segmentation, sequence or volume. ANNOTATIONS are what fingerprint reads, or the
    name of what is published: coco, wider-face, ai-tod.

    Cheapest: fewest parameters with which every level has the field and the stride that its objects
    ask for. Best: besides, the effective field of each level holds the largest part of its objects (50, 75,
    90 or 100 %) that the budget allows. Balanced: the next part above the cheapest, where that is not the
    best already. (Encoders and decoders: 1.5, 2, 3 or 4 times the field in place of parts.) What costs
    nothing is taken at once. Each is proven minimal for what it asks where time allows, and its plan is a
    problem file.
    """
    from rfsolve.cli.proposing import run  # noqa: PLC0415 - keeps --help light

    return run(options)
