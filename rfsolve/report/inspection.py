"""`rfsolve.inspect`: a network opened, analysed, and shown as a table wherever it is printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from rfsolve.errors import InputError
from rfsolve.formats.data_frame import data_frame
from rfsolve.formats.inspected import Inspected
from rfsolve.formats.inspection_json import inspection_document
from rfsolve.formats.inspection_rows import inspection_rows
from rfsolve.formats.network import Network
from rfsolve.formats.opening import analyses, open_network
from rfsolve.report.inspection_html import inspection_html
from rfsolve.report.inspection_page import inspection_text

WIDTH = 100
"""Columns of a table that is printed from Python."""

MOST_AXES = 3


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Inspection(Inspected):
    """What was found of a network; printed, it is the table, and in a notebook too."""

    def __repr__(self) -> str:
        return inspection_text(self, WIDTH)

    def _repr_html_(self) -> str:
        return inspection_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the document that `rfsolve inspect --json` prints (`rfsolve.inspection/1`)."""
        return inspection_document(self)

    def to_frame(self) -> Any:  # noqa: ANN401 - a pandas.DataFrame, and pandas is not needed to import this
        """Return a pandas.DataFrame with a row for each tap, input and axis, as `rfsolve inspect --csv` prints.

        Raises:
            InputError: pandas is not installed.

        """
        return data_frame(inspection_rows(self))


def inspect(
    model: object,
    *,
    input_size: int | Sequence[int] | None = None,
    object_size: int | Sequence[int] | None = None,
    taps: str | Sequence[str] = (),
) -> Inspection:
    """Return what every node of a network sees of its inputs.

    `model` is a LayerGraph, a torch.nn.Module, or the name of one: a file (.json, .onnx, .pt2), a
    layer list, `module:factory`. `input_size` in pixels per axis (one number for all) takes the
    place of the size that the network states. `object_size`, in pixels, is what the lints hold the
    fields against. `taps` are names and patterns of what is shown (`all`, `layers` and `stages`
    too); `.taps` holds all of them whatever is shown.

    Raises:
        RfsolveError: the network cannot be read or its layers do not fit together.

    """
    words = taps.split(",") if isinstance(taps, str) else taps
    asked = [word.strip() for word in words if word.strip()]
    return inspection(open_network(model, _size("input_size", input_size)), _size("object_size", object_size), asked)


def inspection(network: Network, object_size: tuple[int, ...] | None, asked: Sequence[str]) -> Inspection:
    """Return the inspection of a network that is open."""
    return Inspection(network=network, analyses=analyses(network.graph), object_size=object_size, asked=tuple(asked))


def _size(name: str, size: int | Sequence[int] | None) -> tuple[int, ...] | None:
    if size is None:
        return None
    found: tuple[object, ...] = tuple(size) if isinstance(size, Iterable) else (size,)
    whole = tuple(int(n) for n in found if isinstance(n, Integral) and not isinstance(n, bool) and int(n) >= 1)
    if not 1 <= len(found) <= MOST_AXES or len(whole) != len(found):
        raise InputError(f"{name}: {size!r} is no size, expected pixels such as 224 or (480, 640)")
    return whole
