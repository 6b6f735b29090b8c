"""Aligned rows of text with titled sections between them, without box characters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from rich.cells import cell_len
from rich.text import Text

WIDE, CLOSE = 2, 1
"""Blanks between two columns."""

NARROWEST = 30
"""Columns that a section line has before it wraps, however narrow the console."""


@dataclass(frozen=True, slots=True)
class Column:
    """A title, and whether its cells stand to the right."""

    title: str
    right: bool = True


@dataclass(slots=True)
class Grid:
    """Rows, never wrapped, and section lines."""

    columns: Sequence[Column]
    _lines: list[tuple[str, ...] | str] = field(default_factory=list)

    def row(self, *cells: str) -> None:
        """Add a row, one cell for each column."""
        self._lines.append(tuple(shown(cell) for cell in cells))

    def section(self, title: str) -> None:
        """Add a line of its own."""
        self._lines.append(shown(title))

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """The rows without the section lines."""
        return [line for line in self._lines if not isinstance(line, str)]

    def rendered(self, width: int) -> Text:
        """Return the grid, its columns closer together where `width` is short of room."""
        titles = [column.title for column in self.columns]
        widths = self._widths(titles)
        gap = WIDE if self._total(widths, WIDE) <= width else CLOSE
        text = Text(no_wrap=True, overflow="ignore")
        text.append(self._line(titles, widths, gap) + "\n", style="bold")
        text.append("-" * self._total(widths, gap), style="dim")
        for line in self._lines:
            if isinstance(line, str):
                text.append("\n" + "\n".join(_wrapped(line, max(NARROWEST, width))), style="bold cyan")
            else:
                text.append("\n" + self._line(line, widths, gap))
        return text

    def _widths(self, titles: Sequence[str]) -> list[int]:
        rows = [titles, *(line for line in self._lines if not isinstance(line, str))]
        return [max(cell_len(row[i]) for row in rows) for i in range(len(self.columns))]

    @staticmethod
    def _total(widths: Sequence[int], gap: int) -> int:
        return sum(widths) + gap * (len(widths) - 1)

    def _line(self, cells: Sequence[str], widths: Sequence[int], gap: int) -> str:
        aligned = [
            _aligned(cell, width, right=column.right)
            for cell, width, column in zip(cells, widths, self.columns, strict=True)
        ]
        return (" " * gap).join(aligned).rstrip()


def _aligned(cell: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - cell_len(cell))
    return blanks + cell if right else cell + blanks


def _wrapped(line: str, width: int) -> list[str]:
    if cell_len(line) <= width:
        return [line]
    return wrap(line, width, subsequent_indent="    ", break_on_hyphens=False, break_long_words=False)


def shown(text: str) -> str:
    """Return the text with what could move a terminal's cursor written out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
