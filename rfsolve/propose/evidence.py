"""Evidence: the sentences that stand above an exit of a plan, and beside it in a table."""

from rfsolve.propose.aims import Aim
from rfsolve.propose.rungs import Table
from rfsolve.space.family import NOTE


def range_words(low: float, high: float) -> str:
    """Return a range of sizes, as one number where the ends are written alike: three digits, and all whole ones."""
    texts = [f"{size:,.0f}" if size >= 100 else f"{size:.3g}" for size in (low, high)]  # noqa: PLR2004 - three digits
    return texts[0] if texts[0] == texts[1] else "-".join(texts)


def aim_sentence(aim: Aim) -> str:
    """Return who is served at an exit, and what that asks of it."""
    sizes = range_words(float(aim.long.min()), float(aim.long.max()))
    alike = len(set(aim.receptive_field)) == 1
    field = f"{aim.receptive_field[0]:,}" if alike else "x".join(map(str, aim.receptive_field))
    count = len(aim.sizes)
    return (
        f"{aim.name}: {count:,} object{'' if count == 1 else 's'} ({aim.share:.1%}) of {sizes} px, long side; "
        f"field asked for: {field} px; at stride {aim.stride} the narrowest spans "
        f"{float((aim.short / aim.stride).min()):.1f} cells."
    )


def with_evidence(table: Table, aims: tuple[Aim, ...]) -> Table:
    """Return the table with the aims of each exit above it."""
    exits = []
    for one in table["exit"]:
        sentences = [aim_sentence(aim) for aim in aims if aim.exit == one["name"]]
        exits.append({NOTE: "\n".join(sentences), **one} if sentences else one)
    return {**table, "exit": exits}
