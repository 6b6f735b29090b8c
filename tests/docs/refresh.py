"""Writes into the pages what their code blocks print: `python -m tests.docs.refresh`.

A block with `...` in it, and one that differs in times only, is left as it is.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.docs.pages import COLUMNS, ROOT, Runner, agrees, blocks_of, masked, name_of, pages

OUTPUT = {"text", "json"}


def refreshed(text: str) -> str:
    """The page with every block of output as it is now."""
    runner, printed, parts, end = Runner(), "", [], 0
    for block in blocks_of(text):
        if block.language not in OUTPUT:
            printed = runner.run(block)
        elif not agrees(block.text, printed):
            if "\n...\n" in f"\n{block.text}":
                sys.stderr.write(f"line {block.line}: to be mended by hand; this is printed:\n{printed}\n")
                continue
            start, stop = block.span
            lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
            parts += [text[end:start], "\n".join(lines) + "\n"]
            end = stop
    return "".join(parts) + text[end:]


def main() -> None:
    """Refresh the pages named, or all."""
    os.environ["COLUMNS"] = COLUMNS
    os.environ["RFSOLVE_CACHE_DIR"] = "none"  # a page shows what is printed the first time
    for page in [Path(name).resolve() for name in sys.argv[1:]] or pages():
        before = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as place:
            shutil.copytree(ROOT / "problems", Path(place) / "problems")
            os.chdir(place)
            after = refreshed(before)
            os.chdir(ROOT)
        if masked(after) != masked(before):
            page.write_text(after, encoding="utf-8")
            sys.stderr.write(f"{name_of(page)}: refreshed\n")


if __name__ == "__main__":
    main()
