"""Where a look inside a network lies on disk, and the run's page that shows it."""

from pathlib import Path

from convlens.workflows.audit_files import audits_of
from convlens.workflows.reporting import write_report
from convlens.workflows.subjects import Subject


def explain_folder(subject: Subject, to: Path | str | None = None) -> Path:
    """Give the folder that `convlens explain` writes into: the run's own, or `audits/NAME` for what is no run."""
    if to is None and subject.run is not None:
        return subject.run.path / "explain"
    return audits_of(subject, to)


def renewed_page(subject: Subject, model: str | None = None) -> Path | None:
    """Write a run's page anew, so that it shows what lies in the folder; None for what is no run."""
    return None if subject.run is None else write_report([subject.run.path], model=model).path
