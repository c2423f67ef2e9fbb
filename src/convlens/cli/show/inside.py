"""How the inside of a network looks: its layers, what they answer to, and what the doctor says."""

import textwrap
from typing import TYPE_CHECKING

from convlens.cli.show.basics import as_grid, line, note, table

if TYPE_CHECKING:
    from convlens.explain.layer_table import LayerTable
    from convlens.workflows.consultation import Consultation
    from convlens.workflows.effective import Effective
    from convlens.workflows.saliency import Saliency
    from convlens.workflows.seeing import Seen


def seen(result: "Seen") -> None:
    """Print what is seen inside a network, a few sentences for each figure, and where the figures lie."""
    for exhibit in result.exhibits:
        line(exhibit.title)
        for plate in exhibit.plates:
            told = f"{plate.name}. {plate.caption}"
            line(textwrap.fill(told, 100, initial_indent="  ", subsequent_indent="    "))
        line()
    line(f"wrote {len(result.files)} files to {result.files[0].parent}")
    if result.page is not None:
        line(f"wrote {result.page}")
    for sentence in result.notes:
        note(f"note: {sentence}")


def saliency(result: "Saliency") -> None:
    """Print what the checks of saliency maps found, the label of each map that failed, and where all of them lie."""
    table(result.table)
    for sentence in result.labels:
        line(sentence)
    for path in result.files:
        line(f"wrote {path}")
    if result.page is not None:
        line(f"wrote {result.page}")


def effective(result: "Effective") -> None:
    """Print how far an effective receptive field reaches, and where its picture lies."""
    line(result.sentence)
    for path in result.files:
        line(f"wrote {path}")


def layers(content: "LayerTable") -> None:
    """Print a layer table."""
    from convlens.explain.layer_markup import HEADS, NOTE, cells, totals

    as_grid(HEADS, map(cells, content.layers))
    for sentence in totals(content):
        line(sentence)
    note(NOTE)


def consultation(result: "Consultation") -> None:
    """Print what the doctor says: each finding with its evidence, a remedy and whether that helps."""
    from convlens.explain.words import layer

    looked = f"; {result.pictures:,} pictures of {result.data}" if result.pictures else ""
    line(f"{result.subject}: {result.weights}{looked}")
    for one in result.diagnosis.findings:
        line()
        line(f"{one.kind} ({one.count:,}) in {', '.join(map(layer, one.layer.split(', ')))}")
        for word, said in (("seen", one.evidence), ("remedy", one.remedy), ("checked again", one.recheck.said)):
            line(textwrap.fill(f"{word}: {said}", 100, initial_indent="  ", subsequent_indent="    "))
    line()
    looked_for = f"looked for {', '.join(result.diagnosis.checked)}"
    line(f"healthy: nothing found ({looked_for})" if result.diagnosis.healthy else looked_for)
    for kind, why in result.diagnosis.not_checked.items():
        note(f"not looked for: {kind}, because {why}")
    for sentence in result.notes:
        note(f"note: {sentence}")
