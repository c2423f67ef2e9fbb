"""Which of several audited networks holds still, and is the difference more than chance?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.audit.answered import Answered, unpack
from convlens.audit.comparison import Comparison
from convlens.audit.comparison import compare as compare_audits
from convlens.errors import DataError, RunError, SettingsError
from convlens.files import read_json
from convlens.workflows.alike import Kept, kept, newest_alike, protocol_of
from convlens.workflows.audit_files import SHIFTS, audits_of, written
from convlens.workflows.subjects import trained


@dataclass(frozen=True, eq=False)
class Compared:
    """A comparison, and the audits it was made from.

    Attributes:
        audits: the JSON file of each, by the network's name.
    """

    comparison: Comparison
    audits: dict[str, Path]

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {"audits": {name: str(path) for name, path in self.audits.items()}} | self.comparison.to_json()


def compare(references: Sequence[str | Path], *, model: str | None = None) -> Compared:
    """Compare networks by audits of their present weights, the newest that all have alike; nothing is computed anew.

    Args:
        references: run folders, weights files, or the JSON files of audits.
        model: the `module:function` that builds them, for networks of the user's own.

    Raises:
        SettingsError: fewer than two, the same one twice, or audits that differ in how they were made.
        RunError: a run has no audit of its present weights, or none that kept the answers.
        DataError: a file is no audit, or its answers are damaged.
    """
    chosen = _alike([_audits(Path(reference), model) for reference in references])
    paths, contents = [one.path for one in chosen], [one.content for one in chosen]
    names = [str(content["subject"]) for content in contents]
    if len(set(names)) < len(names):
        names = [str(reference) for reference in references]
    if len(set(paths)) < len(paths) or len(set(names)) < len(names):
        raise SettingsError(f"the same audit was named twice: {', '.join(names)}; name each once")
    answered = {name: _answers(path, content) for name, path, content in zip(names, paths, contents, strict=True)}
    return Compared(compare_audits(answered), dict(zip(names, paths, strict=True)))


def _audits(reference: Path, model: str | None) -> list[Kept]:
    """Find the audits of a network's present weights, the one that was written last first; a file is one of its own."""
    if reference.suffix == ".json":
        path = reference.resolve()
        return [kept(path, _read(path))]
    subject = trained(reference, model=model)
    found = list(written(audits_of(subject), SHIFTS))
    own = [kept(path.resolve(), content) for path, content in found if content.get("weights_sha256") == subject.digest]
    if own:
        return own
    told = f" (the {len(found)} that are there are of other weights)" if found else ""
    raise RunError(
        f"{str(reference)!r} has no audit of its present weights{told}; run `convlens audit {reference}` first"
    )


def _alike(audits: list[list[Kept]]) -> tuple[Kept, ...]:
    """Choose the newest audits that all networks have alike, of those that kept their answers if they can be had.

    Where none are alike, the newest of each are given: what they differ in is then said.
    """
    answered = [[one for one in own if one.answers.is_file()] for own in audits]
    return newest_alike(answered) or newest_alike(audits) or tuple(own[0] for own in audits)


def _read(path: Path) -> dict[str, Any]:
    content = read_json(path)
    if not isinstance(content, dict) or "subject" not in content or "radius" not in content.get("protocol", ()):
        raise DataError(f"{str(path)!r} is no audit of shifts; give a run folder, or the JSON file of such an audit")
    return content


def _answers(path: Path, content: dict[str, Any]) -> Answered:
    """Read the answers that lie beside an audit's JSON file."""
    beside = path.with_suffix(".npz")
    if not beside.is_file():
        raise RunError(
            f"the audit {str(path)!r} kept no answers ({beside.name} is not beside it); "
            f"run `convlens audit` for {content['subject']} again, then compare"
        )
    answered = unpack(beside.read_bytes(), beside)
    if answered.protocol != protocol_of(content):
        raise DataError(f"{str(beside)!r} belongs to another audit than the JSON file beside it; audit again")
    return answered
