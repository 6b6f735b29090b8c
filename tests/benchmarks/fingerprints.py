"""Fingerprints of COCO-sized JSON, in a process of their own: seconds, and the most memory that was resident.

The objects are drawn from SNIP's percentiles; with corners, each has a polygon, so that the file is 500 MB.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from math import exp
from pathlib import Path
from random import Random

from timing import show

ROOT = Path(__file__).parents[2]
IMAGES = 118_000
SECONDS, MEGABYTES = 60, 1_000
"""What is promised."""
CLASSES = 90


def write(path: Path, objects: int, corners: int) -> None:
    """Write COCO JSON of that many objects, each with a polygon of that many corners."""
    random = Random(1)  # noqa: S311 - no secret
    with path.open("w", encoding="utf-8") as file:
        images = (f'{{"id": {n}, "height": 480, "width": 640, "file_name": "{n:012}.jpg"}}' for n in range(IMAGES))
        file.write(f'{{"images": [{", ".join(images)}], "annotations": [')
        for n in range(objects):
            file.write(", " if n else "")
            file.write(annotation(random, n, corners))
        categories = [{"id": n, "name": f"class {n}"} for n in range(1, CLASSES + 1)]
        file.write(f'], "categories": {json.dumps(categories)}}}')


def annotation(random: Random, number: int, corners: int) -> str:
    """Return one object, as COCO writes it."""
    side, aspect = min(0.9, 0.106 * exp(random.gauss(0, 1.161))) * 554, exp(random.gauss(0, 0.4))
    height, width = side * aspect**0.5, side / aspect**0.5
    points = ", ".join(f"{random.random() * 640:.2f}" for _ in range(2 * corners))
    return (
        f'{{"segmentation": [[{points}]], "area": {0.7 * height * width:.4f}, "iscrowd": 0, '
        f'"image_id": {random.randrange(IMAGES)}, "bbox": [{random.random() * 100:.2f}, {random.random() * 100:.2f}, '
        f'{width:.2f}, {height:.2f}], "category_id": {random.randint(1, CLASSES)}, "id": {number}}}'
    )


def measure(path: Path) -> tuple[float, float, int]:
    """Return seconds, megabytes and objects of `rfsolve fingerprint`."""
    started = time.perf_counter()
    words = [sys.executable, "-m", "rfsolve", "fingerprint", str(path), "--resize", "letterbox:640", "--json"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return seconds, megabytes, json.loads(done.stdout)["objects"]


def main() -> int:
    """Print a row for boxes alone, and one for polygons; 1 where either takes over 60 seconds or 1 GB."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=860_000, help="how many; 860,000 by default, as in COCO")
    parser.add_argument("--json", action="store_true", help="print JSON")
    chosen = parser.parse_args()
    slow, rows = False, []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "instances.json")
        for corners in (0, 33):
            write(path, chosen.objects, corners)
            seconds, megabytes, objects = measure(path)
            size = path.stat().st_size / 10**6
            rows.append((f"{objects:,}", f"{size:,.0f}", f"{seconds:.1f}", f"{megabytes:,.0f}"))
            slow |= seconds > SECONDS or megabytes > MEGABYTES
    columns = ("objects", "MB of JSON", "seconds", "MB resident")
    show("Fingerprints of COCO JSON", columns, rows, [f"promised: {SECONDS} s, {MEGABYTES:,} MB"], as_json=chosen.json)
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
