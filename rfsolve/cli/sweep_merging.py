"""What `rfsolve sweep merge` does: the stores of shards as one, with their designs."""

import shutil
from collections.abc import Mapping
from json import dumps
from pathlib import Path
from typing import Any

from rfsolve.cli.ending import Ending, say
from rfsolve.cli.files import write_file
from rfsolve.errors import InputError
from rfsolve.sweep.reading import merged
from rfsolve.sweep.store import designs_of


def run(options: Mapping[str, Any]) -> int:
    """Write the rows of all files, in the order of the points."""
    out, files = options["out"], options["files"]
    if Path(out).resolve() in {Path(file).resolve() for file in files}:
        raise InputError(f"{out}: is one of the files to merge, expected a new file")
    rows = merged(files)
    if not rows:
        raise InputError(f"{files[0]}: holds no row, expected a store that a sweep has written")
    lines = "".join(dumps(row.to_dict(), allow_nan=False) + "\n" for row in rows)
    _copy_designs([Path(file) for file in files], Path(out))
    write_file(out, lines, force=options["force"])
    missing = rows[0].points - len(rows)
    left = f"; {missing:,} of {rows[0].points:,} are missing" if missing else ""
    say(f"wrote {len(rows):,} points to {out}{left}")
    return Ending.DONE


def _copy_designs(files: list[Path], out: Path) -> None:
    there = designs_of(out)
    for file in files:
        for design in sorted(designs_of(file).glob("*.json")):
            if not (there / design.name).exists():
                there.mkdir(exist_ok=True)
                shutil.copyfile(design, there / design.name)
