"""The page of the ladder: from the results of the cells to tables, with intervals over seeds and pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ladder_cells import CEILINGS, COUNT, EPOCHS, RADIUS, RESULTS, RUNGS, SHIPPED, Cell, Rung, cells, unpacked

from convlens.audit.intervals import Estimate
from convlens.audit.paired import over_seeds
from convlens.files import read_json

COLUMNS = ("clean", "mean", "lowest", "right_everywhere", "pair_consistency")
HEADS = ("unmoved", "mean of all shifts", "lowest shift", "right at *every* shift", "same answer at two shifts")


def of_images(result: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Give the value of each picture behind each column."""
    kept = {name: unpacked(text) for name, text in result["per_image"].items()}
    return {
        "clean": kept["clean"],
        "mean": kept["right_count"] / result["cells"],
        "lowest": kept["right_at_lowest"],
        "right_everywhere": kept["right_everywhere"],
        "pair_consistency": kept["pairs_equal"] / result["cells"] ** 2,
        "unchanged_everywhere": kept["unchanged_everywhere"],
    }


def estimates(results: Sequence[Mapping[str, Any]]) -> dict[str, Estimate]:
    """Give each column over the seeds; from one seed, with the interval of that network alone."""
    if len(results) == 1:
        return {name: Estimate(*results[0]["numbers"][name]) for name in COLUMNS}
    values = [of_images(one) for one in results]
    return {name: over_seeds([one[name] for one in values]) for name in COLUMNS}


def gain(upper: Sequence[Mapping[str, Any]], lower: Sequence[Mapping[str, Any]], name: str) -> Estimate | None:
    """Give by how much the lower row is above the upper one, over the seeds that both have; None below two."""
    pairs = [(one, other) for one in upper for other in lower if one["seed"] == other["seed"]]
    if len(pairs) < 2:
        return None
    return over_seeds(
        [of_images(other)[name].astype(np.float64) - of_images(one)[name].astype(np.float64) for one, other in pairs]
    )


def share(one: Estimate) -> str:
    """Write a share in percent with its interval."""
    return f"{100 * one.value:.1f} ({100 * one.low:.1f}–{100 * one.high:.1f})"


def points(one: Estimate | None) -> str:
    """Write a difference in points with its interval."""
    return "—" if one is None else f"{100 * one.value:+.1f} ({100 * one.low:+.1f} to {100 * one.high:+.1f})"


def first_flip(results: Sequence[Mapping[str, Any]]) -> str:
    """Say within how many pixels half of the answers flip, over all seeds together."""
    levels = np.concatenate([unpacked(one["per_image"]["first_flip"]) for one in results])
    unflipped = [(levels > radius).mean() for radius in range(RADIUS + 1)]
    return next((f"{radius} px" for radius, kept in enumerate(unflipped) if kept <= 0.5), f"> {RADIUS} px")


Found = Mapping[str, Sequence[Mapping[str, Any]]]
"""The results of each rung, by its name, one for each seed that is there."""


def found() -> Found:
    """Read all results of rungs."""
    return {
        rung.name: [result for seed in range(rung.seeds) if (result := Cell(rung, seed).result()) is not None]
        for rung in RUNGS
    }


def table(rungs: Sequence[Rung], results: Found, slowness: Mapping[str, float]) -> str:
    """Give a row per rung."""
    heads = ("", "rung", "seeds", *HEADS, "half flip within", "right at every shift, against", "a step takes")
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join('---' for _ in heads)} |"]
    order = [rung.name for rung in rungs]
    for number, rung in enumerate(rungs, 1):
        own = results[rung.name]
        if not own:
            lines.append(
                f"| {number} | {rung.label} | 0 of {rung.seeds} | {' | '.join('—, not run yet' for _ in heads[3:])} |"
            )
            continue
        columns = estimates(own)
        cells_of_row = [
            str(number),
            rung.label,
            f"{len(own)} of {rung.seeds}",
            *(share(columns[name]) for name in COLUMNS),
            first_flip(own),
            f"{order.index(rung.base) + 1}: {points(gain(results[rung.base], own, 'right_everywhere'))}"
            if rung.base
            else "—",
            f"{slowness[rung.name]:.1f} ×" if rung.name in slowness else "—",
        ]
        lines.append(f"| {' | '.join(cells_of_row)} |")
    return "\n".join(lines)


def ceilings(shipped_results: Sequence[Mapping[str, Any]]) -> str:
    """Give for each corner and side what a network reaches that is trained for that shift alone, and how far one is."""
    heads = ("shift", "a network for that shift alone", "the rung to ship, there", "short by")
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join('---' for _ in heads)} |"]
    for cell in (one for one in cells() if one.at is not None):
        result, (dx, dy) = cell.result(), cell.at or (0, 0)
        alone = "—, not run yet" if result is None else share(Estimate(*result["accuracy"]))
        there = np.mean([at_cell(one, dx, dy) for one in shipped_results]) if shipped_results else None
        short = "—" if result is None or there is None else f"{100 * (result['accuracy'][0] - there):+.1f}"
        lines.append(f"| ({dx:+d}, {dy:+d}) | {alone} | {'—' if there is None else f'{100 * there:.1f}'} | {short} |")
    return "\n".join(lines)


def at_cell(result: Mapping[str, Any], dx: int, dy: int) -> float:
    """Give the accuracy at one shift."""
    side = 2 * RADIUS + 1
    return float(result["right_in_cell"][(dy + RADIUS) * side + dx + RADIUS] / result["count"])


@dataclass(frozen=True)
class Target:
    """What was aimed for, what was reached, and whether that is enough."""

    words: str
    reached: str
    met: bool | None

    def row(self) -> str:
        """Give its row of the table."""
        return f"| {self.words} | {self.reached} | {'—' if self.met is None else 'yes' if self.met else '**no**'} |"


def targets(results: Found) -> list[Target]:
    """Hold the rung to ship, and the rung that goes round the torus, against what was aimed for."""
    own, plain_cnn = results[SHIPPED], results["cnn"]
    wanted = [
        ("zeros: mean of all shifts ≥ 90 %", "mean", 0.90),
        ("zeros: same answer at two shifts ≥ 94 %", "pair_consistency", 0.94),
        ("zeros: right at every shift ≥ 75 %", "right_everywhere", 0.75),
    ]
    columns = estimates(own) if own else {}
    found = [
        Target(words, share(columns[name]) if own else "—", columns[name].value >= least if own else None)
        for words, name, least in wanted
    ]
    loss = gain(own, plain_cnn, "clean")
    words = "zeros: unmoved loss ≤ 1 point against the plain `cnn` trained as long"
    found.append(Target(words, points(loss), None if loss is None else loss.value <= 0.01))
    found.append(_lowest_against_ceiling(own))
    torus = [one for rung in RUNGS if rung.border == "wrap" for one in results[rung.name]]
    words = "wrap: 10,000 of 10,000 unchanged at all 784 moves"
    if torus:
        kept = [int(unpacked(one["per_image"]["unchanged_everywhere"]).sum()) for one in torus]
        found.append(Target(words, " and ".join(f"{one:,}" for one in kept), min(kept) == COUNT))
        clean = estimates(torus)["clean"]
        found.append(Target("wrap: unmoved ≥ 90 %", share(clean), clean.value >= 0.90))
    else:
        found += [Target(words, "—", None), Target("wrap: unmoved ≥ 90 %", "—", None)]
    return found


def _lowest_against_ceiling(own: Sequence[Mapping[str, Any]]) -> Target:
    """Compare at the corner or side that is furthest below its own ceiling."""
    words = "zeros: lowest shift within 2 points of its ceiling"
    ends = {cell.at: cell.result() for cell in cells() if cell.at is not None}
    there = {at: one for at, one in ends.items() if at is not None and one is not None}
    if not own or not there:
        return Target(words, "—", None)
    short = {at: one["accuracy"][0] - np.mean([at_cell(seed, *at) for seed in own]) for at, one in there.items()}
    worst = max(short, key=short.__getitem__)
    missing = f"; {len(ends) - len(there)} of {len(ends)} ceilings not run yet" if len(there) < len(ends) else ""
    reached = f"{100 * short[worst]:.1f} points below it at ({worst[0]:+d}, {worst[1]:+d}), the furthest{missing}"
    return Target(words, reached, bool(short[worst] <= 0.02) if not missing else None)


def page(results: Found) -> str:
    """Give what stands between the marks of the page."""
    slowness = read_json(RESULTS / "seconds.json") if (RESULTS / "seconds.json").exists() else {}
    zeros = [rung for rung in RUNGS if rung.border == "zeros"]
    torus = [rung for rung in RUNGS if rung.border == "wrap"]
    done = sum(len(one) for one in results.values())
    asked = sum(rung.seeds for rung in RUNGS)
    ends = sum(cell.result() is not None for cell in cells() if cell.at is not None)
    parts = [
        (
            f"{done} of {asked} trainings and {ends} of {len(CEILINGS)} ceilings are done; each is {EPOCHS} epochs of "
            "the recipe `fast` on all 60,000 training pictures."
        ),
        "### Shifts of up to 5 pixels, blank comes in",
        table(zeros, results, slowness),
        "### Round the torus, all 784 moves",
        table_of_torus(torus, results),
        "### Ceilings",
        ceilings(results[SHIPPED]),
        "### Aims",
        "\n".join(
            ["| aim | reached | met |", "| --- | --- | --- |", *(one.row() for one in targets(results))],
        ),
    ]
    return "\n\n".join(parts)


def table_of_torus(rungs: Sequence[Rung], results: Found) -> str:
    """Give a row per rung that was moved round the torus."""
    lines = ["| rung | seeds | unmoved | unchanged at all 784 moves |", "| --- | --- | --- | --- |"]
    for rung in rungs:
        own = results[rung.name]
        kept = [int(unpacked(one["per_image"]["unchanged_everywhere"]).sum()) for one in own]
        clean = share(estimates(own)["clean"]) if own else "—, not run yet"
        told = ", ".join(f"{one:,} of {COUNT:,}" for one in kept) or "—, not run yet"
        lines.append(f"| {rung.label} | {len(own)} of {rung.seeds} | {clean} | {told} |")
    return "\n".join(lines)
