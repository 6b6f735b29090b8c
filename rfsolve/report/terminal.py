"""The console that results are printed on."""

from rich.console import Console


def stdout_console() -> Console:
    """Return a console on stdout: as wide as the terminal, or COLUMNS, or 80 columns."""
    return Console(highlight=False, markup=False, emoji=False)
