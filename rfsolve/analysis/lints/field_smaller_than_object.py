"""Outputs that cannot see an object whole."""

from collections.abc import Iterator

from rfsolve.analysis.lints.lint import Lint, Severity, Subject
from rfsolve.analysis.object_sight import object_sight

CODE = "field-smaller-than-object"
FIELD = "more layers, strides or dilations before the output; rfsolve --object-size finds the cheapest"
EFFECTIVE = "the field would do, its influence is narrow: a larger field, or larger steps earlier"


def find(subject: Subject) -> Iterator[Lint]:
    """Yield every output whose receptive field is smaller than the object; as a note, whose ERF is."""
    size = subject.object_size or ()
    wanted = _alike([str(extent) for extent in size])
    for tap in subject.analysis.outputs:
        sight = object_sight(tap, size)
        if sight.contained is False:
            least = _alike(["all" if field is None else f"{field[0]:,}" for field in tap.receptive_field])
            message = f"its field of {least} px cannot hold an object of {wanted} px"
            yield Lint(code=CODE, node=tap.name, message=message, advice=FIELD)
        elif sight.effective is False:
            least = _alike(["all" if one is None else f"{one:,.1f}" for one in tap.effective_receptive_field])
            message = f"its field holds an object of {wanted} px, its 4 sigma of {least} px do not"
            yield Lint(code=CODE, node=tap.name, message=message, advice=EFFECTIVE, severity=Severity.NOTE)


def _alike(texts: list[str]) -> str:
    """One text where all axes say the same, else all of them."""
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)
