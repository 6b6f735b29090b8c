"""Tables as pandas has them, where pandas is installed."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from rfsolve.errors import InputError


def data_frame(records: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401 - a pandas.DataFrame, and pandas is not needed to import this
    """Return a pandas.DataFrame, a row for each record.

    Raises:
        InputError: pandas is not installed.

    """
    try:
        pandas = import_module("pandas")
    except ImportError:
        raise InputError("a data frame needs pandas, install it: pip install pandas") from None
    return pandas.DataFrame(records, columns=columns)
