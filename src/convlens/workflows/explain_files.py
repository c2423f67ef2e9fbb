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


def renewed_page(subject: Subject, folder: Path, model: str | None = None) -> Path | None:
    """Write the page of a run anew, or of a folder of what is no run, so that it shows what lies there.

    Args:
        folder: what `explain_folder` gives.

    Returns:
        None where the weights cannot be known again, and nothing that lies there is known to be about them.
    """
    if not subject.digest:
        return None
    return write_report([folder if subject.run is None else subject.run.path], model=model).path
