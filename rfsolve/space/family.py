"""What a family is: a function that returns a table of the problem language, and the problem that it states."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, ParamSpec

from rfsolve.space.problem import Problem

P = ParamSpec("P")
Table = dict[str, Any]

NOTE = "#"
"""The key under which a table carries what is said above it in a file."""


class Family(Generic[P]):
    """A function that returns a problem; `table` returns the same as a nested table with notes."""

    def __init__(self, table: Callable[P, Table]) -> None:
        self.table = table
        self.__doc__ = table.__doc__
        self.__name__ = table.__name__
        self.__wrapped__ = table

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (self.__doc__ or "").splitlines()[0]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Problem:
        """Return the problem."""
        from rfsolve.space.reading import problem_from  # noqa: PLC0415 - which reads families itself

        return problem_from(without_notes(self.table(*args, **kwargs)))


def without_notes(value: Any) -> Any:  # noqa: ANN401 - any nesting of tables and lists
    """Return a table without what is said above its parts."""
    if isinstance(value, Mapping):
        return {key: without_notes(item) for key, item in value.items() if key != NOTE}
    return [without_notes(item) for item in value] if isinstance(value, list) else value
