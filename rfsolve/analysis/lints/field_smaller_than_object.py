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
    wanted = "x".join(map(str, size)) if len(set(size)) > 1 else str(size[0])
    for tap in subject.analysis.outputs:
        sight = object_sight(tap, size)
        if sight.contained is False:
            least = min(field[0] for field in tap.receptive_field if field is not None)
            message = f"its field of {least:,} px cannot hold an object of {wanted} px"
            yield Lint(code=CODE, node=tap.name, message=message, advice=FIELD)
        elif sight.effective is False:
            least_effective = min(one for one in tap.effective_receptive_field if one is not None)
            message = f"its field holds an object of {wanted} px, its 4 sigma of {least_effective:,.1f} px do not"
            yield Lint(code=CODE, node=tap.name, message=message, advice=EFFECTIVE, severity=Severity.NOTE)
