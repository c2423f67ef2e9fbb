"""How many times as fast the shared sweep is as the fastest direct one, and whether it gives the same.

    python benchmarks/sweep.py --write docs/performance.md

Both sweeps run here, in one process, with the same threads and in the same precision, turn by turn: a round of the one
is followed by a round of the other, so that a busy machine slows both; the figure that counts is the ratio. The direct
sweep moves each picture to each shift and asks the network in batches. Which batch size, which layout of the weights,
and whether torch's threads share each operation or have a part of the pictures each, is tried out first, and the
fastest way is what the shared sweep is held against.

Afterwards the trained `cnn` of `benchmarks/shifts.py` is swept over all 10,000 test pictures of Fashion-MNIST at 121
shifts, both ways, and the logits are compared one by one. A quick try: `--take 200 --rounds 2`.
"""

import argparse
import copy
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import torch
from demo_figures import replaced
from torch import nn

from convlens.arrays import Images
from convlens.audit.shifts import Shifts, grid, line
from convlens.audit.sweep import directly
from convlens.data import load
from convlens.files import write_text
from convlens.models.card import Card
from convlens.models.memory import keep_memory
from convlens.models.networks import create
from convlens.models.precision import Precision, cpu_flags
from convlens.models.predict import predictor
from convlens.models.sweep import shared_sweep
from convlens.models.sweeping.threads import side_by_side
from convlens.models.weights import Classifier
from convlens.workflows.subjects import trained

START, END = "<!-- sweep: written by benchmarks/sweep.py -->", "<!-- sweep: end -->"
BATCHES = (16, 64, 256, 1024)
MARGIN = 1e-4
SECONDS = 45

Sweep = Callable[[Images, Shifts], Any]


def averaged() -> nn.Module:
    """Build the smallest usual network with a pooled head: two convolutions with pools, an average, a dense layer."""
    blocks = nn.Conv2d(1, 32, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.MaxPool2d(2), nn.ReLU()
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


@dataclass(frozen=True)
class Case:
    """A network, shifts and a precision; `target` is how many times as fast the shared sweep ought to be."""

    name: str
    network: Callable[[], nn.Module]
    shifts: Shifts
    precision: Precision
    target: float | None = None


CNN = partial(create, "cnn")
STRONGEST = partial(create, "cnn[head=pooled]")
MEAN = partial(create, "cnn[head=averaged]")
AVERAGED = "conv 32 – conv 64 – average"
CASES = [
    Case("`cnn`", CNN, grid(5), "fp32", 7),
    Case("`cnn`", CNN, line(5), "fp32", 2.8),
    Case("`cnn`", CNN, grid(5), "bf16"),
    Case("`cnn`", CNN, line(5), "bf16"),
    Case(AVERAGED, averaged, grid(5), "fp32", 10),
    Case(AVERAGED, averaged, grid(5), "bf16"),
    Case("`cnn[head=pooled]`", STRONGEST, grid(5), "fp32"),
    Case("`cnn[head=pooled]`", STRONGEST, grid(5), "bf16"),
    Case("`cnn[head=averaged]`", MEAN, grid(5), "fp32"),
    Case("`cnn[head=averaged]`", MEAN, grid(5), "bf16"),
]


@dataclass(frozen=True)
class Way:
    """A way of sweeping, and how it is called."""

    name: str
    run: Sweep


def direct_ways(model: Classifier, precision: Precision) -> Iterator[Way]:
    """Give the direct sweep in every way that is tried."""
    for layout, parts in product(("as built", "channels_last"), (False, True)):
        module = copy.deepcopy(model.module).eval()
        if layout == "channels_last":
            module = module.to(memory_format=torch.channels_last)
        for batch in BATCHES:
            sweep = directly(predictor(module, model.card, precision=precision, batch_size=batch), batch)
            run = _in_parts(sweep) if parts else _whole(sweep)
            yield Way(f"batch {batch}, {layout}{', a part per thread' if parts else ''}", run)


def _whole(sweep: Any) -> Sweep:
    return lambda images, shifts: sweep(images, shifts, "zeros", 0)


def _in_parts(sweep: Any) -> Sweep:
    """Give each of torch's threads a part of the pictures."""

    def run(images: Images, shifts: Shifts) -> Any:
        threads = torch.get_num_threads()
        found: dict[int, Any] = {}
        ends = [len(images) * part // threads for part in range(threads + 1)]

        def one(part: tuple[int, int]) -> None:
            found[part[0]] = sweep(images[slice(*part)], shifts, "zeros", 0)

        side_by_side(one, list(pairwise(ends)), threads)
        return np.concatenate([found[start] for start in sorted(found)])

    return run


@dataclass(frozen=True)
class Seconds:
    """What a call took."""

    wall: float
    cpu: float


def timed(way: Way, images: Images, shifts: Shifts) -> Seconds:
    """Run once; give the seconds per prediction."""
    wall, cpu = time.perf_counter(), time.process_time()
    way.run(images, shifts)
    count = len(images) * len(shifts)
    return Seconds((time.perf_counter() - wall) / count, (time.process_time() - cpu) / count)


def shared_way(model: Classifier, precision: Precision) -> Way:
    """Give the shared sweep."""
    by_shift, reason = shared_sweep(model, "zeros", precision=precision)
    return Way(reason, lambda images, shifts: by_shift(images, shifts, "zeros", 0))


def fastest(ways: Sequence[Way], images: Images, shifts: Shifts) -> Way:
    """Try all ways on a few pictures, the better half of them again and again; give the one with the best try."""
    best = {way: timed(way, images, shifts).wall for way in ways}
    while len(best) > 1:
        half = sorted(best, key=best.__getitem__)[: (len(best) + 1) // 2]
        best = {way: min(best[way], *(timed(way, images, shifts).wall for _ in range(2))) for way in half}
    return next(iter(best))


@dataclass(frozen=True)
class Result:
    """The rounds of a case, direct and shared in turn."""

    case: Case
    direct: Way
    rounds: list[tuple[Seconds, Seconds]]

    def times(self, kind: str) -> tuple[float, float, float]:
        """Give how many times as fast the shared sweep was: the median, lowest and highest round."""
        found = [getattr(slow, kind) / getattr(quick, kind) for slow, quick in self.rounds]
        return statistics.median(found), min(found), max(found)

    def row(self) -> str:
        """Give the case's row of the table."""
        wall, cpu, case = self.times("wall"), self.times("cpu"), self.case
        micros = [1e6 * statistics.median(one.wall for one in side) for side in zip(*self.rounds, strict=True)]
        target = "" if case.target is None else f"≥ {case.target:g}"
        met = "" if case.target is None else ("yes" if wall[0] >= case.target else "no")
        cells = [
            f"{case.name}, {len(case.shifts)} shifts",
            case.precision,
            f"{micros[0]:.1f} ({self.direct.name})",
            f"{micros[1]:.2f}",
            f"**{wall[0]:.1f}** ({wall[1]:.1f}–{wall[2]:.1f})",
            f"{cpu[0]:.1f} ({cpu[1]:.1f}–{cpu[2]:.1f})",
            target,
            met,
        ]
        return f"| {' | '.join(cells)} |"


def compared(case: Case, images: Images, rounds: int) -> Result:
    """Time a case."""
    names = tuple(map(str, range(10)))
    model = Classifier(case.network().eval(), Card("benchmark", names, (28, 28), 1, "softmax", (0.286,), (0.353,)))
    # A round of the direct sweep has fewer pictures, so that both take about as long.
    few = images[: 16 if len(case.shifts) > 11 else 176]
    # They are the very ones that the ways are tried on: how fast torch is depends on the size of the last batch too.
    direct = fastest(list(direct_ways(model, case.precision)), few, case.shifts)
    shared = shared_way(model, case.precision)
    timed(direct, few, case.shifts), timed(shared, images, case.shifts)
    return Result(
        case, direct, [(timed(direct, few, case.shifts), timed(shared, images, case.shifts)) for _ in range(rounds)]
    )


@dataclass(frozen=True)
class Whole:
    """All pictures at all shifts, both ways.

    Attributes:
        took: the shared sweep, by precision.
        direct: the direct sweep in fp32.
        close: (picture, dx, dy, margin) where the two fp32 sweeps give different labels.
        same: the share of labels that bf16 and fp32 have in common, both shared.
    """

    predictions: int
    took: dict[str, Seconds]
    direct: Seconds
    gap: float
    largest: float
    close: list[tuple[int, int, int, float]]
    same: float

    def told(self) -> str:
        """Say it in words."""
        cpu = "s of processor time"
        speeds = ", ".join(f"{one.wall:.1f} s in {kind} ({one.cpu:.0f} {cpu})" for kind, one in self.took.items())
        within = " and ".join(kind for kind, one in self.took.items() if one.wall < SECONDS)
        beyond = [one for one in self.close if one[3] >= MARGIN]
        listed = "; ".join(f"picture {image} at ({dx}, {dy}), margin {gap:.1e}" for image, dx, dy, gap in self.close)
        labels = "no label differs" if not self.close else f"{len(self.close)} labels differ ({listed})"
        met = "met" if self.gap <= MARGIN and not beyond else "not met"
        return f"""\
The whole test set, {self.predictions:,} predictions of the trained `cnn`, took the shared sweep
{speeds}.
The aim was less than {SECONDS} s on two cores: {"met in " + within if within else "not met"}.
The fastest direct sweep took {self.direct.wall:.0f} s in fp32 ({self.direct.cpu:.0f} {cpu}).

Compared one by one in fp32, the largest gap between a shared and a direct logit is {self.gap:.1e} (of logits up to
{self.largest:.0f}), and {labels}. The aim was a gap of at most 1e-4, and no other label but where the direct margin is
smaller than that: {met}. Between bf16 and fp32, {100 * self.same:.3f} % of the labels are the same."""


def whole(model: Classifier, images: Images, shifts: Shifts, direct: Way) -> Whole:
    """Sweep all pictures both ways and compare."""
    took, logits = {}, {}
    precisions: tuple[Precision, ...] = ("fp32", "bf16")
    for precision in precisions:
        shared = shared_way(model, precision)
        shared.run(images[:64], shifts)
        wall, cpu = time.perf_counter(), time.process_time()
        logits[precision] = shared.run(images, shifts)
        took[precision] = Seconds(time.perf_counter() - wall, time.process_time() - cpu)
        print(f"shared, {precision}: {took[precision].wall:.1f} s", flush=True)
    gap, largest, close = 0.0, 0.0, []
    wall = cpu = 0.0
    for start in range(0, len(images), 250):
        started = time.perf_counter(), time.process_time()
        expected = direct.run(images[start : start + 250], shifts)
        wall, cpu = wall + time.perf_counter() - started[0], cpu + time.process_time() - started[1]
        found = logits["fp32"][start : start + 250]
        gap, largest = max(gap, float(np.abs(found - expected).max())), max(largest, float(np.abs(expected).max()))
        for row, cell in np.argwhere(found.argmax(axis=2) != expected.argmax(axis=2)):
            first, second = np.sort(expected[row, cell])[:-3:-1]
            close.append((start + int(row), int(shifts.dx[cell]), int(shifts.dy[cell]), float(first - second)))
        print(f"direct: {start + 250:,} of {len(images):,}, {wall:.0f} s, gap {gap:.1e}", flush=True)
    same = float((logits["fp32"].argmax(axis=2) == logits["bf16"].argmax(axis=2)).mean())
    return Whole(len(images) * len(shifts), took, Seconds(wall, cpu), gap, largest, close, same)


def main() -> None:
    """Time all cases, compare the whole, and print, or write, what came out."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--take", type=int, default=0, help="compare fewer pictures, to try this script out")
    options.add_argument("--run", type=Path, help="the folder of a trained `cnn`; that of benchmarks/shifts.py")
    options.add_argument("--write", type=Path, help="replace the table in this file")
    chosen = options.parse_args()
    folder = chosen.run or platformdirs.user_cache_path("convlens") / "benchmarks" / "shifts-1"

    keep_memory()  # for both ways alike
    test = load("fashion-mnist").test
    assert test is not None
    results = []
    for case in CASES:
        results.append(compared(case, test.images[:176], chosen.rounds))
        print(results[-1].row(), flush=True)
    subject = trained(folder)
    model = Classifier(subject.module, subject.card)
    images = test.images[: chosen.take or None]
    direct = fastest(list(direct_ways(model, "fp32")), images[:8], grid(5))
    text = table(results, whole(model, images, grid(5), direct))
    print(text)
    if chosen.write:
        write_text(chosen.write, replaced(chosen.write, START, END, text))


def table(results: Sequence[Result], everything: Whole) -> str:
    """Give the text for the page."""
    flags = [flag for flag in ("amx_bf16", "avx512_bf16") if flag in cpu_flags()]
    machine = f"{torch.get_num_threads()} threads, torch {torch.__version__}, {platform.machine()}"
    rows = "\n".join(result.row() for result in results)
    head = ("network", "precision", "direct, µs (its fastest way)", "shared, µs")
    head += ("times as fast, wall", "times as fast, processor time", "target", "met")
    return f"""\
Pictures of 28×28×1; {machine}{" with " + flags[0] if flags else ""}. Microseconds are for one prediction, on the wall.
Times as fast: the median (lowest–highest) of {len(results[0].rounds)} pairs of rounds, direct and shared in turn.

| {" | ".join(head)} |
|{" --- |" * len(head)}
{rows}

{everything.told()}"""


if __name__ == "__main__":
    main()
