"""Augmenters made of augmenters."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from convlens.arrays import Images, Keys
from convlens.augment.augmenter import Augmenter, Parameters
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError
from convlens.rng import subkeys


@augmenter
@dataclass(frozen=True, repr=False)
class Sequential(Augmenter):
    """Apply several augmenters, one after the other.

    Its parameters are those of the children, each under "<position>.<class>.": so two equal children draw apart, and
    a child keeps its draws when one behind it is added or changed.
    """

    children: Sequence[Augmenter] = field(default=(), metadata={"spelled": "bare"})

    def __post_init__(self) -> None:
        super().__post_init__()
        given: object = self.children
        if not isinstance(given, Sequence):
            raise SettingsError(f"Sequential wants a list of augmenters, got {given!r}; write [ … ] around it")
        for child in given:
            if not isinstance(child, Augmenter):
                raise SettingsError(f"Sequential wants a list of augmenters, but it holds {child!r}")
        object.__setattr__(self, "children", tuple(given))

    def sample(self, keys: Keys) -> Parameters:
        """Draw the parameters of all children."""
        return {
            prefix + name: values
            for prefix, child in self._named_children()
            for name, values in child.sample(subkeys(keys, prefix)).items()
        }

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        changed = images if self.children else images.copy()
        for prefix, child in self._named_children():
            own = {name.removeprefix(prefix): values for name, values in parameters.items() if name.startswith(prefix)}
            changed = child.apply(changed, own)
        return changed

    def _named_children(self) -> list[tuple[str, Augmenter]]:
        return [(f"{position}.{type(child).__name__}.", child) for position, child in enumerate(self.children)]
