"""Problems with branches, as people draw them: a U-Net, a pyramid, parallel rates, branches that share weights."""

from collections.abc import Sequence
from typing import Any

from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from

PLAIN = {"kernels": [3], "strides": [1], "dilations": [1]}
POINT = {"kernels": [1], "strides": [1], "dilations": [1], "widths": 128, "layers": 1}
POOL = {"block": "pool", "kernels": [2], "strides": [2], "dilations": [1], "layers": 1}
UP = {"block": "upsample"}


def unet(depth: int, *, field: int, stride: int = 1, more: Sequence[object] = ()) -> Problem:
    """Encoders, a pool after each; decoders behind what was up-sampled beside what was skipped; `more` exits."""
    stacks = [stack("enc0", "input", **PLAIN, layers=LAYERS)]
    merges = []
    for i in range(1, depth + 1):
        stacks += [stack(f"down{i}", f"enc{i - 1}", **POOL), stack(f"enc{i}", f"down{i}", **PLAIN, layers=LAYERS)]
    last = f"enc{depth}"
    for i in reversed(range(depth)):
        stacks += [
            stack(f"up{i}", last, block="transposed"),
            stack(f"dec{i}", f"skip{i}", **PLAIN, layers=LAYERS),
        ]
        merges.append(merge(f"skip{i}", "concat", f"enc{i}", f"up{i}"))
        last = f"dec{i}"
    return problem(stacks, merges, [{"name": "out", "after": last, "receptive_field": field, "stride": stride}, *more])


LAYERS = {"min": 1, "max": 4}


def pyramid() -> Problem:
    """Three levels of a feature pyramid; the backbone is checked, not read out."""
    backbone = {"kernels": [3], "strides": [1, 2], "dilations": [1], "layers": {"min": 1, "max": 8}}
    head = {**POINT, "kernels": [3]}
    stacks = [
        stack("c3", "input", **backbone),
        stack("c4", "c3", **backbone),
        stack("c5", "c4", **backbone),
        *(stack(f"lat{i}", f"c{i}", **POINT) for i in (3, 4, 5)),
        stack("up5", "lat5", **UP),
        stack("up4", "p4", **UP),
        stack("out3", "p3", **head),
        stack("out4", "p4", **head),
        stack("out5", "lat5", **head),
    ]
    merges = [merge("p4", "add", "lat4", "up5"), merge("p3", "add", "lat3", "up4")]
    exits = [{"name": f"P{i}", "after": f"out{i}", "stride": 2**i, "receptive_field": 4 * 2**i} for i in (3, 4, 5)]
    return problem(
        stacks, merges, [*exits, {"name": "backbone", "after": "c5", "output": False, "receptive_field": 90}]
    )


def parallel(**own: str) -> Problem:
    """A trunk, four rates side by side, and a head; `own`: other names of its stacks."""
    name = {key: own.get(key, key) for key in ("trunk", "point", "rate2", "rate4", "rate8", "head")}
    rate = {"kernels": [3], "strides": [1], "widths": 128, "layers": 1}
    stacks = [
        stack(name["trunk"], "input", kernels=[3], strides=[1, 2], dilations=[1], widths="32*jump:128"),
        stack(name["point"], name["trunk"], **POINT),
        *(stack(name[f"rate{r}"], name["trunk"], **rate, dilations=[r]) for r in (2, 4, 8)),
        stack(name["head"], "aspp", **POINT),
    ]
    merges = [merge("aspp", "concat", *(name[key] for key in ("point", "rate2", "rate4", "rate8")))]
    return problem(stacks, merges, [{"name": "out", "after": name["head"], "receptive_field": 200, "stride": 8}])


def trident() -> Problem:
    """Three branches with the same weights at three dilations."""
    same = {"tied_to": "small", "shares_weights": True}
    stacks = [
        stack("trunk", "input", kernels=[3], strides=[1, 2], dilations=[1]),
        stack("small", "trunk", **PLAIN, layers=2),
        stack("middle", "trunk", **same, dilations=[2]),
        stack("large", "trunk", **same, dilations=[3]),
    ]
    exits = [
        {"name": name[0], "after": name, "stride": 8, "receptive_field": 31} for name in ("small", "middle", "large")
    ]
    return problem(stacks, [], exits, guards={"hole_free": False})


def ladder(rungs: int) -> Problem:
    """A trunk with a head after each of its stacks."""
    trunk = [stack(f"t{i}", f"t{i - 1}" if i else "input", **PLAIN, layers=1) for i in range(rungs)]
    heads = [stack(f"head{i}", f"t{i}", **PLAIN, layers=1) for i in range(rungs)]
    return problem([*trunk, *heads], [], [{"name": f"x{i}", "after": f"head{i}"} for i in range(rungs)])


def hourglass() -> Problem:
    """Two levels; what is skipped has layers of its own and is written first."""
    stacks = [
        stack("stem", "input", **PLAIN, layers=1),
        stack("skip1", "stem", **PLAIN, layers=1),
        stack("pool1", "stem", **POOL),
        stack("low1", "pool1", **PLAIN, layers=1),
        stack("skip2", "low1", **PLAIN, layers=1),
        stack("pool2", "low1", **POOL),
        stack("up2", "pool2", **UP),
        stack("up1", "sum2", **UP),
    ]
    merges = [merge("sum2", "concat", "skip2", "up2"), merge("sum1", "concat", "skip1", "up1")]
    return problem(stacks, merges, [{"name": "out", "after": "sum1"}])


def dense(layers: int) -> Problem:
    """Every stack reads all before it."""
    stacks = [stack("x0", "input", **PLAIN, layers=1), stack("x1", "x0", **PLAIN, layers=1)]
    stacks += [stack(f"x{i}", f"c{i}", **PLAIN, layers=1) for i in range(2, layers + 1)]
    merges = [merge(f"c{i}", "concat", *(f"x{k}" for k in range(i))) for i in range(2, layers + 1)]
    return problem(stacks, merges, [{"name": "out", "after": f"x{layers}"}])


def stack(name: str, after: str, **settings: object) -> dict[str, object]:
    """A `[[stack]]` table."""
    return {"name": name, "after": after, **settings}


def merge(name: str, op: str, *of: str) -> dict[str, object]:
    """A `[[merge]]` table."""
    return {"name": name, "op": op, "of": list(of)}


def problem(stacks: list[Any], merges: list[Any], exits: list[Any], **others: object) -> Problem:
    """The problem of these tables."""
    return problem_from({"stack": stacks, "merge": merges, "exit": exits, **others})
