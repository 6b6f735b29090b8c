"""What rfsolve raises when something from outside is wrong.

One base class. Each error says where (`place`), what is wrong, and what was expected, so that the command line can
print one line and a program can read the fields.
"""

from dataclasses import dataclass


class RfsolveError(Exception):
    """Base of every error that a caller can cause; the command line prints it and exits with 2."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in an input: where, what, and what to do about it."""

    place: str
    text: str

    def __str__(self) -> str:
        """Return `place: text`, or the text alone where there is no place."""
        return f"{self.place}: {self.text}" if self.place else self.text


class ProblemError(RfsolveError):
    """A problem that cannot be read; carries every mistake found, not only the first."""

    def __init__(self, mistakes: list[Mistake] | tuple[Mistake, ...]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class GraphError(RfsolveError):
    """A layer graph that makes no sense; names the node."""

    def __init__(self, node: str, text: str) -> None:
        self.node = node
        super().__init__(f"layer '{node}': {text}")


class InputError(RfsolveError):
    """A file, notation or option value that cannot be used."""


class InternalError(Exception):
    """The solver and the recurrence disagree: a defect of rfsolve, never a result."""
