"""How results look: tables and numbers on stdout, notes and progress on stderr."""

from convlens.cli.show.audits import audit, one_image
from convlens.cli.show.augmenting import copies, examples, vocabulary
from convlens.cli.show.basics import as_grid, as_json, line, note, percent, table
from convlens.cli.show.changes import amount, severities
from convlens.cli.show.comparisons import compared
from convlens.cli.show.data import checked
from convlens.cli.show.flips import causes
from convlens.cli.show.hardening import hardened
from convlens.cli.show.inside import consultation, effective, layers, saliency, seen
from convlens.cli.show.training import evaluation, trained

__all__ = [
    "amount",
    "as_grid",
    "as_json",
    "audit",
    "causes",
    "checked",
    "compared",
    "consultation",
    "copies",
    "effective",
    "evaluation",
    "examples",
    "hardened",
    "layers",
    "line",
    "note",
    "one_image",
    "percent",
    "saliency",
    "seen",
    "severities",
    "table",
    "trained",
    "vocabulary",
]
