"""Everything one training run is told: where the pictures come from, which network, and how it is trained."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from convlens.data.fitting import Fit
from convlens.errors import RunError, SettingsError
from convlens.models.card import Head
from convlens.train.settings import RECIPES, Settings
from convlens.train.worst import require_versions


@dataclass(frozen=True)
class RunSettings:
    """All settings of a run; `config.toml` holds exactly these.

    Attributes:
        data: a data set's name, a folder, or a glob.
        data_dir: where the files of named data sets lie; "" looks in the usual places.
        take: how many training pictures, stratified; 0 takes all.
        size: side length in pixels; 0 takes the pictures' own.
        channels: 1 or 3; 0 takes the pictures' own.
        augment: an expression or a recipe's name; "" changes nothing.
        head: "" takes the network's own for that many classes.
    """

    data: str
    data_dir: str = ""
    take: int = 0
    size: int = 0
    channels: int = 0
    fit: Fit = "crop"
    max_bad: float = 0.01
    model: str = "cnn"
    head: Head | Literal[""] = ""
    recipe: str = "fast"
    augment: str = ""
    device: str = "auto"
    devices: int = 1
    training: Settings = field(default_factory=Settings)

    def to_config(self) -> dict[str, Any]:
        """Flatten to the table that `config.toml` holds."""
        flat = asdict(self)
        training: dict[str, Any] = flat.pop("training")
        return flat | training

    @staticmethod
    def from_config(table: Mapping[str, Any]) -> "RunSettings":
        """Read what `to_config` gave.

        Raises:
            RunError: a setting is unknown, or the one that nothing stands in for, `data`, is missing.
        """
        inner = {one.name for one in fields(Settings)}
        try:
            training = Settings(**{name: table[name] for name in table if name in inner})
            return RunSettings(**{name: table[name] for name in table if name not in inner}, training=training)
        except (TypeError, SettingsError) as error:
            raise RunError(
                f"config.toml has settings that this version cannot use: {error}; restore it from a copy or train again"
            ) from error


def run_settings(given: Mapping[str, Any]) -> RunSettings:
    """Fill in what was not given: first from the recipe, then from the defaults.

    Raises:
        SettingsError: a value out of range, or the worst of several versions without an augmentation that makes them.
        UnknownNameError: no recipe has that name.
    """
    for name in ("take", "size", "channels", "devices"):
        if given.get(name, 1) < 1:
            raise SettingsError(f"{name} must be at least 1 where it is given, got {given[name]!r}")
    inner = {one.name for one in fields(Settings)}
    recipe = RECIPES[given.get("recipe", RunSettings("").recipe)]
    training = replace(recipe, **{name: value for name, value in given.items() if name in inner})
    require_versions(training.worst_of, given.get("augment"))
    return RunSettings(**{name: value for name, value in given.items() if name not in inner}, training=training)
