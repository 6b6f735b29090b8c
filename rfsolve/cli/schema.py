"""`rfsolve schema`: the JSON Schema of a problem file."""

import json

import click


@click.command()
def command() -> int:
    """Print the JSON Schema of a problem file."""
    from rfsolve.space.reading import json_schema  # noqa: PLC0415 - keeps --help light

    click.echo(json.dumps(json_schema(), indent=2))
    return 0
