"""`rfsolve init`: a commented problem to start from."""

import click


@click.command()
@click.argument("file", default="problem.toml")
@click.option("--force", is_flag=True, help="Overwrite FILE where it exists.")
def command(file: str, *, force: bool) -> int:
    """Write a commented problem to FILE (problem.toml; - for stdout).

    It can be solved as it is; every key is there with its default.
    """
    from rfsolve.cli.starting import run  # noqa: PLC0415 - keeps --help light

    return run(file, force=force)
