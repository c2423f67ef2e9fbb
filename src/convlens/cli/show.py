"""How results look: tables and numbers on stdout, notes and progress on stderr."""

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table as Grid

if TYPE_CHECKING:
    from pathlib import Path

    from convlens.audit.intervals import Estimate
    from convlens.models.layer_table import LayerTable
    from convlens.tables import Table
    from convlens.workflows.auditing import Audit
    from convlens.workflows.augmenting import Examples
    from convlens.workflows.changes import ChangeAudits
    from convlens.workflows.comparing import Compared
    from convlens.workflows.copies import Copies
    from convlens.workflows.datasets import Checked
    from convlens.workflows.evaluation import Evaluation
    from convlens.workflows.ladder import Hardened
    from convlens.workflows.one_image import OneImage
    from convlens.workflows.training import TrainResult


def as_json(value: Any) -> None:
    """Print plain values as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def as_grid(heads: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print rows under heads; numbers stand to the right, and nothing is cut off when the output is a file."""
    listed = [[_cell(value) for value in row] for row in rows]
    grid = Grid(title=title or None, box=None, pad_edge=False, title_justify="left", header_style="bold")
    for place, head in enumerate(heads):
        numeric = all(row[place].lstrip("+-−")[:1].isdigit() or row[place] in {"", "—"} for row in listed)
        grid.add_column(head, justify="right" if numeric and listed else "left", overflow="fold")
    for row in listed:
        grid.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False)
    console.print(grid)


def line(text: str = "") -> None:
    """Print one line of a result."""
    print(text)


def note(text: str) -> None:
    """Print what the user should know besides the result."""
    print(text, file=sys.stderr)


def percent(value: float, low: float | None = None, high: float | None = None) -> str:
    """Write a proportion with its interval: "88.1 % (87.4–88.7)"."""
    head = f"{100 * value:.1f} %"
    return head if low is None or high is None else f"{head} ({100 * low:.1f}–{100 * high:.1f})"


def _cell(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def table(content: "Table") -> None:
    """Print a table of values."""
    as_grid(list(content.columns), zip(*content.columns.values(), strict=True))


def trained(result: "TrainResult") -> None:
    """Print what came of a training."""
    for sentence in result.notes:
        note(f"note: {sentence}")
    if result.stopped:
        line(f"{result.stopped} after {len(result.history)} whole epochs; all is saved. To go on:")
        line(f"  {result.resume_command}")
        return
    last = result.history[-1]
    held_out = f", held out {percent(last.validation_accuracy)}" if last.validation_accuracy is not None else ""
    line(f"accuracy in training {percent(last.train_accuracy)}{held_out} after {len(result.history)} epochs")
    line(f"run {result.run.path}")


def evaluation(result: "Evaluation") -> None:
    """Print an evaluation."""
    line(f"{result.subject}: right on {percent(result.accuracy, result.low, result.high)}")
    line(
        f"of {result.count:,} pictures of {result.data}, {result.split} split; loss {result.loss:.4f}; {result.weights}"
    )
    line()
    rows = [
        (row["class"], row["count"], percent(*(float(row[key] or 0) for key in ("accuracy", "low", "high"))))
        for row in result.per_class.rows()
        if row["count"]
    ]
    as_grid(("class", "pictures", "right (95 % interval)"), rows)


def audit(result: "Audit") -> None:
    """Print an audit: the numbers for the whole, the map of accuracies or unchanged answers, and why answers flip."""
    values = result.result
    protocol, ends, radius = values["protocol"], values["intervals"], values["protocol"]["radius"]
    line(
        f"{values['subject']} ({values['weights']}): {protocol['count']:,} pictures of {protocol['data']}, "
        f"{protocol['split']} split, moved by up to {radius} px each way, border {protocol['border']}"
    )
    rows = [
        (NUMBERS[key], percent(values[key], *ends[key])) for key in NUMBERS if key in ends and not key.endswith("_px")
    ]
    if "lowest_at" in values:
        at = f"{values['lowest_at']['dx']:+d}, {values['lowest_at']['dy']:+d}"
        named = NUMBERS["lowest"]
        rows = [(f"{name} ({at} px)" if name == named else name, share) for name, share in rows]
    if FIRST_FLIP in ends:
        found = (values[FIRST_FLIP], *ends[FIRST_FLIP])
        value, low, high = (f">{radius}" if one is None else f"{one:g}" for one in found)
        rows.append((NUMBERS[FIRST_FLIP], f"{value} px ({low}–{high})"))
    as_grid(("share of pictures", "95 % interval"), rows)
    line()
    shown, words = ("accuracy", "accuracy") if "lowest_at" in values else ("unchanged", "same answer as not moved,")
    line(f"{words} in %, moved right (→) and down (↓) by … px")
    by_place = {(cell["dx"], cell["dy"]): f"{100 * cell[shown]:.0f}" for cell in values["cells"]}
    _plane(radius, lambda dx, dy: by_place[dx, dy])
    if values.get("causes"):
        line()
        causes(values["causes"])
    _wrote(result.saved)


def one_image(result: "OneImage") -> None:
    """Print what is said to one picture: the probabilities sideways, then the winning class over both axes."""
    from convlens.report.words import short_names

    truly = "" if result.true is None else f", truly {result.true!r}"
    line(f"{result.subject}: picture {result.number}{truly}, border {result.border}")
    line("probability of each class in %, moved right by … px")
    columns: Any = result.table.columns
    classes = list(columns)[2:]
    likely = sorted(classes, key=lambda name: max(columns[name]), reverse=True)[:LIKELY]
    shown = [name for name in classes if name in likely]
    rows = [
        (row["dx"], row["answer"], *(f"{100 * float(row[name] or 0):.1f}" for name in shown))
        for row in result.table.rows()
    ]
    as_grid(("px", "answer", *shown), rows)
    if len(shown) < len(classes):
        line(f"the likeliest {len(shown)} of {len(classes)} classes; --json has all")
    line()
    won = dict.fromkeys(name for row in result.winners for name in row)
    short = dict(zip(won, short_names(list(won)), strict=True))
    line("the winning class, moved right (→) and down (↓) by … px")
    _plane(result.radius, lambda dx, dy: short[result.winners[result.radius + dy][result.radius + dx]])
    counts = {name: sum(row.count(name) for row in result.winners) for name in won}
    line(", ".join(f"{short[name]} {name} ({counts[name]})" for name in won))
    _wrote(result.saved)


def _plane(radius: int, cell: Callable[[int, int], str]) -> None:
    """Print a value for each shift, moved right along a row and down along a column."""
    steps = range(-radius, radius + 1)
    as_grid(("px", *map(str, steps)), [(str(dy), *(cell(dx, dy) for dx in steps)) for dy in steps])


def severities(result: "ChangeAudits") -> None:
    """Print audits of other changes: for each the shares by amount, and the amount that flips half of the answers."""
    for place, values in enumerate(result.results):
        protocol = values["protocol"]
        if place:
            line()
        line(f"{values['change']}: {values['summary']}")
        around = "" if protocol["border"] is None else f", border {protocol['border']}"
        line(
            f"{values['subject']} ({values['weights']}): {protocol['count']:,} pictures of {protocol['data']}, "
            f"{protocol['split']} split{around}"
        )
        if "limits" in protocol:
            _spatial(values)
        else:
            _by_amount(values)
    _wrote(result.saved)


def _wrote(paths: "Sequence[Path]") -> None:
    """Say where results are: each file, or the folder of many."""
    if len(paths) <= LISTED:
        for path in paths:
            line(f"wrote {path}")
    else:
        line(f"wrote {len(paths)} files into {paths[0].parent}")


def _by_amount(values: dict[str, Any]) -> None:
    unit, cells = values["protocol"]["unit"], {cell["amount"]: cell for cell in values["cells"]}
    sides = (-1, 1) if min(cells) < 0 else (1,)
    # Some ten rows are read at a glance; the files have all of them.
    last = len(values["levels"]) - 1
    every = last // 12 + 1
    shown = [level for place, level in enumerate(values["levels"]) if place in (0, last) or (last - place) % every == 0]
    words = {"accuracy": "right", "unchanged": "same answer"}
    keys = [key for key in words if key in values["cells"][0]]
    heads = [f"{words[key]} at {'−+'[side > 0]}" if len(sides) > 1 else words[key] for key in keys for side in sides]
    rows = []
    for level in shown:
        own = [cells.get(side * level["amount"] + 0.0, {}) for side in sides]
        shares = [percent(cell[key]) if cell else "—" for key in keys for cell in own]
        unflipped = percent(*(level[key] for key in ("unflipped", "unflipped_low", "unflipped_high")))
        rows.append((level["amount"], *shares, unflipped))
    as_grid((f"amount in {unit}", *heads, "unflipped so far (95 % interval)"), rows)
    most = values["levels"][-1]["amount"]
    median, (low, high) = values["median_amount_to_flip"], values["intervals"]["median_amount_to_flip"]
    ends = "" if low is None else f" ({low:g} to {f'>{most:g}' if high is None else f'{high:g}'})"
    line(f"median amount to flip {amount(median, unit, most)}{ends}")


def _spatial(values: dict[str, Any]) -> None:
    limits = values["protocol"]["limits"]
    poses = len(values["cells"])
    line(
        f"moved by up to {limits['move_px']:g} px each way and turned by up to {limits['turn_deg']:g}°, "
        f"{limits['moves']} × {limits['moves']} × {limits['turns']} poses"
    )
    words = {
        "clean": "right, unchanged",
        "random": "right in a random pose",
        "worst_of_random": f"right in the worst of {limits['tries']} random poses",
        "grid": f"right in each of the {poses} poses",
        "unchanged_random": "same answer in a random pose",
        "unchanged_worst_of_random": f"same answer in {limits['tries']} random poses",
        "unchanged_grid": f"same answer in each of the {poses} poses",
    }
    rows = [(words[key], percent(values[key], *values["intervals"][key])) for key in words if key in values]
    as_grid(("share of pictures", "95 % interval"), rows)


def amount(value: float | None, unit: str, most: float = 0) -> str:
    """Write an amount with its unit, "18°" or "2.5 px"; ">30°" for None, which lies beyond the largest."""
    number = f">{most:g}" if value is None else f"{value:g}"
    return f"{number}{unit}" if unit == "°" else f"{number} {unit}"


LISTED, LIKELY = 6, 12
FIRST_FLIP = "median_first_flip_px"
NUMBERS = {
    "clean": "right, not moved",
    "mean": "right, mean over all shifts",
    "lowest": "right at the worst shift",
    "right_everywhere": "right at every shift",
    "unchanged_everywhere": "same answer at every shift",
    "pair_consistency": "same answer at two random shifts",
    "consistency_to_origin": "same answer as not moved",
    "fidelity": "same answer as not moved, and right",
    "flip_probability": "another answer one pixel on",
    "area_under_curve": "right within r px, mean over r",
    FIRST_FLIP: "half of the answers flip within",
}
"""What the numbers of an audit of shifts are called."""


def compared(result: "Compared") -> None:
    """Print a comparison: the numbers, the pairs with their tests and differences, then who is ahead of whom."""
    from convlens.audit.ranking import spelled

    found, protocol = result.comparison, result.comparison.protocol
    line(
        f"{protocol.count:,} pictures of {protocol.data}, {protocol.split} split, moved by up to {protocol.radius} px, "
        f"border {protocol.border}; 95 % intervals in brackets"
    )
    names, keys = tuple(found.numbers), tuple(next(iter(found.numbers.values())))
    shown = [
        (NUMBERS[key], *(_with_ends(key, found.numbers[name][key], protocol.radius) for name in names)) for key in keys
    ]
    as_grid(("", *names), shown)
    decided_on = NUMBERS[found.decided_on]
    line()
    line(f"{decided_on}, pair by pair (exact McNemar test; p adjusted by Holm for {len(found.pairs)} in all)")
    heads = ("pair", "both", "only the first", "only the second", "neither", "p", "adjusted p")
    rows = []
    for pair in found.pairs:
        test = pair.test
        counts = (test.both, test.only_one, test.only_other, test.neither)
        rows.append((f"{pair.one}, {pair.other}", *counts, spelled(test.p), spelled(pair.p_holm)))
    as_grid(heads, rows)
    for start in range(0, len(found.pairs), 3):
        some = found.pairs[start : start + 3]
        line()
        line("differences in percentage points (paired bootstrap over pictures, each interval for itself)")
        as_grid(
            ("", *(f"{pair.one} − {pair.other}" for pair in some)),
            [(NUMBERS[key], *(_points(key, pair.differences[key]) for pair in some)) for key in keys],
        )
    line()
    places = [(rank.name, _with_ends("", rank.value, protocol.radius), rank.letters) for rank in found.ranking]
    as_grid((f"ranking by: {decided_on}", "share of pictures", "group"), places)
    for sentence in found.sentences:
        line(sentence)


def _with_ends(key: str, one: "Estimate", radius: int) -> str:
    if not key.endswith("_px"):
        return percent(one.value, one.low, one.high)
    value, low, high = (f"{end:g}" if end < math.inf else f">{radius}" for end in (one.value, one.low, one.high))
    return f"{value} px ({low}–{high})"


def _points(key: str, one: "Estimate") -> str:
    if not math.isfinite(one.value):
        return "not known"
    scale, places, unit = (1, 0, " px") if key.endswith("_px") else (100, 1, "")
    ends = (one.value, one.low, one.high)
    value, low, high = (f"{scale * end:+.{places}f}" if math.isfinite(end) else "?" for end in ends)
    return f"{value}{unit} ({low} to {high})"


def hardened(result: "Hardened") -> None:
    """Print a ladder of remedies: a row per rung, then which one to ship and how to go on."""
    from convlens.audit.ranking import spelled

    content = result.to_json()
    protocol, keys = content["protocol"], ("clean", "mean", "lowest", "right_everywhere", "pair_consistency")
    if protocol is not None:
        line(
            f"{protocol['count']:,} pictures of {protocol['data']}, {protocol['split']} split, moved by up to "
            f"{protocol['radius']} px, border {protocol['border']}; shares in %, 95 % intervals in brackets"
        )
    heads = ("rung", "", "not moved", "mean", "worst shift", "every shift", "same at two", "half flip", "s", "p")
    rows: list[tuple[str | None, ...]] = []
    for one in content["ladder"]:
        if "clean" not in one:
            rows.append((one["rung"], one["label"], *("—",) * (len(heads) - 2)))
            continue
        shares = [percent(one[key], *one["intervals"][key]).replace(" %", "") for key in keys]
        ends = (one["median_first_flip_px"], *one["intervals"]["median_first_flip_px"])
        value, low, high = (f">{protocol['radius']}" if end is None else f"{end:g}" for end in ends)
        p = spelled(one["against"]["p_holm"]) if "against" in one else None
        seconds = None if one["seconds"] is None else f"{one['seconds']:.0f}"
        rows.append((one["rung"], one["label"], *shares, f"{value} px ({low}–{high})", seconds, p))
    as_grid(heads, rows)
    for one in content["ladder"]:
        if one["why"]:
            line(f"{one['rung']}: {one['state']}: {one['why']}")
    line("right (not moved, mean of all shifts, worst shift, every shift), same answer at two random shifts, how far ")
    line("half of the answers hold, seconds of training; p: exact McNemar test of being right everywhere, against the")
    line("rung before (a vote: against the network that votes), adjusted by Holm")
    line()
    for sentence in content["advice"]:
        line(sentence)
    for remark in content["notes"]:
        note(f"note: {remark}")
    line(f"wrote ladder.json, ladder.csv and ladder.svg into {result.folder}")
    if content["resume"]:
        line(f"not all rungs are done ({content['stopped'] or 'left for later'}); go on with: {content['resume']}")


def layers(content: "LayerTable") -> None:
    """Print a layer table."""
    rows = [
        (one.name, one.kind, "×".join(map(str, one.output_shape)), one.params_sum or "—", one.macs)
        for one in content.layers
    ]
    as_grid(("layer", "kind", "output", "parameters", "multiply-adds"), rows)
    line(f"{content.total_params:,} parameters, {content.macs:,} multiply-adds for one picture")


def checked(content: "Checked") -> None:
    """Print what a data set holds."""
    first = content.parts[0]
    line(f"{content.splits.source}: {first.size[0]}×{first.size[1]} pixels, {first.channels} channel(s)")
    rows = [(name, *(part.counts()[name] for part in content.parts)) for name in first.class_names]
    rows.append(("all", *(len(part) for part in content.parts)))
    as_grid(("class", *(part.split for part in content.parts)), rows)
    for part in content.parts:
        line(f"hash of {part.split}: {part.manifest_hash}")
    for sentence in content.splits.notes:
        note(f"note: {sentence}")


def examples(content: "Examples") -> None:
    """Print where the examples of an augmentation are."""
    line(f"wrote {content.path}")
    for one in content.left_out:
        note(f"left out {one.path}: {one.reason}")


def copies(content: "Copies") -> None:
    """Print what came of an augmented copy."""
    there = f" ({content.kept:,} were there already)" if content.kept else ""
    line(f"wrote {content.made:,} pictures into {content.folder}{there}")
    for one in content.left_out:
        note(f"left out {one.path}: {one.reason}")
    for sentence in content.notes:
        note(f"note: {sentence}")


def vocabulary(content: "Table") -> None:
    """Print what an augmentation can be made of, family by family."""
    family = None
    for row in content.rows():
        if row["family"] != family:
            family = row["family"]
            line(f"{family}:")
        head = row["written"] if family != "recipes" else row["name"]
        line(f"  {head}")
        line(f"      {row['summary']}")
        if family == "recipes":
            line(f"      {row['written']}")


def causes(content: dict[str, Any]) -> None:
    """Print why answers flipped: each test on flips and on answers that held, then the flips by outcome."""
    if not content["pairs"]:
        line("no answer flipped, so there is nothing to explain")
        return
    line(
        f"why did it flip: {content['pairs']:,} of {content['flips']:,} flips, of {content['images']:,} pictures, "
        f"beside {content['controls']:,} answers that held at the same shifts, of pictures answered about as surely"
    )
    rows = []
    for key, test in content["tests"].items():
        name = key.replace("position_bound", "position-bound").replace("_", " ")
        if not test["testable"]:
            rows.append((name, "—", "—", "—", test["reason"]))
            continue
        said = test["meaning"] if test["shown"] else "not shown: it says so as often where nothing flipped"
        rows.append((name, _rate(test, "rate"), _rate(test, "control"), _excess(test), said))
    for key, name in (("any", "any of them"), ("any_shown", "any that is shown")):
        one = content[key]
        rows.append((name, percent(one["share"], one["low"], one["high"]), _rate(one, "control"), _excess(one), ""))
    as_grid(("test", "says so of flips", "of answers that held", "excess in points", ""), rows)
    line()
    shares = [
        (row["cause"], row["count"], percent(row["share"], row["low"], row["high"]), row["meaning"])
        for row in content["rows"]
        if row["count"] is not None
    ]
    as_grid(("flips by what the tests say", "flips", "share (95 % interval)", ""), shares)
    line("what counts is the excess: a test that says so as often of answers that held explains no flip")


def _rate(content: dict[str, Any], key: str) -> str:
    value = content[key]
    return "—" if value is None else percent(value, content[f"{key}_low"], content[f"{key}_high"])


def _excess(content: dict[str, Any]) -> str:
    ends = [content[key] for key in ("excess", "excess_low", "excess_high")]
    if None in ends:
        return "—"
    value, low, high = (f"{100 * end:+.1f}" for end in ends)
    return f"{value} ({low} to {high})"
