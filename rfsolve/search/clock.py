"""The deadline of the work at hand, for loops that may take long and know of no engine.

What runs inside `until` calls `tick` once in a while, which raises where the time is up: in the building of lattices,
programmes and models. The solver has its own limit, and a design that was found is checked to the end.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

_deadline: ContextVar[float] = ContextVar("deadline", default=inf)


class OutOfTimeError(Exception):
    """The deadline has come before the work was done."""


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Let `tick` raise from `deadline` on (seconds of time.perf_counter), or from that of what runs around this."""
    token = _deadline.set(min(deadline, _deadline.get()))
    try:
        yield
    finally:
        _deadline.reset(token)


def tick() -> None:
    """Raise OutOfTimeError where the time is up; half a microsecond."""
    if time.perf_counter() > _deadline.get():
        raise OutOfTimeError
