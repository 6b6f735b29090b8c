"""What was found of a network, on a terminal: one row for each tap, then the totals."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from rfsolve.formats.inspected import Inspected
from rfsolve.report.boxes import box_grid
from rfsolve.report.facts import facts_text
from rfsolve.report.inspection_facts import inspection_facts
from rfsolve.report.inspection_grid import inspection_grid
from rfsolve.report.object_grid import object_grid


def print_inspection(console: Console, found: Inspected, *, at: Sequence[int] | None = None) -> None:
    """Print a table for each input of the network, boxes where an output is asked for, and the totals."""
    for n, part in enumerate(inspection_parts(found, console.width, at=at)):
        if n:
            console.print()
        console.print(part, soft_wrap=True)


def inspection_text(found: Inspected, width: int) -> str:
    """Return the page without colours."""
    return "\n\n".join(part.plain for part in inspection_parts(found, width))


def inspection_parts(found: Inspected, width: int, *, at: Sequence[int] | None = None) -> list[Text]:
    """Return the tables and the facts, to be parted by empty lines."""
    parts = [inspection_grid(found, analysis).rendered(width) for analysis in found.analyses]
    if found.object_size is not None:
        parts += [object_grid(found, analysis).rendered(width) for analysis in found.analyses]
    if at is not None:
        parts.append(box_grid(found, at).rendered(width))
    return [*parts, facts_text(inspection_facts(found), width)]
