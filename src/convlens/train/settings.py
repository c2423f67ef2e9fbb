"""All that training can be told, on one screen, and the recipes that fill it in."""

from dataclasses import dataclass
from typing import Literal, get_args

from convlens.errors import SettingsError
from convlens.registry import Registry

OptimizerName = Literal["adam", "sgd"]
ScheduleName = Literal["constant", "one-cycle"]


@dataclass(frozen=True)
class Settings:
    """How a network is trained.

    Attributes:
        batch_size: pictures per step, over all devices together.
        learning_rate: the constant rate, or the peak of the cycle.
        precision: "auto" takes bf16 where the device offers it and it agrees with fp32.
        channels_last: keep activations in (N, H, W, C) order in memory, which CPU and GPU convolutions prefer.
        seed: decides the first weights, the order of the pictures, their augmentation and dropout.
        worst_of: how many augmented versions of each picture are tried in each epoch; the one with the highest loss is
            trained on. 1 is plain augmentation.
    """

    epochs: int = 5
    batch_size: int = 32
    learning_rate: float = 1e-3
    optimizer: OptimizerName = "adam"
    schedule: ScheduleName = "constant"
    precision: str = "fp32"
    channels_last: bool = True
    seed: int = 0
    worst_of: int = 1

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch_size", 1), ("worst_of", 1)):
            if getattr(self, name) < least:
                raise SettingsError(f"{name} must be at least {least}, got {getattr(self, name)!r}")
        if not 0 < self.learning_rate < 1e3:
            raise SettingsError(
                f"the learning rate must lie between 0 and 1000, got {self.learning_rate!r}; 0.001 is a usual start"
            )
        if not -(2**63) <= self.seed < 2**63:
            raise SettingsError(f"a seed is a whole number of at most 64 bits, got {self.seed!r}")
        for name, known in (("optimizer", get_args(OptimizerName)), ("schedule", get_args(ScheduleName))):
            if getattr(self, name) not in known:
                raise SettingsError(f"{name} must be one of {', '.join(known)}; got {getattr(self, name)!r}")


RECIPES: Registry[Settings] = Registry("recipe", "convlens models")
RECIPES.add("book")(Settings())
RECIPES.add("fast")(Settings(batch_size=128, learning_rate=3e-3, schedule="one-cycle", precision="auto"))
