"""How the causes of flips look."""

from typing import Any

from convlens.cli.show.basics import as_grid, line, percent

NOT_SHOWN = "not shown: it says so as often where nothing flipped"
"""What stands in the place of a cause's meaning where its test shows nothing."""


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
        name = _named(key)
        if not test["testable"]:
            rows.append((name, "—", "—", "—", test["reason"]))
            continue
        said = test["meaning"] if test["shown"] else NOT_SHOWN
        rows.append((name, _rate(test, "rate"), _rate(test, "control"), _excess(test), said))
    for key, name in (("any", "any of them"), ("any_shown", "any that is shown")):
        one = content[key]
        rows.append((name, percent(one["share"], one["low"], one["high"]), _rate(one, "control"), _excess(one), ""))
    as_grid(("test", "says so of flips", "of answers that held", "excess in points", ""), rows)
    line()
    unshown = {_named(key) for key, test in content["tests"].items() if test["testable"] and not test["shown"]}
    shares = [
        (row["cause"], row["count"], percent(row["share"], row["low"], row["high"]), _meaning(row, unshown))
        for row in content["rows"]
        if row["count"] is not None
    ]
    as_grid(("flips by what the tests say", "flips", "share (95 % interval)", ""), shares)
    line("what counts is the excess: a test that says so as often of answers that held explains no flip")


def _named(key: str) -> str:
    """Give a cause by the key of its test."""
    return key.replace("position_bound", "position-bound").replace("_", " ")


def _meaning(row: dict[str, Any], unshown: set[str]) -> str:
    """Say what an outcome means for the flips: a cause whose test shows nothing explains none of them."""
    if row["cause"] in unshown:
        return NOT_SHOWN
    told: str = row["meaning"]
    return told


def _rate(content: dict[str, Any], key: str) -> str:
    value = content[key]
    return "—" if value is None else percent(value, content[f"{key}_low"], content[f"{key}_high"])


def _excess(content: dict[str, Any]) -> str:
    ends = [content[key] for key in ("excess", "excess_low", "excess_high")]
    if None in ends:
        return "—"
    value, low, high = (f"{100 * end:+.1f}" for end in ends)
    return f"{value} ({low} to {high})"
