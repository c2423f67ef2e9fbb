"""What there is: networks, recipes, data sets, runs."""

import datetime as dt
from pathlib import Path

from convlens.audit.measures import MEASURES
from convlens.augment.catalogue import AUGMENTERS
from convlens.augment.catalogue import RECIPES as AUGMENTATIONS
from convlens.data.sources import DATASETS
from convlens.errors import ConvlensError
from convlens.files import read_toml
from convlens.models.networks import MODELS, create
from convlens.runs.folder import list_runs
from convlens.tables import Table, Value
from convlens.train.settings import RECIPES


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
    rows: list[dict[str, Value]] = [
        {"name": name, "kind": "augmenter", "summary": (kind.__doc__ or "").splitlines()[0]}
        for name, kind in AUGMENTERS.items()
    ]
    rows += [{"name": name, "kind": "recipe", "summary": repr(recipe)} for name, recipe in AUGMENTATIONS.items()]
    return Table.from_rows(rows)


def measures() -> list[str]:
    """List the measures of an audit."""
    return list(MEASURES)


def runs(out: Path | str = "runs") -> Table:
    """List the runs in a folder, oldest first, with what each reached."""
    rows: list[dict[str, Value]] = []
    for run in list_runs(Path(out)):
        settings = read_toml(run.config)["settings"]
        history = _history(run.history)
        last = history.rows()[-1] if history and len(history) else {}
        made = dt.datetime.fromtimestamp(run.config.stat().st_mtime, dt.UTC)
        rows.append(
            {
                "name": run.name,
                "data": settings["data"],
                "model": settings["model"],
                "augment": settings["augment"] or None,
                "epochs": f"{len(history) if history else 0}/{settings['epochs']}",
                "accuracy": last.get("validation_accuracy") or last.get("train_accuracy"),
                "audits": len(list(run.audit.glob("shift-*.json"))),
                "made": made.strftime("%Y-%m-%d %H:%M"),
            }
        )
    return Table.from_rows(rows)


def _history(path: Path) -> Table | None:
    try:
        return Table.from_csv(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConvlensError(f"could not read {path}: {error}") from error
