"""Bounds of an option's number, which its help page need not show."""

from collections.abc import Callable

import click

Check = Callable[[click.Context, click.Parameter, float | None], float | None]


def within(least: float, most: float, *, above: bool = False) -> Check:
    """Return the callback that refuses numbers outside `least` to `most`; `least` itself too where `above` is set."""

    def check(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
        if value is None:
            return None
        inside = least < value <= most if above else least <= value <= most  # false for nan too
        if not inside:
            low = f"more than {least:,}, up" if above else f"{least:,}"
            raise click.BadParameter(f"{value} is out of range, expected {low} to {most:,}")
        return value

    return check
