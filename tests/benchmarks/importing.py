"""What it costs to ask what a network sees: `rfsolve inspect` of an ONNX file, and the analysis beside one gradient.

Networks as rfsolve builds them, at 224x224 pixels. The gradient is what one measures with otherwise: of
one output, in float64, through the module in PyTorch, forward and backward, once; it tells one phase of one layer.
"""

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from startup import RFSOLVE, measure
from timing import Answer, parser, progress, show, side_by_side, times

from rfsolve import LayerGraph, analyse, export, to_torch
from rfsolve.propose.baselines.table import baseline

SIZE = 224
NETWORKS = ("resnet18", "resnet50", "mobilenet-v2", "csp-s", "resnet50-fpn", "unet")


def gradient(graph: LayerGraph) -> Callable[[], Answer]:
    """Return what takes one gradient of one output position."""
    import torch  # noqa: PLC0415 - the other side of the comparison

    module = to_torch(graph).double().eval()
    x = torch.randn(1, 3, SIZE, SIZE, dtype=torch.float64, requires_grad=True)

    def run() -> Answer:
        found = module(x)
        value = list(found.values())[-1] if isinstance(found, dict) else found
        middle = [extent // 2 for extent in value.shape[2:]]
        (back,) = torch.autograd.grad(value[(0, slice(None), *middle)].sum(), x)
        return Answer(float((back != 0).sum()), proven=True)

    return run


def analysed(graph: LayerGraph) -> Answer:
    """Analyse every node."""
    return Answer(float(len(analyse(graph).taps)), proven=True)


def main() -> int:
    """Print a row for each network."""
    chosen = parser(__doc__, time_limit=60.0, repeat=5).parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in NETWORKS:
            progress(name)
            graph = baseline(name, channels=3, size=(SIZE, SIZE)).graph
            path = Path(folder) / f"{name}.onnx"
            data = export(graph, "onnx")
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
            ours: Callable[[], Answer] = partial(analysed, graph)
            analysis, other = side_by_side(chosen.repeat, [ours, gradient(graph)])
            command = measure((*RFSOLVE, "inspect", str(path)), chosen.time_limit, chosen.repeat)
            taken = f"{(analysis.seconds or 0.0) * 1e3:.1f}"
            columns = (str(len(graph)), f"{path.stat().st_size / 1e6:.0f}", str(command), taken, str(other))
            rows.append((name, *columns, times(other.ratio_to(analysis))))
    columns = ("network", "nodes", "MB", "inspect s", "analysis ms", "gradient s", "gradient/analysis")
    show("Asking what a network sees", columns, rows, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
