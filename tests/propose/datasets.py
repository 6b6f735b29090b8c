"""Datasets in every format, made from the same objects: their sizes are drawn from published distributions.

Sides are whole pixels, so that what a reader finds can be compared without tolerances. The writers know nothing of
rfsolve's readers; pillow and nibabel write what they can.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, exp, sin
from pathlib import Path
from random import Random

from PIL import Image

CLASSES = ("person", "car", "drone")
IMAGES = ((480, 640), (1080, 1920), (512, 512))


@dataclass(frozen=True)
class Box:
    """One object: its class, its image, and where it is there."""

    kind: int
    image: int
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Dataset:
    """Objects on images of several sizes (height, width)."""

    images: tuple[tuple[int, int], ...]
    boxes: tuple[Box, ...]

    @property
    def sides(self) -> list[tuple[int, int]]:
        """Height and width of each object."""
        return [(box.height, box.width) for box in self.boxes]

    def on(self, image: int) -> list[Box]:
        """The objects of one image."""
        return [box for box in self.boxes if box.image == image]


Sides = Callable[[Random], float]


def coco_sides(random: Random) -> float:
    """sqrt(area) / image of COCO by SNIP's percentiles: median 0.106, 10th 0.024, 90th 0.472; on 554 px."""
    return min(0.9, 0.106 * exp(random.gauss(0, 1.161))) * 554


def ai_tod_sides(random: Random) -> float:
    """Mean 12.8 px, deviation 5.9 (Wang 2020)."""
    return min(64.0, 11.62 * exp(random.gauss(0, 0.439)))


def face_sides(random: Random) -> float:
    """As many in each octave from 10 to 560 px (LFFD's bands)."""
    return 10 * 56 ** random.random()


def dataset(count: int, seed: int = 0, sides: Sides = coco_sides, images: int = 12) -> Dataset:
    """Return objects at random places; each lies in its image, none is smaller than 2 pixels."""
    random = Random(seed)  # noqa: S311 - no secret
    sizes = tuple(IMAGES[random.randrange(len(IMAGES))] for _ in range(images))
    boxes = []
    for _ in range(count):
        image = random.randrange(images)
        tall, wide = sizes[image]
        side, aspect = sides(random), exp(random.gauss(0, 0.4))
        height = max(2, min(tall - 1, round(side * aspect**0.5)))
        width = max(2, min(wide - 1, round(side / aspect**0.5)))
        place = random.randint(0, wide - width), random.randint(0, tall - height)
        boxes.append(Box(random.randrange(len(CLASSES)), image, *place, width, height))
    return Dataset(sizes, tuple(boxes))


def disjoint(count: int, seed: int = 0, size: tuple[int, int] = (240, 320), images: int = 4) -> Dataset:
    """Return objects that do not touch, one to a cell of 40 pixels: for masks."""
    random = Random(seed)  # noqa: S311 - no secret
    cells = [
        (image, top, left) for image in range(images) for top in range(0, size[0], 40) for left in range(0, size[1], 40)
    ]
    boxes = []
    for image, top, left in random.sample(cells, count):
        height, width = (max(1, min(38, round(ai_tod_sides(random)))) for _ in range(2))
        kind = random.randrange(len(CLASSES))
        boxes.append(
            Box(kind, image, left + random.randint(0, 38 - width), top + random.randint(0, 38 - height), width, height)
        )
    return Dataset((size,) * images, tuple(boxes))


# writers ----------------------------------------------------------------------------------------------------------


def write_coco(data: Dataset, path: Path) -> Path:
    """instances.json, with polygons and areas."""
    annotations = [
        {
            "id": n + 1,
            "image_id": box.image + 1,
            "category_id": box.kind + 1,
            "bbox": [box.left, box.top, box.width, box.height],
            "area": box.width * box.height,
            "iscrowd": 0,
            "segmentation": [_corners(box)],
        }
        for n, box in enumerate(data.boxes)
    ]
    path.write_text(
        json.dumps(
            {
                "info": {"description": "generated"},
                "images": [
                    {"id": n + 1, "height": tall, "width": wide, "file_name": f"{n}.jpg"}
                    for n, (tall, wide) in enumerate(data.images)
                ],
                "annotations": annotations,
                "categories": [{"id": n + 1, "name": name} for n, name in enumerate(CLASSES)],
            }
        )
    )
    return path


def _corners(box: Box) -> list[float]:
    right, bottom = box.left + box.width, box.top + box.height
    return [box.left, box.top, right, box.top, right, bottom, box.left, bottom]


def write_images(data: Dataset, folder: Path) -> None:
    """Blank images."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, (tall, wide) in enumerate(data.images):
        Image.new("L", (wide, tall)).save(folder / f"{n:04}.png")


def write_yolo(data: Dataset, root: Path, *, polygons: bool = False, images: bool = True) -> Path:
    """labels/train/*.txt and images/train/*.png, with data.yaml; polygons of five corners."""
    folder = root / "labels" / "train"
    folder.mkdir(parents=True)
    if images:
        write_images(data, root / "images" / "train")
    (root / "data.yaml").write_text("names:\n" + "".join(f"  {n}: {name}\n" for n, name in enumerate(CLASSES)))
    for n, (tall, wide) in enumerate(data.images):
        lines = [_yolo_row(box, tall, wide, polygons=polygons) for box in data.on(n)]
        (folder / f"{n:04}.txt").write_text("\n".join(lines) + "\n")
    return root


def _yolo_row(box: Box, tall: int, wide: int, *, polygons: bool) -> str:
    if polygons:
        corners = _corners(box)
        corners += [box.left, box.top + box.height / 2]
        numbers = [value / (tall if place % 2 else wide) for place, value in enumerate(corners)]
    else:
        centre = (box.left + box.width / 2) / wide, (box.top + box.height / 2) / tall
        numbers = [*centre, box.width / wide, box.height / tall]
    return " ".join([str(box.kind), *(f"{number:.9f}" for number in numbers)])


def write_voc(data: Dataset, folder: Path) -> Path:
    """One XML for each image."""
    folder.mkdir(parents=True)
    for n, (tall, wide) in enumerate(data.images):
        objects = "".join(
            f"<object><name>{CLASSES[box.kind]}</name><difficult>0</difficult><bndbox><xmin>{box.left}</xmin>"
            f"<ymin>{box.top}</ymin><xmax>{box.left + box.width}</xmax><ymax>{box.top + box.height}</ymax></bndbox>"
            "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>"
            "</object>"
            for box in data.on(n)
        )
        (folder / f"{n:04}.xml").write_text(
            f"<annotation><filename>{n:04}.jpg</filename><size><width>{wide}</width><height>{tall}</height>"
            f"<depth>3</depth></size>{objects}</annotation>"
        )
    return folder


def write_dota(data: Dataset, root: Path, turn: float = 0.5) -> Path:
    """labelTxt/*.txt and images/*.png: the boxes, each turned about its centre by `turn` radians."""
    folder = root / "labelTxt"
    folder.mkdir(parents=True)
    write_images(data, root / "images")
    for n in range(len(data.images)):
        lines = ["imagesource:GoogleEarth", "gsd:0.146"]
        for box in data.on(n):
            middle = box.left + box.width / 2, box.top + box.height / 2
            numbers = []
            for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                across, down = x * box.width / 2, y * box.height / 2
                numbers += [
                    middle[0] + across * cos(turn) - down * sin(turn),
                    middle[1] + across * sin(turn) + down * cos(turn),
                ]
            lines.append(" ".join([*(f"{number:.9f}" for number in numbers), CLASSES[box.kind], "0"]))
        (folder / f"{n:04}.txt").write_text("\n".join(lines) + "\n")
    return folder


def write_sizes(data: Dataset, path: Path, separator: str = ",") -> Path:
    """A table with a row for each object."""
    head = ["height", "width", "class", "image", "image_height", "image_width"]
    rows = [[box.height, box.width, CLASSES[box.kind], box.image, *data.images[box.image]] for box in data.boxes]
    path.write_text("\n".join(separator.join(map(str, row)) for row in [head, *rows]) + "\n")
    return path


def write_events(seconds: Sequence[tuple[float, float]], path: Path) -> Path:
    """A list of events with onset and offset, as DCASE has them."""
    lines = [f"{onset:.6f}\t{offset:.6f}\t{CLASSES[n % 3]}" for n, (onset, offset) in enumerate(seconds)]
    path.write_text("onset\toffset\tevent_label\n" + "\n".join(lines) + "\n")
    return path
