"""What a command is about: a run, a weights file, a network by name, or a model from elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from convlens.arrays import Predict
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError, UnknownNameError
from convlens.files import sha256
from convlens.models.card import Card
from convlens.models.custom import build, is_custom
from convlens.models.foreign import Foreign, foreign_predictor
from convlens.models.networks import MODELS, Module, canonical, resolve_head
from convlens.models.precision import Precision
from convlens.models.predict import predictor
from convlens.models.sweeping.canvas import seen_size
from convlens.models.weights import load
from convlens.registry import near_names
from convlens.runs.checkpoints import BEST, LAST, has_checkpoint, read_checkpoint
from convlens.runs.folder import Run, list_runs, open_run, read_config
from convlens.workflows.settings import RunSettings

BATCH_NUMBERS = 2**21
"""So many numbers enter a network at once: the first maps of photographs are then still in the processor's cache."""

SMALLEST_BATCH, LARGEST_BATCH = 16, 512


@dataclass(frozen=True)
class Subject:
    """A network, or another model, that is ready to answer.

    Attributes:
        name: for tables and pages.
        network: its torch network; None for an ONNX file and a plain function.
        weights: which weights it has, in words.
        digest: the SHA-256 of their file, "" without one; an audit of other weights is not this network's.
        run: the run it comes from, if any, with the settings it was trained with.
        foreign: what answers where there is no torch network.
        reading: how a foreign model's pictures and answers are read; part of what an audit's numbers depend on.
    """

    name: str
    network: Module | None
    card: Card
    weights: str
    digest: str = ""
    run: Run | None = None
    settings: RunSettings | None = None
    foreign: Foreign | None = None
    reading: Mapping[str, str | int | float | bool] = field(default_factory=dict)

    @property
    def module(self) -> Module:
        """The torch network.

        Raises:
            SettingsError: there is none; ask `network` first where that may be.
        """
        if self.network is None:
            kind = self.foreign.kind if self.foreign is not None else "a plain function"
            raise SettingsError(
                f"{self.name!r} is {kind}, whose layers cannot be looked into: it is asked for answers only; name a "
                "torch network"
            )
        return self.network


def trained(reference: Path | str, *, model: str | None = None) -> Subject:
    """Open a run folder or a `.safetensors` file.

    Args:
        model: the `module:function` that builds it, for a network of the user's own.

    Raises:
        RunError: there is no such run, or it holds no checkpoint.
        WeightsError: the weights are damaged or belong to another network.
    """
    path = Path(reference)
    if is_weights_file(path):
        classifier = load(path, model=model)
        digest = sha256(path.read_bytes())
        return Subject(path.stem, classifier.module, classifier.card, f"the weights in {path.name}", digest)
    run = open_run(path)
    config = read_config(run)
    # Weights chosen by their accuracy on the test pictures would flatter themselves on those very pictures.
    chosen = BEST if config["measured_on"] == "validation" and has_checkpoint(run.checkpoints, BEST) else LAST
    digest = sha256(read_checkpoint(run.checkpoints, chosen))  # held against the manifest, before torch sees it
    classifier = load(run.checkpoints / chosen, model=model)
    words = "the best epoch's weights, by validation accuracy" if chosen == BEST else "the last epoch's weights"
    settings = RunSettings.from_config(config["settings"])
    return Subject(run.name, classifier.module, classifier.card, words, digest, run, settings)


def is_weights_file(reference: Path | str) -> bool:
    """Say whether a reference means a weights file alone, which knows neither its run nor its pictures."""
    return Path(reference).suffix == ".safetensors"


def is_network_name(reference: str) -> bool:
    """Say whether a reference names a network (registered, or `module:function`) rather than a place on disk."""
    return not Path(reference).exists() and (reference in MODELS or is_custom(reference))


def by_name(reference: str, dataset: Dataset) -> Subject:
    """Build a network for a data set: a registered one with fresh weights, or the user's own as its function makes it.

    Its pictures are scaled to 0..1 and not normalised further.
    """
    classes, reference = len(dataset.class_names), canonical(reference)
    head = resolve_head(reference, classes, None)
    module = build(reference, classes=classes, channels=dataset.channels, size=dataset.size, head=head)
    plain, unit = (0.0,) * dataset.channels, (1.0,) * dataset.channels
    card = Card(reference, dataset.class_names, dataset.size, dataset.channels, head, plain, unit)
    words = "the weights its function gives" if is_custom(reference) else "untrained weights (seed 0)"
    return Subject(reference, module, card, words)


def network_or_run(reference: str, data: Dataset | None, *, model: str | None = None) -> Subject:
    """Find what `RUN|MODEL` on the command line means.

    Raises:
        SettingsError: a network by name needs pictures, and none were named.
        UnknownNameError: it is neither a run, nor a file, nor a network.
    """
    if is_network_name(reference):
        if data is None:
            raise SettingsError(f"{reference!r} is a network, not a run: name the pictures for it with --data")
        return by_name(reference, data)
    if not Path(reference).exists() and "/" not in reference:
        known = [*MODELS, *(str(run.path) for run in list_runs(Path("runs")))]
        raise UnknownNameError(
            f"{reference!r} is neither a run folder, nor a weights file, nor a network"
            f"{near_names(reference, known)} (`convlens runs` and `convlens models` list them)"
        )
    return trained(reference, model=model)


def as_seen(subject: Subject, size: tuple[int, int], radius: int, border: str) -> Subject:
    """Give a subject that reads its pictures as large as an audit's border rule shows them.

    Args:
        size: height and width of the pictures that are audited.
        radius: the audit's largest shift.

    Raises:
        SettingsError: the rule is unknown, or leaves nothing of the pictures.
    """
    return replace(subject, card=replace(subject.card, size=seen_size(size, radius, border)))


def answers(subject: Subject, device: str = "cpu", precision: Precision = "fp32") -> Predict:
    """Make the function from images to logits, on a device.

    Raises:
        SettingsError: the device is not to be had here, or what is no torch network is asked for another than the
            processor or for bf16.
    """
    if subject.network is None and subject.foreign is not None:
        if device != "cpu" or precision != "fp32":
            asked = f"--device {device}" if device != "cpu" else f"--precision {precision}"
            raise SettingsError(
                f"{asked} is for torch networks, and {subject.name!r} is {subject.foreign.kind}; leave it out"
            )
        return foreign_predictor(subject.foreign, subject.card)
    try:
        subject.module.to(device)
    except (RuntimeError, AssertionError, ImportError) as error:  # so differently says torch that it lacks one
        reason = str(error).partition("\n")[0]
        raise SettingsError(f"--device {device} cannot be had here: {reason}; try --device cpu") from error
    numbers = subject.card.size[0] * subject.card.size[1] * subject.card.channels
    batch_size = max(SMALLEST_BATCH, min(LARGEST_BATCH, BATCH_NUMBERS // numbers))
    return predictor(subject.module, subject.card, device=device, precision=precision, batch_size=batch_size)
