"""Put what the demo measured into the README: a table with intervals, and the maps of accuracy at every shift.

convlens demo && python benchmarks/demo_figures.py demo README.md docs/images/shift-maps.svg
"""

import re
import sys
from pathlib import Path
from typing import Any

from convlens.files import write_text
from convlens.report.figures import shift_map
from convlens.tables import Table
from convlens.workflows.auditing import newest_audit
from convlens.workflows.demonstration import CHAPTERS
from convlens.workflows.subjects import trained

HEAD_PX, GAP_PX = 34.0, 16.0
START, END = "<!-- demo: written by benchmarks/demo_figures.py -->", "<!-- demo: end -->"


def main() -> None:
    """Read the audits of the demo's networks and write both files."""
    demo, readme, picture = map(Path, sys.argv[1:])
    audits = {}
    for chapter in CHAPTERS:
        audit = newest_audit(trained(demo / chapter.run))
        assert audit is not None, f"{demo / chapter.run} was not audited; run `convlens demo` first"
        audits[chapter.label] = audit
    write_text(picture, side_by_side(audits))
    write_text(readme, replaced(readme, START, END, table(audits)))


def replaced(page: Path, start: str, end: str, content: str) -> str:
    """Give the text of a page with what stands between two marks replaced."""
    head, _, rest = page.read_text(encoding="utf-8").partition(start)
    _, _, tail = rest.partition(end)
    assert rest, f"{page} has no line {start!r}"
    return f"{head}{start}\n{content}\n{end}{tail}"


def table(audits: dict[str, Any]) -> str:
    """Give one row per network: how often it is right, unmoved and moved, with Wilson 95 % intervals."""
    protocol = next(iter(audits.values()))["protocol"]
    radius = protocol["radius"]
    sideways = f"{radius} px left | {radius} px right"
    lines = [
        f"| {protocol['count']:,} test pictures | as they are | {sideways} | at the lowest shift | at *every* shift |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, audit in audits.items():
        at = {(cell["dx"], cell["dy"]): cell for cell in audit["cells"]}
        cells = [at[0, 0], at[-radius, 0], at[radius, 0], at[audit["lowest_at"]["dx"], audit["lowest_at"]["dy"]]]
        shares = [_share(cell["accuracy"], cell["low"], cell["high"]) for cell in cells]
        shares.append(_share(audit["right_everywhere"], *audit["intervals"]["right_everywhere"]))
        lines.append(f"| {name} | {' | '.join(shares)} |")
    return "\n".join(lines)


def side_by_side(audits: dict[str, Any]) -> str:
    """Set the maps beside one another, on white so that they read in a dark page too."""
    parts, left, tallest = [], GAP_PX, 0.0
    for number, (name, audit) in enumerate(audits.items()):
        lowest = audit["lowest_at"]["dx"], audit["lowest_at"]["dy"]
        svg = shift_map(Table.from_rows(audit["cells"]), lowest_at=lowest, key=f"map{number}")
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
        assert box is not None
        width, height = float(box[1]), float(box[2])
        placed = svg.replace("<svg ", f'<svg x="{left}" y="{HEAD_PX}" ', 1)
        parts.append(f'<text x="{left + width / 2}" y="22" text-anchor="middle">{name}</text>{placed}')
        left, tallest = left + width + GAP_PX, max(tallest, height)
    size = f"{left:.0f} {HEAD_PX + tallest:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" color="#1a1a1a" fill="#1a1a1a" '
        'font-family="system-ui, sans-serif" font-size="14" font-weight="600">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _share(value: float, low: float, high: float) -> str:
    return f"{100 * value:.1f} % ({100 * low:.1f}–{100 * high:.1f})"


if __name__ == "__main__":
    main()
