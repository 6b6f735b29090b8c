"""What a written network says of itself at its top: how it was made, and what each exit sees."""

from collections.abc import Iterator

from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.drawing import sight, visible


def preface(blueprint: Blueprint) -> Iterator[str]:
    """Yield lines without a line break or anything unprintable in them; they can still hold quotes."""
    origin = blueprint.origin
    if origin.title:
        yield visible(origin.title)
    made = [origin.proof, f"rfsolve {origin.version}" if origin.version else "", origin.problem]
    if any(made):
        yield visible(", ".join(word for word in made if word))
    parameters = sum(map(blueprint.graph.parameters, blueprint.graph.nodes))
    yield f"{parameters:,} parameters"
    for analysis in blueprint.analyses:
        for tap in analysis.outputs:
            yield f"{visible(tap.name)}: {tap.shape.channels} channels, field {sight(tap)}"
