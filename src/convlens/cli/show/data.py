"""How a data set looks."""

from typing import TYPE_CHECKING

from convlens.cli.show.basics import as_grid, line, note

if TYPE_CHECKING:
    from convlens.workflows.datasets import Checked


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
