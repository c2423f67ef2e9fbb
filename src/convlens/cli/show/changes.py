"""How audits of other changes than shifts look."""

from typing import TYPE_CHECKING, Any

from convlens.cli.show.basics import as_grid, line, percent, wrote
from convlens.workflows.split_words import source_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convlens.workflows.changes import ChangeAudits


def severities(result: "ChangeAudits") -> None:
    """Print audits of other changes: for each the shares by amount, and the amount that flips half of the answers."""
    for place, values in enumerate(result.results):
        protocol = values["protocol"]
        if place:
            line()
        line(f"{values['change']}: {values['summary']}")
        around = "" if protocol["border"] is None else f", border {protocol['border']}"
        line(
            f"{values['subject']} ({values['weights']}): {protocol['count']:,} pictures of "
            f"{source_in_words(protocol['data'], protocol['split'])}{around}"
        )
        if "limits" in protocol:
            _spatial(values)
        else:
            _by_amount(values)
    wrote(result.saved)


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
    for key in keys:
        line(_lowest(values["cells"], key, words[key], unit))
    line("the interval of every other share stands in the CSV and JSON files, and on the page of `convlens report`")
    most = values["levels"][-1]["amount"]
    median, (low, high) = values["median_amount_to_flip"], values["intervals"]["median_amount_to_flip"]
    ends = "" if low is None else f" ({low:g} to {f'>{most:g}' if high is None else f'{high:g}'})"
    line(f"median amount to flip {amount(median, unit, most)}{ends}")


def _lowest(cells: "Sequence[Mapping[str, Any]]", key: str, word: str, unit: str) -> str:
    """Say where a share is lowest, with its interval."""
    cell = min(cells, key=lambda cell: float(cell[key]))
    ends = ("low", "high") if key == "accuracy" else (f"{key}_low", f"{key}_high")
    return f"{word}, lowest: {percent(cell[key], *(cell[end] for end in ends))} at {amount(cell['amount'], unit)}"


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
