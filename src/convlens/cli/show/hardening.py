"""How a ladder of remedies looks."""

from typing import TYPE_CHECKING

from convlens.cli.show.basics import as_grid, line, note, percent

if TYPE_CHECKING:
    from convlens.workflows.ladder import Hardened


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
