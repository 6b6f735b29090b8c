"""`rfsolve sweep`: a grid of problems, solved with one command; `sweep show` and `sweep merge` read what it wrote."""

from typing import Any

import click

from rfsolve.cli.bounded import within


class SweepGroup(click.Group):
    """Runs a sweep where the first word is no command of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words, with `run` put first where no command is named."""
        named = bool(args) and args[0] in self.commands
        return super().parse_args(ctx, args if named else ["run", *args])


class RunCommand(click.Command):
    """Is called without its name."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write `rfsolve sweep [OPTIONS] ...`."""
        formatter.write_usage("rfsolve sweep", " ".join(self.collect_usage_pieces(ctx)))


@click.group(cls=SweepGroup)
def command() -> None:
    """Solve a grid of problems, and read what came of it."""


@command.command(
    name="run",
    cls=RunCommand,
    epilog="rfsolve sweep show FILE reads the rows, rfsolve sweep merge OUT FILE... puts shards together.",
)
@click.argument("problems", nargs=-1, metavar="[PROBLEM]...")
@click.option("--family", metavar="NAME", help="Start from a family of rfsolve init, in place of a file.")
@click.option(
    "--vary",
    "axes",
    metavar="KEY=VALUES",
    multiple=True,
    help="An axis: a range 50:400:25, or a list 4,8,16 or [3],[3,5].",
)
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Set a key alike in all points.")
@click.option("--zip", "zipped", metavar="KEY,KEY", multiple=True, help="Axes that move together, value by value.")
@click.option("--drop", metavar="CONDITION", multiple=True, help="Leave out: 'levels >= 5 and target_rf < 100'.")
@click.option("-o", "--out", metavar="FILE", help="The store, a row a line; continued where it exists. [sweep.jsonl]")
@click.option("--dry-run", is_flag=True, help="Show how many points and solves there are, and how long it may take.")
@click.option("--processes", is_flag=True, help="Solve in processes in place of threads.")
@click.option("--scheduler", metavar="ADDRESS", help="Solve on the Dask cluster of this scheduler: tcp://host:8786.")
@click.option("--cluster", metavar="local:N", help="Solve on N Dask workers that are started on this machine.")
@click.option("--shard", metavar="I/N", help="Solve the I-th of N parts, into a store of its own.")
@click.option(
    "--workers", type=int, callback=within(1, 1024), metavar="N", help="Points at a time. [the cores of the machine]"
)
@click.option(
    "--solver-workers",
    type=int,
    callback=within(1, 256),
    default=1,
    metavar="N",
    help="Threads of the solver for each point. [1]",
)
@click.option(
    "--time-limit",
    type=float,
    callback=within(0, 10_000_000, above=True),
    default=60.0,
    metavar="SECONDS",
    help="Time for each point. [60]",
)
@click.option("--seed", type=int, callback=within(0, 2**31 - 1), default=0, metavar="N", help="Seed of the solver. [0]")
@click.option("--no-explain", is_flag=True, help="Do not look for why a point has no design.")
@click.option("--no-cache", is_flag=True, help="Neither look up nor keep proven answers.")
@click.option("--retry", is_flag=True, help="Solve again the points that failed or ended without a proof.")
@click.option("--yes", is_flag=True, help="More than 100,000 points are meant.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as they come, one JSON object a line.")
def run_command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Solve a grid of problems: every value of an axis with every value of the others.

    PROBLEM is a problem file, or several of them. KEY is an option of solve without its dashes
    (target_rf, kernels, max_params), a parameter of the family (levels), or a key of the problem file
    (exit[0].stride, budget.layers). One answer may settle many points; each row says so.

    Rows go to a store that survives a kill; the same command goes on where it stopped. Exit codes:
    0 every point is settled, 1 some failed, 2 invalid input, 4 some ran out of time.
    """
    from rfsolve.cli.sweeping import run  # noqa: PLC0415 - keeps --help light

    return run(options)


@command.command(name="show")
@click.argument("store", metavar="FILE")
@click.option("--pivot", metavar="DOWN,ACROSS", help="Arrange by two columns, such as target_rf,levels.")
@click.option("--value", metavar="COLUMN", help="What the cells of --pivot hold. [objective]")
@click.option("--pareto", metavar="COLUMNS", help="The rows that none beats, such as parameters,receptive_field.")
@click.option("--best", metavar="COLUMNS", help="The best row of each group, such as levels or levels,kernels.")
@click.option("--rows", type=int, callback=within(1, 10_000_000), metavar="N", help="Rows to show at most. [40]")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows, one JSON object a line.")
@click.option("--parquet", metavar="FILE", help="Write a Parquet file.")
@click.option("--plot", metavar="FILE", help="Write all plots as .html, or one as .svg or .png.")
@click.option("--kind", metavar="NAME", help="The plot of a .svg or .png: frontier, status, cost or curve. [frontier]")
def show_command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Show the rows that a sweep wrote: a table, a pivot, the frontier, plots.

    Columns are the axes, and status, objective, bound, parameters, macs, activations, layers,
    receptive_field, effective_receptive_field, stride, channels, implied_by, why, seconds, design.
    """
    from rfsolve.cli.sweep_showing import run  # noqa: PLC0415 - keeps --help light

    return run(options)


@command.command(name="merge")
@click.argument("out", metavar="OUT")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--force", is_flag=True, help="Overwrite OUT where it exists.")
def merge_command(**options: Any) -> int:  # noqa: ANN401 - click's parameters
    """Put the stores of shards together into OUT, with their designs."""
    from rfsolve.cli.sweep_merging import run  # noqa: PLC0415 - keeps --help light

    return run(options)
