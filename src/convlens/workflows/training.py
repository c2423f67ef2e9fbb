"""Train a network into a run folder, resume it, extend it."""

import copy
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from convlens.augment.augmenter import Augmenter
from convlens.augment.expressions import spelled
from convlens.augment.recipes import load_recipe
from convlens.data.dataset import Dataset, Splits
from convlens.data.pictures import Progress
from convlens.errors import RunError, SettingsError
from convlens.files import read_json, write_json, write_toml
from convlens.models.card import Card
from convlens.models.custom import build, is_custom, one_spelling
from convlens.models.memory_format import lay_out, ordered
from convlens.models.networks import Module, resolve_head
from convlens.models.precision import Choice, Precision, choose_precision, cpu_flags, threads
from convlens.models.predict import checked_outputs
from convlens.models.tensors import channel_statistics, tensors
from convlens.runs.environment import environment
from convlens.runs.folder import Run, create_run, open_run, read_config
from convlens.train.engine import device_kind, launch
from convlens.train.progress import Epoch, history_from
from convlens.workflows.jobs import Job, Watch, load_checkpoint, work
from convlens.workflows.pictures import lasting, load_splits
from convlens.workflows.settings import RunSettings, run_settings
from convlens.workflows.signals import INTERRUPTED, TERMINATED

SAMPLE = 64


@dataclass(frozen=True)
class TrainResult:
    """What came of a training.

    Attributes:
        settings: those it was made with, the recipe's and the defaults filled in.
        stopped: why it stopped early ("interrupted", "terminated", "the time budget is used up"), or "".
        notes: what the user should know: pictures left out, which split was measured, which precision was taken.
    """

    run: Run
    settings: RunSettings
    history: tuple[Epoch, ...]
    stopped: str
    notes: tuple[str, ...]

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped from outside, not by its time budget."""
        return self.stopped in {INTERRUPTED, TERMINATED}

    @property
    def resume_command(self) -> str:
        """What to type to go on with it."""
        own = ["--model", self.settings.model] if is_custom(self.settings.model) else []
        return shlex.join(["convlens", "train", "--resume", str(self.run.path), *own])

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values; `resume` is the command that goes on with a training that was stopped."""
        return {
            "run": str(self.run.path),
            "stopped": self.stopped,
            "resume": self.resume_command if self.stopped else "",
            "history": [asdict(epoch) for epoch in self.history],
            "notes": list(self.notes),
        }


def train(
    data: str | Path | Splits,
    *,
    model: str | Module | None = None,
    augment: str | Augmenter | None = None,
    out: Path | str = "runs",
    name: str | None = None,
    seconds: float | None = None,
    watch: Watch | None = None,
    progress: Progress | None = None,
    **given: Any,
) -> TrainResult:
    """Train a network and keep everything about it in a new run folder.

    Args:
        data: a data set's name, a folder, a glob, or splits that are already loaded.
        model: a registered name, `module:function`, or a module of your own.
        augment: an augmenter, its expression, a recipe's name, or a .toml file.
        name: of the run folder; a number is added when it is taken.
        seconds: the time budget; training stops cleanly after it and can be resumed.
        watch: called with every `Step` and `Epoch`.
        progress: wraps the reading of picture files.
        given: any other field of `RunSettings` or `Settings`; None leaves the recipe's or the default value.

    Raises:
        ConvlensError: what was asked for cannot be done; the sentence says why. Nothing is left half made.
    """
    source = _source(data) if isinstance(data, Splits) else lasting(str(data))
    named = None if model is None else _named(model)
    chosen = _chosen(given | {"data": source, "model": named, "augment": augment or None})
    settings = run_settings(chosen)
    splits = data if isinstance(data, Splits) else load_splits(settings, progress=progress)
    job, network, choice = _prepare(settings, splits, None if isinstance(model, str) else model)
    run = create_run(Path(out), name or _run_name(settings))
    job = replace(job, run=run, seconds=seconds, watch=watch)
    write_json(run.environment, environment(cpu_flags(), threads(), _described(splits, job)))
    _write_config(job, chosen, choice.reason)  # last: a folder with a config.toml is a run that can be resumed
    return _result(_launched(job, network), job, (*splits.notes, *_remarks(job, choice.reason)))


def resume(
    path: Path | str,
    *,
    module: Module | None = None,
    seconds: float | None = None,
    watch: Watch | None = None,
    progress: Progress | None = None,
    **given: Any,
) -> TrainResult:
    """Go on with a run that was stopped or killed, as if nothing had happened; or extend a finished one.

    Args:
        path: the run folder.
        module: for a run of your own module: an instance of it.
        given: settings as in `train`. `epochs` above the run's own extends it once it is finished; any other setting
            must be the run's own.

    Raises:
        SettingsError: a setting differs from the run's, or the run is finished, or not yet finished and to be extended.
        RunError: a checkpoint is damaged, or the data are no longer the same.
    """
    run = open_run(Path(path))
    config = read_config(run)
    own = RunSettings.from_config(config["settings"])
    named = None if given.get("model") is None else _named(given["model"])
    chosen = _chosen(given | {"model": named})
    if module is None and is_custom(own.model) and "model" not in chosen:
        raise SettingsError(f"{run.name} trains a network of your own; add --model {own.model} to build it")
    settings = _extended(run, own, chosen)
    splits = load_splits(settings, progress=progress)
    job, network, _ = _prepare(settings, splits, module)
    _same_data(run, job)
    job = replace(job, run=run, seconds=seconds, watch=watch)
    reason = config["precision_reason"]
    if settings != own:
        _write_config(job, {*config["given"], "epochs"}, reason)
    return _result(_launched(job, network), job, (*splits.notes, *_remarks(job, reason), *_changed_machine(run)))


def finished(run: Run) -> bool:
    """Say whether every epoch of a run is done."""
    return _epochs_done(run) >= RunSettings.from_config(read_config(run)["settings"]).training.epochs


def _epochs_done(run: Run) -> int:
    state = load_checkpoint(run)
    return len(state.counters["history"]) if state else 0


def _prepare(settings: RunSettings, splits: Splits, module: Module | None) -> tuple[Job, Module, Choice]:
    """Build everything that can fail before a run folder is made."""
    dataset = splits.train.take(settings.take, settings.training.seed) if settings.take else splits.train
    head = resolve_head(settings.model, len(dataset.class_names), settings.head or None)
    if module is None:
        module = build(
            settings.model,
            classes=len(dataset.class_names),
            channels=dataset.channels,
            size=dataset.size,
            head=head,
            seed=settings.training.seed,
        )
    mean, std = channel_statistics(dataset.images)
    card = Card(settings.model, dataset.class_names, dataset.size, dataset.channels, head, mean, std)
    device = device_kind(settings.device, settings.devices)
    if is_custom(settings.model):
        _try_out(module, card, dataset)
    choice = choose_precision(settings.training.precision, module, card, dataset.images[:SAMPLE], device)
    settings = replace(settings, head=head, training=replace(settings.training, precision=choice.precision))
    measured = splits.validation if splits.validation is not None else splits.test
    return Job(Run(Path()), settings, card, dataset, measured), module, choice


def _try_out(module: Module, card: Card, dataset: Dataset) -> None:
    """Show two pictures to a network of the user's own, before a run folder is made for it.

    Raises:
        SettingsError: it cannot read them.
        ShapeError: it does not give the logits that the card promises.
    """
    images = dataset.images[:2]
    try:
        trial = copy.deepcopy(module).eval()
        channels_last = lay_out(trial, (card.channels, *card.size))
        outputs = trial(ordered(tensors(images, card.mean, card.std), channels_last=channels_last))
    except (RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(
            f"the network {card.architecture!r} cannot read pictures of {card.size[0]}×{card.size[1]} pixels with "
            f"{card.channels} channel(s): {reason}"
        ) from error
    checked_outputs(outputs, len(images), card.outputs)


def _launched(job: Job, module: Module) -> str:
    settings = job.settings
    precision: Precision = "bf16" if settings.training.precision == "bf16" else "fp32"
    return launch(partial(work, job), module, device=settings.device, devices=settings.devices, precision=precision)


def _extended(run: Run, settings: RunSettings, given: Mapping[str, Any]) -> RunSettings:
    own = settings.to_config()
    differing = [
        f"{name} (the run has {own.get(name)!r}, you gave {value!r})"
        for name, value in given.items()
        if name != "epochs" and own.get(name) != value and not (name == "precision" and value == "auto")
    ]
    if differing:
        raise SettingsError(
            f"a resumed run keeps its settings, but these differ: {'; '.join(differing)}; "
            "leave them out, or start a new run"
        )
    done = _epochs_done(run)
    is_finished = done >= settings.training.epochs
    epochs = int(given.get("epochs", settings.training.epochs))
    if is_finished and epochs <= settings.training.epochs:
        raise SettingsError(
            f"{run.name} is finished ({done} of {settings.training.epochs} epochs); "
            f"add --epochs with a number above {done} to extend it"
        )
    if not is_finished and epochs != settings.training.epochs:
        raise SettingsError(
            f"{run.name} is not finished ({done} of {settings.training.epochs} epochs done); "
            "resume it without --epochs first, then extend it"
        )
    return replace(settings, training=replace(settings.training, epochs=epochs))


def _same_data(run: Run, job: Job) -> None:
    recorded = read_json(run.environment)["data"]
    if recorded != recorded | _hashes(job):
        raise RunError(
            f"{run.name} was trained on other pictures than {job.train.name!r} holds now (their hash differs); "
            "bring the old ones back, or start a new run"
        )


def _changed_machine(run: Run) -> tuple[str, ...]:
    """Say what differs from where the run began, when the last bits of its results may differ too."""
    then, now = read_json(run.environment), environment(cpu_flags(), threads(), {})
    pairs = {
        "torch": (then["packages"].get("torch"), now["packages"].get("torch")),
        "threads": (then["threads"], now["threads"]),
        "processor": (then["cpu_flags"], now["cpu_flags"]),
    }
    differing = [name for name, (before, after) in pairs.items() if before != after]
    if not differing:
        return ()
    return (f"resumed with other {' and '.join(differing)} than it began: the last bits of the weights may differ",)


def _hashes(job: Job) -> dict[str, str]:
    measured = "" if job.measured is None else job.measured.manifest_hash
    return {"manifest_hash": job.train.manifest_hash, "measured_manifest_hash": measured}


def _write_config(job: Job, given: Iterable[str], precision_reason: str) -> None:
    write_toml(
        job.run.config,
        {
            "given": sorted(given),
            "precision_reason": precision_reason,
            "measured_on": job.measured.split if job.measured is not None else "",
            "settings": job.settings.to_config(),
        },
    )


def _described(splits: Splits, job: Job) -> dict[str, Any]:
    return {
        "source": splits.source,
        **_hashes(job),
        "train": job.train.counts(),
        "measured": {} if job.measured is None else job.measured.counts(),
        "left_out": [{"path": one.path, "reason": one.reason} for one in splits.train.left_out],
        "notes": list(splits.notes),
    }


def _remarks(job: Job, precision_reason: str) -> tuple[str, ...]:
    remarks = [f"{job.settings.training.precision}: {precision_reason}"]
    if job.measured is None:
        remarks.append("there are no validation or test pictures, so only the training pictures are measured")
    elif job.measured.split == "test":
        remarks.append(
            "there is no validation split: the accuracy after each epoch is that of the test pictures, "
            "and nothing is chosen by it (the last epoch's weights are used)"
        )
    return tuple(remarks)


def _result(stopped: str, job: Job, notes: tuple[str, ...]) -> TrainResult:
    state = load_checkpoint(job.run)
    rows = state.counters["history"] if state else []
    return TrainResult(job.run, job.settings, tuple(history_from(rows)), stopped, notes)


def _chosen(given: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what was given, spelled as `config.toml` spells it."""
    chosen = {name: value for name, value in given.items() if value is not None}
    if chosen.get("augment"):
        augment = chosen["augment"]
        chosen["augment"] = spelled(load_recipe(augment) if isinstance(augment, str) else augment)
    if chosen.get("data_dir"):
        chosen["data_dir"] = str(Path(chosen["data_dir"]).expanduser().resolve())
    return chosen


def _named(model: str | Module) -> str:
    return one_spelling(model) if isinstance(model, str) else f"{type(model).__module__}:{type(model).__qualname__}"


def _source(splits: Splits) -> str:
    """Say how splits that came as a value can be loaded again; those made in memory cannot, and keep their name."""
    return lasting(splits.reference) if splits.reference else splits.train.name


def _run_name(settings: RunSettings) -> str:
    data = Path(settings.data.rstrip("/*")).name or "data"
    model = settings.model.rpartition(":")[2]
    name = f"{data}-{model}" + ("-augmented" if settings.augment else "")
    return "".join(letter if letter.isalnum() or letter in "._+-" else "-" for letter in name).strip("-.+")
