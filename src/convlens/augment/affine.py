"""Moving the picture: so far by whole pixels."""

from dataclasses import dataclass, field

from convlens.arrays import Images
from convlens.augment.augmenter import Augmenter, Parameters, drawn
from convlens.augment.distributions import AxesSpelling, Spelling
from convlens.augment.geometry import Mode, border_of_mode, translate
from convlens.augment.registry import augmenter


@augmenter
@dataclass(frozen=True, repr=False)
class Affine(Augmenter):
    """Move each image by its own whole number of pixels.

    Attributes:
        translate_px: pixels to the right and down.
        cval: grey level that comes in under the mode "constant", one per image for all its channels.
        mode: what comes in where content has moved away, in the words of `np.pad` and imgaug.
    """

    translate_px: AxesSpelling = field(default=0, metadata=drawn(whole=True, axes=True))
    cval: Spelling = field(default=0, metadata=drawn(whole=True, low=0, high=255))
    mode: Mode = field(default="constant", metadata={"spelled": "always"})

    def __post_init__(self) -> None:
        super().__post_init__()
        border_of_mode(self.mode)

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        dx, dy = parameters["translate_px_x"], parameters["translate_px_y"]
        return translate(images, dx, dy, border=border_of_mode(self.mode), fill=parameters["cval"])
