"""`rfsolve init`: a commented problem to start from."""

import click

FAMILIES = (
    "plain",
    "residual",
    "mobile",
    "inception",
    "aspp",
    "heads",
    "fpn",
    "unet",
    "unet-3d",
    "tcn",
    "large-kernel",
    "trident",
)
"""As in rfsolve.space.families, which is not imported for the help; a test holds them against each other."""


@click.command()
@click.argument("words", nargs=-1, metavar="[FAMILY] [FILE]")
@click.option("--force", is_flag=True, help="Overwrite FILE where it exists.")
def command(words: tuple[str, ...], *, force: bool) -> int:
    """Write a commented problem to FILE (problem.toml; - for stdout).

    It can be solved as it is. Without a FAMILY, every key is there with its default.

    FAMILY is plain, residual, mobile, inception, aspp, heads, fpn, unet, unet-3d, tcn, large-kernel
    or trident: a whole problem of that kind, to be changed.
    """
    from rfsolve.cli.starting import run  # noqa: PLC0415 - keeps --help light

    return run(words, force=force)
