"""Evidence: the sentences that stand above an exit of a plan, and beside it in a table."""

from rfsolve.propose.aims import Aim
from rfsolve.propose.rungs import Table
from rfsolve.space.family import NOTE


def aim_sentence(aim: Aim) -> str:
    """Return who is served at an exit, and what that asks of it."""
    low, high = float(aim.long.min()), float(aim.long.max())
    sizes = f"{low:,.4g}" if f"{low:,.4g}" == f"{high:,.4g}" else f"{low:,.4g}-{high:,.4g}"
    target = {*aim.receptive_field}
    field = f"{target.pop():,}" if len(target) == 1 else "x".join(map(str, aim.receptive_field))
    narrow = float((aim.short / aim.stride).min())
    return (
        f"{aim.name}: {len(aim.sizes):,} objects ({aim.share:.1%}) of {sizes} px, long side; they ask for a field of "
        f"{field} px; at stride {aim.stride} the narrowest spans {narrow:.1f} cells."
    )


def with_evidence(table: Table, aims: tuple[Aim, ...]) -> Table:
    """Return the table with the aims of each exit above it."""
    exits = []
    for one in table["exit"]:
        sentences = [aim_sentence(aim) for aim in aims if aim.exit == one["name"]]
        exits.append({NOTE: "\n".join(sentences), **one} if sentences else one)
    return {**table, "exit": exits}
