"""`rfsolve fingerprint`: how large the objects of a dataset are."""

from typing import Any

import click


@click.command()
@click.argument("annotations")
@click.option(
    "--format",
    "kind",
    metavar="NAME",
    help="coco, yolo, voc, dota, masks, nifti, events or sizes. [told from the files]",
)
@click.option(
    "--resize",
    metavar="HOW",
    help="What is done to images before training: letterbox:640x640, stretch:640x640, shortest:800:1333 "
    "(at most 1333 the other way), tile:512x512:64 (overlap 64). [none; volumes to their median spacing]",
)
@click.option("--image-size", metavar="PX", help="Size of the images whose size is not known: 640 or 480x640.")
@click.option("--sample-rate", metavar="HZ", type=float, help="Samples or frames per second of the signal, for events.")
@click.option(
    "--masks",
    type=click.Choice(["classes", "instances"]),
    help="What the values of masks are: classes, whose connected parts are objects, or objects. [16 bits: instances]",
)
@click.option(
    "--policy",
    metavar="NAME",
    help="Show the levels that the objects need: contains, erf, lffd or s3fd; or fpn, fcos, retinanet or trident.",
)
@click.option("--policies", metavar="FILE", help="A problem file whose [[policy]] tables --policy can name.")
@click.option(
    "--assignment", metavar="NAME", help="Which level serves an object: lffd, s3fd, fpn, fcos, .. [--policy's]"
)
@click.option("--cells", metavar="N", type=float, help="Cells that an object spans at least. [the policy's, or 2.5]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (rfsolve.fingerprint/1).")
@click.option("--csv", "as_csv", is_flag=True, help="Print a row for each object; the format sizes reads it again.")
@click.option("--out", metavar="FILE", help="Write the JSON, or the CSV, to FILE, whole or not at all.")
@click.option("--force", is_flag=True, help="Overwrite FILE where it exists.")
def command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Show how large the objects of a dataset are on a network's input.

    ANNOTATIONS is a COCO JSON, a folder of YOLO labels (or its data.yaml), of Pascal VOC XML, of DOTA
    labels, of masks (PNG) or of NIfTI masks, a list of events (onset, offset), a table of sizes
    (height,width), or the name of what is published: coco, wider-face, ai-tod.
    """
    from rfsolve.cli.fingerprinting import run  # noqa: PLC0415 - keeps --help light

    return run(options)
