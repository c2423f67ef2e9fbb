"""How augmentations look."""

from typing import TYPE_CHECKING

from convlens.cli.show.basics import line, note

if TYPE_CHECKING:
    from convlens.tables import Table
    from convlens.workflows.augmenting import Examples
    from convlens.workflows.copies import Copies


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
