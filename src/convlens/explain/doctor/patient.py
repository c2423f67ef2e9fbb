"""What the doctor looks at: a network, what it reads, and pictures."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from torch import Tensor, nn

from convlens.arrays import Images
from convlens.explain.recording import Recording, blank
from convlens.models.card import Card
from convlens.models.tensors import tensors

NUMBERS_AT_ONCE = 2**26
"""So many numbers of all steps together are held at once while pictures are looked at."""


@dataclass(frozen=True, eq=False)
class Patient:
    """A network with what is known of its use.

    Attributes:
        input_shape: channels, height and width of its pictures.
        card: what its answers mean and how its pictures are normalised; None where nobody says.
        images: pictures as they will be asked about; None without any.
        data: where these come from, in words.
        trained: whether it has learnt; the weights and statistics of others mean nothing yet.
    """

    module: nn.Module
    input_shape: tuple[int, int, int]
    card: Card | None = None
    images: Images | None = None
    data: str = ""
    trained: bool = False

    @cached_property
    def recording(self) -> Recording:
        """What it does with one blank picture."""
        channels, height, width = self.input_shape
        return blank(self.module, channels, (height, width))

    def mended(self, module: nn.Module, input_shape: tuple[int, int, int] | None = None) -> "Patient":
        """Give the same patient with another network, or for pictures of another size."""
        return replace(self, module=module, input_shape=input_shape or self.input_shape)

    def batches(self) -> Iterator[Tensor]:
        """Give its pictures as they enter, in batches whose steps fit into memory together."""
        assert self.images is not None
        each = sum(step.value.numel() for step in self.recording.steps)
        several = max(1, min(128, NUMBERS_AT_ONCE // each))
        for start in range(0, len(self.images), several):
            yield self.entering(self.images[start : start + several])

    def entering(self, images: Images) -> Tensor:
        """Give pictures as they enter the network."""
        if self.card is None:
            return tensors(images, (0.0,) * images.shape[3], (1.0,) * images.shape[3])
        return tensors(images, self.card.mean, self.card.std)
