"""Aligned rows of text with titled sections between them, without box characters."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.text import Text


@dataclass(frozen=True, slots=True)
class Column:
    """A title, its short form for narrow terminals, and whether its cells stand to the right."""

    title: str
    short: str
    right: bool = True


@dataclass(slots=True)
class Grid:
    """Rows and section lines; as wide as the console allows, never wrapped."""

    columns: Sequence[Column]
    _lines: list[tuple[str, ...] | str] = field(default_factory=list)

    def row(self, *cells: str) -> None:
        """Add a row, one cell for each column."""
        self._lines.append(tuple(shown(cell) for cell in cells))

    def section(self, title: str) -> None:
        """Add a line of its own."""
        self._lines.append(shown(title))

    def rendered(self, width: int) -> Text:
        """Return the grid: long titles where `width` allows, else short ones, else closer."""
        titles, gap = self._layout(width)
        widths = self._widths(titles)
        text = Text(no_wrap=True, overflow="ignore")
        text.append(self._line(titles, widths, gap) + "\n", style="bold")
        text.append("-" * self._total(widths, gap), style="dim")
        for line in self._lines:
            if isinstance(line, str):
                text.append(f"\n{line}", style="bold cyan")
            else:
                text.append("\n" + self._line(line, widths, gap))
        return text

    def _layout(self, width: int) -> tuple[list[str], int]:
        long, short = [c.title for c in self.columns], [c.short for c in self.columns]
        for titles, gap in ((long, 2), (short, 2)):
            if self._total(self._widths(titles), gap) <= width:
                return titles, gap
        return short, 1

    def _widths(self, titles: Sequence[str]) -> list[int]:
        rows = [titles, *(line for line in self._lines if not isinstance(line, str))]
        return [max(len(row[i]) for row in rows) for i in range(len(self.columns))]

    @staticmethod
    def _total(widths: Sequence[int], gap: int) -> int:
        return sum(widths) + gap * (len(widths) - 1)

    def _line(self, cells: Sequence[str], widths: Sequence[int], gap: int) -> str:
        aligned = [
            cell.rjust(width) if column.right else cell.ljust(width)
            for cell, width, column in zip(cells, widths, self.columns, strict=True)
        ]
        return (" " * gap).join(aligned).rstrip()


def shown(text: str) -> str:
    """Return the text with what could move a terminal's cursor written out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
