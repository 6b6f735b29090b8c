"""Two designs of equal parameters, trained on the same images: one sees the whole object, the other does not.

    python docs/examples/train.py

An image shows the four corners of a square of 33 pixels, on clutter made of the same corners. In half of the images
the corners look inwards and close the square; in the others each is turned about and looks outwards. A network that
sees one corner at its place can tell the two apart; one whose field ends before the corners sees clutter alone.

rfsolve finds both designs: five 3x3 layers of one width, stride 2. One must see the whole object, the other may not
see beyond 19 pixels. Dilation is all that differs, so parameters and multiply-accumulates are equal to the last one.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

import rfsolve

OBJECT = 33  # pixels: the side of the square
SIZE = 41  # of an image; the object lies in its middle, off by a pixel at most
ARM = 5  # pixels: each of the two arms of a corner
CLUTTER = 8  # corners at random places
NOISE = 0.25
WIDTH = 8
BATCH = 64
TESTED = 2000  # images that no training has seen
MARGIN = 10  # pixels around an image that are cut off, so that clutter may lie half outside


def designed(field: dict[str, int], dilations: list[int]) -> rfsolve.Design:
    """Return the cheapest design of five layers at stride 2 whose field is as asked."""
    problem = rfsolve.problem_from(
        {
            "input": {"channels": 1, "size": [SIZE, SIZE]},
            "defaults": {"kernels": [3], "strides": [1, 2], "dilations": dilations, "widths": WIDTH},
            "stack": [{"name": "trunk", "layers": 5}],
            "exit": [{"after": "trunk", "receptive_field": field, "stride": 2}],
            "objective": {"minimise": ["parameters", "macs"]},
        }
    )
    solution = rfsolve.solve(problem, explain=False)
    if solution.design is None:
        raise SystemExit(f"no design: {solution.status}")
    return solution.design


class Classifier(nn.Module):
    """A design, and one pointwise layer from its features to two classes, read out in the middle of the image."""

    def __init__(self, design: rfsolve.Design) -> None:
        super().__init__()
        self.trunk = rfsolve.to_torch(design)
        self.head = nn.Conv2d(WIDTH, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the two scores of each image."""
        scores: Tensor = self.head(self.trunk(x))
        middle = scores.shape[-1] // 2
        return scores[..., middle, middle]


@dataclass
class Images:
    """Draws images; the same seed draws the same ones."""

    seed: int

    def __post_init__(self) -> None:
        self.random = torch.Generator().manual_seed(self.seed)

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """Return images, and for each whether its square is closed."""
        canvas = torch.zeros(count, SIZE + 2 * MARGIN, SIZE + 2 * MARGIN)
        for _ in range(CLUTTER):
            row, column = (self._numbers(ARM, canvas.shape[1] - ARM, count) for _ in range(2))
            _corner(canvas, row, column, self._signs(count), self._signs(count))
        closed = self._numbers(0, 2, count)
        middle_row, middle_column = (canvas.shape[1] // 2 + self._numbers(-1, 2, count) for _ in range(2))
        inwards = 2 * closed - 1
        for down in (-1, 1):
            for right in (-1, 1):
                row, column = middle_row + down * (OBJECT // 2), middle_column + right * (OBJECT // 2)
                _corner(canvas, row, column, -down * inwards, -right * inwards)
        image = canvas[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
        return (image + NOISE * torch.randn(image.shape, generator=self.random)).unsqueeze(1), closed

    def _numbers(self, low: int, high: int, count: int) -> Tensor:
        return torch.randint(low, high, (count,), generator=self.random)

    def _signs(self, count: int) -> Tensor:
        return 2 * self._numbers(0, 2, count) - 1


def _corner(canvas: Tensor, row: Tensor, column: Tensor, down: Tensor, right: Tensor) -> None:
    """Draw a corner into each image: from its tip an arm down or up, and one to the right or to the left."""
    image = torch.arange(len(canvas))
    for step in range(ARM):
        canvas[image, row + down * step, column] = 1
        canvas[image, row, column + right * step] = 1


def accuracy(design: rfsolve.Design, seed: int, steps: int) -> float:
    """Return the part of unseen images that is told right after training."""
    torch.manual_seed(seed)
    network = Classifier(design)
    images = Images(seed)
    optimiser = torch.optim.AdamW(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=1e-2, total_steps=steps)
    for _ in range(steps):
        x, closed = images.draw(BATCH)
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(x), closed).backward()
        optimiser.step()
        schedule.step()
    network.eval()
    with torch.no_grad():
        x, closed = Images(seed=10_000 + seed).draw(TESTED)
        return float((network(x).argmax(1) == closed).float().mean())


def rows(seeds: int, steps: int) -> Iterator[str]:
    """Yield a line for each design: what it sees and costs, and the accuracies."""
    yield f"{'field':>5}  {'parameters':>10}  {'MACs':>9}  accuracy, one for each seed"
    for field, dilations in (({"min": OBJECT}, [1, 2, 4]), ({"max": 19}, [1])):
        design = designed(field, dilations)
        found = [accuracy(design, seed, steps) for seed in range(seeds)]
        (sees, _), *_ = design.exits[0].receptive_field
        told = " ".join(f"{one:.3f}" for one in found)
        yield f"{sees:5}  {design.parameters:10,}  {design.macs:9,}  {told}  mean {sum(found) / seeds:.3f}"


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description="Two designs of equal parameters, one of which sees the object.")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each design [3]")
    parser.add_argument("--steps", type=int, default=100, help=f"batches of {BATCH} images for each training [100]")
    arguments = parser.parse_args()
    torch.use_deterministic_algorithms(mode=True)
    torch.set_num_threads(1)  # sums in one order, and these layers are too small for more
    began = time.perf_counter()
    for row in rows(arguments.seeds, arguments.steps):
        print(row, flush=True)
    print(f"time  {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
