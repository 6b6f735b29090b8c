"""Small random graph problems: merges, up-sampling, skips, several exits; half of what is asked is only just met.

What is asked is taken from one design of the problem's own space, drawn at random, so that limits bite; one in five
is then moved by a pixel or two, which mostly leaves nothing.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.graph_optimum import (
    COSTS,
    Candidate,
    GraphProblem,
    Sights,
    all_candidates,
    count_bound,
    fields,
    graph_problem,
    layers_of,
    related,
)

Table = dict[str, Any]
FEWEST, MOST = 4, 1_500
OBJECTIVES: list[Any] = ["parameters"] * 5
OBJECTIVES += ["layers", ["layers", "parameters"], ["parameters", "layers"], "macs", "activations"]


@dataclass(frozen=True, slots=True)
class RandomProblem:
    """A problem as a table and as the oracle reads it, with all its candidates, cheapest first."""

    table: Table
    problem: GraphProblem
    candidates: list[Candidate]


def random_problem(seed: int, most: int = MOST) -> RandomProblem:
    """Return the problem of a seed: the first of its draws whose candidates can all be tried."""
    rng = random.Random(seed)  # noqa: S311 - a sample, no secret
    while True:
        table = _Draw(rng).table()
        problem = graph_problem(table)
        if not FEWEST <= count_bound(problem, most + 1) <= most:
            continue
        _Asks(rng, table, problem, _sample(rng, problem)).ask()
        asked = graph_problem(table)
        return RandomProblem(table, asked, all_candidates(asked))


def _sample(rng: random.Random, problem: GraphProblem) -> Candidate:
    """Return a candidate that, mostly, has no holes."""
    candidates, sights = all_candidates(problem), Sights(problem)
    sample = rng.choice(candidates)
    for _ in range(rng.choice([0, 3, 10, 10, 10])):
        if sights.tap(layers_of(sample), "out", None).hole_free:
            break
        sample = rng.choice(candidates)
    return sample


def _spread(value: Any, axes: int = 1) -> list[int]:
    return [value] * axes if isinstance(value, int) else list(value)


@dataclass(slots=True)
class _Draw:
    """Draws the space: stacks, merges and what may be chosen."""

    rng: random.Random
    axes: int = 1
    even: bool = False
    causal: bool = False
    widths: Any = 2
    stacks: list[Table] = field(default_factory=list)
    merges: list[Table] = field(default_factory=list)

    def maybe(self, chance: float) -> bool:
        """Whether something of this chance happens."""
        return self.rng.random() < chance

    def table(self) -> Table:
        """Return a problem that asks nothing yet but has an exit after its last node."""
        rng = self.rng
        self.axes = rng.choice([1, 1, 1, 1, 2])
        self.even, self.causal = self.maybe(0.3), self.maybe(0.15)
        self.widths = rng.choice([2, 2, 3, [2, 3], [1, 2]])
        templates: list[Callable[[], str]] = [self.fork, self.fork, self.unet, self.deep, self.deep, self.skips]
        templates += [self.bridge, self.laps]
        last = rng.choice(templates)()
        table: Table = {
            "input": {"channels": rng.choice([1, 2, 3]), "axes": self.axes},
            "defaults": {"widths": self.widths, "norm": rng.choice(["batch", "none"])},
            "stack": self.stacks,
            "merge": self.merges,
            "exit": [{"name": "out", "after": last}],
            "guards": {},
        }
        objective = rng.choice(OBJECTIVES)
        table["objective"] = {"minimise": objective}
        if objective in ("macs", "activations") or self.maybe(0.1):
            table["input"]["size"] = rng.choice([16, 16, 24, 12, 15])
        if self.even:
            table["guards"]["odd_kernels"] = False
        if any(max(_spread(stride)) > 2 for row in self.stacks for stride in row.get("strides", [])):
            table["guards"]["max_stride"] = False
        if self.maybe(0.3):
            table["guards"]["monotone_widths"] = False
        if self.maybe(0.15):
            table["guards"]["hole_free"] = False
        return table

    # the shapes -----------------------------------------------------------------------------------

    def fork(self) -> str:
        """Branches from one place that meet, and what follows."""
        start = self.conv("stem", "input", strides=self.maybe(0.3)) if self.maybe(0.5) else "input"
        names = ["b0", "b1", "b2"][: self.rng.choice([2, 2, 3])]
        for name in names:
            self.conv(name, start, least=self.rng.choice([0, 1]), strides=self.maybe(0.3))
        if self.maybe(0.5):
            self.tie(names[0], names[1])
        if self.maybe(0.3):
            names.append(start)
        here = self.merge("m", names)
        return self.conv("head", here, least=self.rng.choice([0, 1])) if self.maybe(0.5) else here

    def unet(self) -> str:
        """Down, up, and a skip."""
        skip = self.conv("enc", "input", least=1)
        factor = self.factor()
        here = self.down("down", skip, factor)
        if self.maybe(0.6):
            here = self.conv("mid", here, least=self.rng.choice([0, 1]))
            if self.maybe(0.2):
                self.tie("enc", "mid")
        here = self.merge("m", [skip, self.up("up", here, factor)])
        return self.conv("dec", here, least=0) if self.maybe(0.6) else here

    def deep(self) -> str:
        """Down twice, and up in one step or two, so that output phases differ."""
        first, second = self.factor(), self.factor()
        skip = self.conv("enc", "input", least=1)
        here = self.down("down1", skip, first)
        middle = here
        here = self.conv("mid", self.down("down2", here, second), least=self.rng.choice([0, 1]))
        if self.maybe(0.4):
            whole = [
                one * other for one, other in zip(_spread(first, self.axes), _spread(second, self.axes), strict=True)
            ]
            here = self.up("up", here, whole[0] if len(set(whole)) == 1 else whole)
        else:
            here = self.up("up2", here, second)
            if self.maybe(0.5):
                here = self.merge("m2", [middle, here])
            here = self.up("up1", self.conv("dec2", here, least=self.rng.choice([0, 1])), first)
            if self.maybe(0.2):
                self.tie("mid", "dec2")
        if self.maybe(0.7):
            here = self.merge("m", [skip, here])
        return self.conv("dec", here, least=0) if self.maybe(0.8) else here

    def skips(self) -> str:
        """A chain whose layers skip ahead, twice."""
        first = self.conv("s1", "input", strides=self.maybe(0.3))
        second = self.conv("s2", first, least=self.rng.choice([0, 1]))
        here = self.merge("m1", [first, second])
        third = self.conv("s3", here, least=self.rng.choice([0, 1]))
        if self.maybe(0.3):
            self.tie("s2", "s3")
        return self.merge("m2", self.rng.choice([[here, third], [first, third], [second, third], [first, here, third]]))

    def bridge(self) -> str:
        """A coarse branch, up-sampled, beside a dilated one."""
        start = self.conv("stem", "input") if self.maybe(0.4) else "input"
        fine = self.conv("fine", start, least=self.rng.choice([0, 1]))
        coarse = self.conv("coarse", start, strides=True)
        return self.merge("m", [fine, self.up("up", coarse, 2)])

    def laps(self) -> str:
        """Down, up and down again, no merge or one."""
        factor = self.factor()
        first = self.down("down", "input", factor)
        here = self.conv("mid", self.up("up", first, factor), strides=self.maybe(0.5))
        if self.maybe(0.5):
            return self.conv("end", here, least=0)
        return self.merge("m", [first, self.conv("end", here, strides=True, least=0)])

    # the parts ------------------------------------------------------------------------------------

    def conv(self, name: str, after: str, *, least: int = 1, strides: bool = False) -> str:
        """Add a stack of layers."""
        rng = self.rng
        block = rng.choice(["conv"] * 7 + ["residual", "depthwise", "pool"])
        pool = [1, 3, 3, 3, 5] + ([2, 2, 4] if self.even else [])
        row: Table = {
            "name": name,
            "after": after,
            "kernels": self.domain(pool, 2),
            "dilations": self.domain([1, 1, 2, 3, 4], 2),
            "strides": self.domain([1, 2], 2) if strides else [1],
            "layers": {"min": least, "max": rng.choice([1, 2, 2])},
        }
        if block != "conv":
            row["block"] = block
        if self.causal and self.maybe(0.7):
            row["padding"] = "causal"
        if self.maybe(0.15):
            row["widths"] = rng.choice([2, 3, [2, 3]])
        if strides and self.maybe(0.5):
            row["undilated_after_stride"] = rng.choice([1, 1, 1, 2])
            row["layers"]["max"] = rng.choice([2, 3, 3])
        self.stacks.append(row)
        return name

    def factor(self) -> Any:
        """Draw by how much a stack goes down, and another up again."""
        one = self.rng.choice([2, 2, 2, 3])
        return self.rng.choice([[one, 1], [1, one], [2, 3]]) if self.axes > 1 and self.maybe(0.4) else one

    def down(self, name: str, after: str, factor: Any) -> str:
        """Add a stack of one stride."""
        row: Table = {"name": name, "after": after, "strides": [factor], "dilations": [1], "layers": 1}
        forms: list[tuple[str, list[Any]]] = [("pool", [factor]), ("pool", [3]), ("conv", [3]), ("conv", [5])]
        forms += [("residual", [3])] + ([("conv", [2]), ("conv", [4]), ("conv", [2, 4])] if self.even else [])
        row["block"], row["kernels"] = self.rng.choice(forms)
        self.stacks.append(row)
        return name

    def up(self, name: str, after: str, factor: Any) -> str:
        """Add a stack that up-samples."""
        row: Table = {"name": name, "after": after, "layers": self.rng.choice([1, 1, 1, {"min": 0, "max": 2}])}
        if factor != 2 or self.maybe(0.3):
            row["strides"] = [factor]
        if factor == 4 and self.maybe(0.5):
            row["strides"] = [2, 4]
        row["block"] = self.rng.choice(["upsample", "transposed"])
        if row["block"] == "upsample":
            row["mode"] = self.rng.choice(["nearest", "linear", "linear"])
        elif self.maybe(0.5) and (self.even or all(one % 2 for one in _spread(factor, self.axes))):
            wide = [one + 2 for one in _spread(factor, self.axes)]
            row["kernels"] = self.rng.choice([[factor], [wide], [factor, wide]])
        self.stacks.append(row)
        return name

    def merge(self, name: str, names: list[str]) -> str:
        """Add a merge of nodes that are not the same."""
        self.merges.append({"name": name, "op": self.rng.choice(["add", "concat"]), "of": list(dict.fromkeys(names))})
        return name

    def tie(self, owner: str, tied: str) -> None:
        """Let one stack repeat another, with the same dilations, with others, or with its weights."""
        row = next(row for row in self.stacks if row["name"] == tied)
        dilations = row["dilations"]
        kept = {"name": tied, "after": row["after"], "tied_to": owner}
        if self.maybe(0.7):
            kept["dilations"] = dilations
        if self.maybe(0.6):
            kept["shares_weights"] = True
        self.stacks[self.stacks.index(row)] = kept

    def domain(self, pool: list[int], most: int) -> list[Any]:
        """Draw up to `most` values, the same on every axis or one for each."""
        drawn: list[Any] = []
        for _ in range(self.rng.randint(1, most)):
            mixed = self.axes > 1 and self.maybe(0.4)
            drawn.append([self.rng.choice(pool) for _ in range(self.axes)] if mixed else self.rng.choice(pool))
        return [one for i, one in enumerate(drawn) if one not in drawn[:i]]


@dataclass(slots=True)
class _Asks:
    """Asks for what one design has, or for a little more or less."""

    rng: random.Random
    table: Table
    problem: GraphProblem
    sample: Candidate

    def maybe(self, chance: float) -> bool:
        """Whether something of this chance happens."""
        return self.rng.random() < chance

    def ask(self) -> None:
        """Add limits at the exits, exits inside the graph, relations and budgets."""
        rng, table = self.rng, self.table
        self._exit(table["exit"][0])
        names = [node.name for node in self.problem.nodes]
        for number in range(rng.choice([0, 0, 1, 1, 1, 2])):
            after = rng.choice(names)
            row: Table = {"name": f"x{number}", "after": after}
            before = [name for name in self.problem.upstream(after) if name != after]
            if before and self.maybe(0.5):
                row["measured_from"] = rng.choice(before)
                row["receptive_field"] = self._field(after, row["measured_from"])
            else:
                row["output"] = self.maybe(0.5)
                self._exit(row)
            table["exit"].append(row)
        if self.maybe(0.3):
            self._relation(names)
        if self.maybe(0.15):
            quantity = rng.choice(["parameters", "layers"])
            cost = self.sample.costs[COSTS.index(quantity)]
            table["budget"] = {quantity: max(1, cost + rng.choice([0, 0, 0, 1, -1, cost // 2]))}

    def _exit(self, row: Table) -> None:
        rng, after = self.rng, row["after"]
        end = self.sample.ends[after]
        if row["name"] == "out" or self.maybe(0.8):
            row["receptive_field"] = self._field(after, None)
        solid = Sights(self.problem).tap(layers_of(self.sample), after, None).hole_free
        if self.maybe(0.15 if solid else 0.9):
            row["hole_free"] = self.maybe(0.5) and bool(solid)
        if self.maybe(0.15):
            row["stride"] = rng.choice([list(end.jump), {"max": list(end.jump)}])
        if self.maybe(0.1):
            row["width"] = rng.choice([end.width, {"min": end.width}])
        if self.maybe(0.25):
            tap = Sights(self.problem).tap(layers_of(self.sample), after, None, widths=True)
            size = min(size or 0.0 for size in tap.effective_receptive_field)
            least = round(size * rng.choice([0.8, 0.9, 0.95, 1.0, 1.0, 1.0, 1.02]) - 0.001, 3)
            if least > 0:
                capped = self.maybe(0.15)
                row["effective_receptive_field"] = {"max": round(least + 0.002, 3)} if capped else least

    def _field(self, node: str, source: str | None) -> Any:
        seen = fields(Sights(self.problem).tap(layers_of(self.sample), node, source))
        small, large = [low for low, _ in seen], [high for _, high in seen]
        match self.rng.choice(["least", "least", "least", "both", "both", "both", "exact", "most", "moved"]):
            case "least":
                return {"min": small}
            case "both":
                return {"min": small, "max": large}
            case "exact" if small == large:
                return {"exact": small}
            case "most" | "exact":
                return {"max": large}
        by = self.rng.choice([-1, 1, 1, 2, 3])
        moved = [max(1, low + by) for low in small]
        most = [max(low, high + self.rng.choice([0, by])) for low, high in zip(moved, large, strict=True)]
        return {"min": moved, "max": most}

    def _relation(self, names: list[str]) -> None:
        rng = self.rng
        source = None
        if self.maybe(0.4):
            source = rng.choice(names)
            names = [name for name in names if source in self.problem.upstream(name) and name != source]
        if len(names) < 2:
            return
        nodes = rng.sample(names, k=2 if self.maybe(0.7) else min(3, len(names)))
        sights = Sights(self.problem)
        nodes.sort(key=lambda name: fields(sights.tap(layers_of(self.sample), name, source)))
        row: Table = {"of": nodes, "receptive_field": rng.choice(["increasing", "different"])}
        if source is not None:
            row["measured_from"] = source
        if self.maybe(0.4):
            row["by"] = rng.choice([2, 3, 4])
        read = graph_problem({**self.table, "relation": [row]})
        if related(read, read.relations[0], layers_of(self.sample), sights) or self.maybe(0.15):
            self.table["relation"] = [row]
