"""Packages that only some formats need, and how to install them."""

from importlib import import_module

from rfsolve.errors import InputError

PACKAGES = {"onnx": "onnx", "torch": "torch"}
"""The module that each extra of rfsolve brings."""


def require(extra: str, what: str, *, module: str | None = None) -> None:
    """Import the package of an extra, or one `module` of several that it brings.

    Raises:
        InputError: it is not installed, or broken; names `what` needs it, and the line that installs it.

    """
    package = PACKAGES[extra] if module is None else module
    try:
        import_module(package)
    except ModuleNotFoundError:
        raise InputError(f"{what}: needs {package}, install it: pip install 'rfsolve[{extra}]'") from None
    except (ImportError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        line = f"pip install 'rfsolve[{extra}]'"
        raise InputError(f"{what}: {package} cannot be imported ({reason}), install it anew: {line}") from None
