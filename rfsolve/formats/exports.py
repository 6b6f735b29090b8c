"""What a network can be written as: one row for each format."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from rfsolve.errors import InputError
from rfsolve.formats.blueprint import Blueprint, graph_of
from rfsolve.formats.extras import require

Written = str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFormat:
    """A format: the ending of its files, the module of `rfsolve.formats` that writes it, and the extra it needs.

    The module has a function `export`, from a Blueprint to the text or the bytes of a file. It is imported when it is
    used.
    """

    name: str
    suffix: str
    module: str
    words: str
    extra: str | None = None

    def write(self, blueprint: Blueprint) -> Written:
        """Return the network in this format.

        Raises:
            InputError: it has no such form, or a package is missing; says what, and how to install it.

        """
        if self.extra is not None:
            require(self.extra, f"--to {self.name}")
        export: Callable[[Blueprint], Written] = import_module(f"rfsolve.formats.{self.module}").export
        return export(blueprint)


_ROWS = (
    ExportFormat(
        name="torch", suffix=".py", module="torch.source", words="PyTorch source, one file that needs torch alone"
    ),
    ExportFormat(
        name="onnx", suffix=".onnx", module="onnx.writing", words="an ONNX model with weights drawn anew", extra="onnx"
    ),
    ExportFormat(name="dot", suffix=".dot", module="dot", words="a drawing for Graphviz"),
    ExportFormat(name="mermaid", suffix=".mmd", module="mermaid", words="a flowchart that GitHub draws"),
    ExportFormat(name="keras", suffix=".py", module="keras.writing", words="Keras 3 source"),
    ExportFormat(name="ultralytics", suffix=".yaml", module="ultralytics.writing", words="a model YAML for yolo"),
    ExportFormat(name="mmcv", suffix=".py", module="mmcv", words="a config fragment for MMEngine"),
    ExportFormat(name="nnunet", suffix=".json", module="nnunet", words="the architecture of an nnU-Net plans file"),
    ExportFormat(
        name="timm", suffix=".py", module="torch.backbone", words="PyTorch source of a backbone, as timm's are"
    ),
    ExportFormat(name="csv", suffix=".csv", module="layer_csv", words="a table of layers"),
)


def export(design: object, to: str) -> Written:
    """Return a design in a format: a Design, a LayerGraph, or what `open_network` reads.

    Raises:
        InputError: there is no such format, it has no form for the network, or a package is missing.
        GraphError: it has none for a layer; names it.

    """
    if to not in EXPORTS:
        raise InputError(f"{to}: no format, expected one of {', '.join(EXPORTS)}")
    return EXPORTS[to].write(Blueprint(graph=graph_of(design)))


EXPORTS = {row.name: row for row in _ROWS}
"""Every format by the name that `--to` takes."""
