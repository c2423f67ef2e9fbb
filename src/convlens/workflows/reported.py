"""What a page is about: a run with its network and pictures, or the folder of what was found about another model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from convlens.arrays import Predict
from convlens.data.dataset import Dataset
from convlens.errors import DataError, RunError, SettingsError
from convlens.explain.saliency.pictures import PictureMaps
from convlens.report.plates import Exhibit
from convlens.runs.folder import Run, open_run
from convlens.workflows.alike import Kept, kept, newest_alike
from convlens.workflows.audit_files import SHIFTS, SPATIAL, own_audits, written
from convlens.workflows.exhibits import INDEX as EXHIBITS
from convlens.workflows.exhibits import exhibits_in, kept_exhibits
from convlens.workflows.kept_maps import FOLDER, kept_maps, maps_in
from convlens.workflows.kept_maps import INDEX as MAPS
from convlens.workflows.pictures import for_network, held_out, pictures_for
from convlens.workflows.subjects import Subject, answers, trained

CHANGES = ("change-*.json", f"{SPATIAL}-*.json")
"""The files of audits of other changes."""

MAPS_FOLDER = FOLDER.name
LOOKS = (f"[!.]*/{EXHIBITS}", f"{MAPS_FOLDER}/{MAPS}")
"""Those that say what was looked at inside a network."""


@dataclass(frozen=True, eq=False)
class Network:
    """A run's network, ready to answer, with the pictures it is judged on."""

    subject: Subject
    run: Run
    predict: Predict
    test: Dataset


@dataclass(frozen=True, eq=False)
class Reported:
    """What a page says something about.

    Attributes:
        folder: of the run, or of the audits and looks inside.
        audits: over shifts, of these very weights; the first one is drawn, the others are listed.
        changes: audits of other changes, the newest first; several of one change, until some are chosen.
        network: None where the folder alone is known.
        looked: the newest look inside, where the folder holds no audit.
    """

    name: str
    folder: Path
    audits: tuple[Kept, ...]
    changes: tuple[Kept, ...]
    network: Network | None = None
    looked: dict[str, Any] | None = None

    @property
    def audit(self) -> dict[str, Any] | None:
        """The audit over shifts that is drawn."""
        return self.audits[0].content if self.audits else None

    @property
    def newest(self) -> dict[str, Any]:
        """The first audit there is, or else the newest look inside: whose it is, and with which weights."""
        if self.looked is not None:
            return self.looked
        return (self.audits or self.changes)[0].content

    @property
    def data(self) -> str:
        """The name of the pictures; "" where looks inside are all there is."""
        if self.network is not None:
            return self.network.test.name
        return "" if self.looked is not None else str(self.newest["protocol"]["data"])

    @property
    def inside(self) -> tuple[tuple[Exhibit, ...], tuple[PictureMaps, ...]]:
        """What was looked at inside the network, and its saliency maps."""
        if self.network is not None:
            return kept_exhibits(self.network.subject), kept_maps(self.network.subject)
        digest = str(self.newest["weights_sha256"])
        return exhibits_in(self.folder, digest), maps_in(self.folder / MAPS_FOLDER, digest)


def reported(reference: str | Path, *, model: str | None = None, device: str = "cpu") -> Reported:
    """Open a run folder, or a folder of audits and looks inside such as `audits/NAME`.

    Args:
        model: the `module:function` that builds a run's network, for a network of the user's own.

    Raises:
        RunError: it is neither.
        DataError: a run without test pictures.
    """
    path = Path(reference)
    if path.is_dir() and not (path / "config.toml").is_file():
        return _of_folder(path)
    subject = trained(open_run(path).path, model=model)
    assert subject.run is not None
    splits = pictures_for(subject.card, subject.settings)
    if splits.test is None and splits.validation is None:
        raise DataError(f"{splits.source!r} has no test pictures to report on")
    test = for_network(held_out(splits, "test" if splits.test is not None else "validation"), subject.card)
    audits, changes = (tuple(kept(*one) for one in own_audits(subject, *files)) for files in ((SHIFTS,), CHANGES))
    network = Network(subject, subject.run, answers(subject, device), test)
    return Reported(subject.run.name, subject.run.path, audits, changes, network)


def _of_folder(path: Path) -> Reported:
    """Read a folder of audits: those of the weights whose audit was written last; or of looks inside alone."""
    found = [kept(*one) for one in written(path, SHIFTS, *CHANGES)]
    if not found:
        _, looked = next(written(path, *LOOKS), (path, None))
        if looked is None:
            raise RunError(
                f"{str(path)!r} is neither a run folder (it has no config.toml) nor a folder of audits, like "
                "audits/NAME; `convlens runs` lists the runs"
            )
        return Reported(str(looked["subject"]), path, (), (), looked=looked)
    newest = found[0].content
    own = [one for one in found if one.content.get("weights_sha256") == newest.get("weights_sha256")]
    changes = tuple(one for one in own if "change" in one.content)
    return Reported(str(newest["subject"]), path, tuple(one for one in own if one not in changes), changes)


def alike(entries: Sequence[Reported]) -> list[Reported]:
    """Choose the audits that are drawn: the newest; of several networks the newest that all audited ones have alike.

    Where none are alike, the newest of each stay: what they differ in is for others to say.
    """
    audited = [entry.audits for entry in entries if entry.audits]
    first = newest_alike(audited) or ()
    names = sorted({one.content["change"] for entry in entries for one in entry.changes})
    chosen: dict[str, tuple[Kept, ...]] = {}
    for name in names:
        of_each = [[one for one in entry.changes if one.content["change"] == name] for entry in entries]
        having = [own for own in of_each if own]
        chosen[name] = newest_alike(having) or tuple(own[0] for own in having)
    return [
        replace(
            entry,
            audits=tuple(sorted(entry.audits, key=lambda one: one not in first)),
            changes=tuple(
                one
                for name in sorted(names, key=lambda name: (name == SPATIAL, name))
                for one in entry.changes
                if one in chosen[name]
            ),
        )
        for entry in entries
    ]


def distinct_names(entries: Sequence[Reported]) -> list[str]:
    """Give the names; the folders' paths where two are called the same.

    Raises:
        SettingsError: a folder was named twice.
    """
    names = [entry.name for entry in entries]
    labels = names if len(set(names)) == len(names) else [str(entry.folder) for entry in entries]
    if len({entry.folder.resolve() for entry in entries}) < len(entries) or len(set(labels)) < len(labels):
        raise SettingsError(f"the same run was named twice: {', '.join(labels)}; name each once")
    return labels


def require_same_pictures(entries: Sequence[Reported]) -> None:
    """Refuse runs that are judged on different pictures.

    Raises:
        SettingsError: two are.
    """
    known = [(entry.name, entry.network.test.manifest_hash) for entry in entries if entry.network is not None]
    for name, pictures in known[1:]:
        if pictures != known[0][1]:
            raise SettingsError(
                f"{name} and {known[0][0]} have different test pictures, so they cannot stand side by side; report "
                "them one at a time"
            )
