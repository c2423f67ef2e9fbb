"""How results look: tables and numbers on stdout, notes and progress on stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table as Grid

if TYPE_CHECKING:
    from convlens.models.layer_table import LayerTable
    from convlens.tables import Table
    from convlens.workflows.auditing import Audit
    from convlens.workflows.augmenting import Examples
    from convlens.workflows.copies import Copies
    from convlens.workflows.datasets import Checked
    from convlens.workflows.evaluation import Evaluation
    from convlens.workflows.training import TrainResult


def as_json(value: Any) -> None:
    """Print plain values as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def as_grid(heads: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print rows under heads; numbers stand to the right, and nothing is cut off when the output is a file."""
    listed = [[_cell(value) for value in row] for row in rows]
    grid = Grid(title=title or None, box=None, pad_edge=False, title_justify="left", header_style="bold")
    for place, head in enumerate(heads):
        numeric = all(row[place][:1].isdigit() or row[place] in {"", "—"} for row in listed)
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
    """Print an audit: the numbers for the whole, then the map of accuracies."""
    values, ends = result.result, result.result["intervals"]
    protocol = values["protocol"]
    line(
        f"{values['subject']} ({values['weights']}): {protocol['count']:,} pictures of {protocol['data']}, "
        f"{protocol['split']} split, moved by up to {protocol['radius']} px each way, border {protocol['border']}"
    )
    dx, dy = values["lowest_at"]["dx"], values["lowest_at"]["dy"]
    words = {
        "clean": "right, not moved",
        "mean": "right, mean over all shifts",
        "lowest": f"right at the worst shift ({dx:+d}, {dy:+d} px)",
        "right_everywhere": "right at every shift",
        "unchanged_everywhere": "same answer at every shift",
    }
    as_grid(("share of pictures", "95 % interval"), [(words[key], percent(values[key], *ends[key])) for key in words])
    line()
    line("accuracy in %, moved right (→) and down (↓) by … px")
    radius = protocol["radius"]
    steps = range(-radius, radius + 1)
    found = {(cell["dx"], cell["dy"]): f"{100 * cell['accuracy']:.0f}" for cell in values["cells"]}
    as_grid(("px", *map(str, steps)), [(f"{y:+d}", *(found[x, y] for x in steps)) for y in steps])
    for path in result.saved:
        line(f"wrote {path}")


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
