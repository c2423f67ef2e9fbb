"""What there is: networks, recipes, data sets, runs."""

import datetime as dt
from pathlib import Path

from convlens.augment.catalogue import AUGMENTERS
from convlens.augment.catalogue import RECIPES as AUGMENTATIONS
from convlens.data.sources import DATASETS
from convlens.errors import ConvlensError
from convlens.models.networks import MODELS, create
from convlens.runs.folder import Run, list_runs, read_config
from convlens.tables import Table, Value
from convlens.train.settings import RECIPES
from convlens.workflows.settings import RunSettings


def models() -> Table:
    """List the registered networks with their parameters at their own size and number of classes."""
    return Table.from_rows(
        {
            "name": name,
            "summary": entry.summary,
            "input": f"{entry.channels}×{entry.size}×{entry.size}",
            "classes": entry.classes,
            "head": entry.head,
            "parameters": sum(one.numel() for one in create(name).parameters()),
        }
        for name, entry in MODELS.items()
    )


def model_options() -> Table:
    """List what can be chosen about a registered network in its name: `cnn[head=pooled,pool=blur3]`."""
    return Table.from_rows(
        {
            "network": name,
            "option": option,
            "default": values[0],
            "or": ", ".join(values[1:]),
            "written": f"--model '{name}[{option}={values[1]}]'",
        }
        for name, entry in MODELS.items()
        for option, values in sorted(entry.options.items())
    )


def recipes() -> Table:
    """List the training recipes with their settings."""
    return Table.from_rows(
        {
            "recipe": name,
            "optimizer": recipe.optimizer,
            "rate": recipe.learning_rate,
            "schedule": recipe.schedule,
            "batch": recipe.batch_size,
            "epochs": recipe.epochs,
            "precision": recipe.precision,
        }
        for name, recipe in RECIPES.items()
    )


def datasets() -> Table:
    """List the named data sets."""
    return Table.from_rows(
        {
            "name": name,
            "summary": source.summary,
            "pictures": source.contents,
            "size": f"{source.size[0]}×{source.size[1]}",
            "channels": source.channels,
            "classes": len(source.class_names),
            "licence": source.licence,
        }
        for name, source in DATASETS.items()
    )


def augmentations() -> Table:
    """List the augmenters and the built-in augmentation recipes."""
    return Table.from_rows(
        {"name": name, "kind": kind, "summary": (thing.__doc__ or "").partition("\n")[0]}
        for kind, things in (("augmenter", AUGMENTERS), ("recipe", AUGMENTATIONS))
        for name, thing in things.items()
    )


def runs(out: Path | str = "runs") -> Table:
    """List the runs in a folder, oldest first, with what each reached."""
    return Table.from_rows(_run_row(run) for run in list_runs(Path(out)))


def _run_row(run: Run) -> dict[str, Value]:
    """Give one line about a run; one that cannot be read is listed with the reason and nothing else."""
    made = dt.datetime.fromtimestamp(run.config.stat().st_mtime, dt.UTC).strftime("%Y-%m-%d %H:%M")
    names = ("name", "data", "model", "augment", "epochs", "accuracy", "audits", "made")
    try:
        settings = RunSettings.from_config(read_config(run)["settings"])
        epochs = _history(run.history)
    except ConvlensError as error:
        return dict.fromkeys(names) | {"name": run.name, "data": str(error), "made": made}
    last = epochs[-1] if epochs else {}
    measured = last.get("validation_accuracy")
    return {
        "name": run.name,
        "data": settings.data,
        "model": settings.model,
        "augment": settings.augment or None,
        "epochs": f"{len(epochs)}/{settings.training.epochs}",
        "accuracy": last.get("train_accuracy") if measured is None else measured,
        "audits": len(list(run.audit.glob("shift-*.json"))),
        "made": made,
    }


def _history(path: Path) -> list[dict[str, Value]]:
    try:
        return Table.from_csv(path.read_text(encoding="utf-8")).rows()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise ConvlensError(f"could not read {path}: {error}") from error
