"""The Markdown pages, and how their code blocks are run.

A page's blocks run in order, in one directory with a copy of `problems/`. A `toml` block is solved, unless it is marked
`invalid`: then a command after it shows what is wrong. A `text` or `json` block holds what the
`bash` or `python` block before it prints; a line `...` in it stands for any lines, and times are not compared.
"""

import ast
import io
import re
import shlex
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from rfsolve.cli.main import program
from rfsolve.search.solution import Status
from rfsolve.search.solve import solve
from rfsolve.space.reading import problem_from

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
COLUMNS = "88"
SECONDS = 30.0

MAIN_JOB = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/rfsolve --target-rf 200 --max-params"
TESTS = (
    "python3 -m venv .venv && .venv/bin/pip install -c tests/constraints.txt -e '.[all,test]' "
    "&& .venv/bin/python -m pytest -n auto"
)
SET_UP = (MAIN_JOB, TESTS)
"""The README's two commands for a fresh machine: CI runs both."""

ELSEWHERE = re.compile(r"\.ci/run|\.venv/bin/.*|python (-m |-m pytest )?(docs|tests)[/.][\w/.]+( [\w./-]+)*")
"""Commands that the pages may name but that are not run here; a script they name must exist."""

FENCE = re.compile(r"^```(?P<language>\w+)(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT_CODE = re.compile(r"#\s*exit code (\d+)")
TIME_LINE = re.compile(r"^time {2,}.*$", re.MULTILINE)
JSON_TIME = re.compile(r'"(build|solve|check|explain|total)": [0-9.e-]+')
DIGITS = re.compile(r"\d+\.\d+")
PROGRESS = re.compile(r"^(searching|sweeping|planning|reading)(, .*)?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, what follows the language, its text, and where the text is in the page."""

    language: str
    info: str
    text: str
    line: int
    span: tuple[int, int]

    @property
    def file(self) -> str | None:
        """The file that the block is saved as: `title="name"`."""
        found = re.search(r'title="([\w.-]+)"', self.info)
        return found[1] if found else None


def pages() -> list[Path]:
    """Every page whose blocks are run."""
    return [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def name_of(page: Path) -> str:
    """The page's path from the root."""
    return page.relative_to(ROOT).as_posix()


def blocks_of(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(found["language"], found["info"], found["text"], line, found.span("text"))


@dataclass
class Runner:
    """Runs the blocks of one page in the current directory."""

    namespace: dict[str, Any] = field(default_factory=dict)

    def run(self, block: Block) -> str:
        """What the block prints."""
        if block.file is not None:
            Path(block.file).write_text(block.text, encoding="utf-8")
        match block.language:
            case "bash":
                return "".join(map(run_command, commands(block.text)))
            case "python":
                return self._python(block)
            case "toml":
                if "invalid" not in block.info.split():
                    solve_table(block.text)
                return ""
        raise AssertionError(f"a block in {block.language!r}, expected bash, python, toml, or text and json after them")

    def _python(self, block: Block) -> str:
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(ast.parse(block.text), "page", "exec"), self.namespace)  # noqa: S102 - the page's own code
        return printed.getvalue()


def commands(text: str) -> list[str]:
    """The commands of a bash block, one a line, with continued lines joined."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]


def run_command(line: str) -> str:
    """What `rfsolve ...` prints, in this process; nothing for what runs elsewhere."""
    words = shlex.split(line, comments=True)
    if words[0] != "rfsolve":
        _known_elsewhere(line)
        return ""
    found = EXIT_CODE.search(line)
    expected = int(found[1]) if found else 0
    target = words[words.index(">") + 1] if ">" in words else None
    result = CliRunner().invoke(program, words[1 : words.index(">") if target else None])
    assert result.exit_code == expected, f"{line}\nexit code {result.exit_code}\n{result.output}"
    if target is None:
        return PROGRESS.sub("", result.output)
    Path(target).write_text(result.stdout, encoding="utf-8")
    return ""


def _known_elsewhere(line: str) -> None:
    command = line.partition("  #")[0].strip()
    if command in SET_UP:
        return
    assert ELSEWHERE.fullmatch(command), f"{line}: neither rfsolve nor a command known to run elsewhere"
    for word in shlex.split(command):
        if word.endswith(".py"):
            assert (ROOT / word).is_file(), f"{line}: there is no {word}"
        if word.startswith("tests.") and "-m" in command:
            assert (ROOT / word.replace(".", "/")).with_suffix(".py").is_file(), f"{line}: there is no {word}"


def solve_table(text: str) -> None:
    """Solve the problem that a toml block is; a part of one is given an exit."""
    table = tomllib.loads(text)
    table.setdefault("exit", [{"receptive_field": 50}])
    solution = solve(problem_from(table), time_limit=SECONDS, explain=False)
    assert solution.status is Status.OPTIMAL, solution.status


def masked(text: str) -> str:
    """The text without its times and without blanks at the ends of lines."""
    text = TIME_LINE.sub(lambda found: DIGITS.sub("0.00", found[0]), text)
    text = JSON_TIME.sub(r'"\1": 0', text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def agrees(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed; `...` on a line of its own stands for any lines."""
    lines = [r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line) + r"\n" for line in masked(shown).splitlines()]
    return re.fullmatch("".join(lines), masked(printed) + "\n") is not None
