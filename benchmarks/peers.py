"""What `benchmarks/augmentation.py` times: the same changes, said in each library's own way.

This module is imported in the environment of every one of them, so it imports none before it is asked.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import readme_pipelines

OURS = "convlens"

Call = Callable[[], object]

# One spelling for imgaug, imaug and convlens: `ia` and `iaa` are the two names that imgaug's users import.
CHANGES: Mapping[str, Callable[..., Any]] = {
    "translate": lambda _, iaa, **seed: iaa.Affine(translate_px={"x": (-10, 10)}, mode="constant", **seed),
    "rotate": lambda _, iaa, **seed: iaa.Affine(rotate=(-30, 30), **seed),
    "Multiply": lambda _, iaa, **seed: iaa.Multiply((0.8, 1.2), **seed),
    "LinearContrast": lambda _, iaa, **seed: iaa.LinearContrast((0.6, 1.4), **seed),
    "GaussianBlur": lambda _, iaa, **seed: iaa.GaussianBlur((0, 2), **seed),
    "Dropout": lambda _, iaa, **seed: iaa.Dropout(0.2, **seed),
    "SaltAndPepper": lambda _, iaa, **seed: iaa.SaltAndPepper(0.05, **seed),
    "Dropout and rotate": lambda _, iaa, **seed: iaa.Sequential(
        [iaa.Dropout(0.2), iaa.Affine(rotate=(-30, 30))], random_order=True, **seed
    ),
    "README, short": readme_pipelines.short,
    "README, long": readme_pipelines.long,
}


@dataclass(frozen=True)
class Case:
    """One row.

    Attributes:
        change: a name of `CHANGES`.
        images: a name of `SHAPES`.
        target_us: microseconds per image to reach.
        target_times: so many times as fast as imaug 0.4.3, to reach instead.
        threads: of the libraries; more than one is timed by the wall clock.
        kernel: whether the parameters were drawn before; convlens alone.
    """

    change: str
    images: str
    target_us: float | None = None
    target_times: float | None = None
    threads: int = 1
    kernel: bool = False

    @property
    def name(self) -> str:
        """Say it in a cell."""
        threads = f", {self.threads} threads" if self.threads > 1 else ""
        return f"{self.change}, {self.images}{threads}{', kernel' if self.kernel else ''}"


def convlens_call(case: Case, images: np.ndarray) -> Call:
    """Call the public door, which makes new keys each time, or the kernel alone."""
    import convlens.augment as iaa
    from convlens.rng import keys_of

    augmenter = CHANGES[case.change](iaa, iaa, seed=1)
    if case.kernel:
        parameters = augmenter.sample(keys_of(1, "benchmark", 0, np.arange(len(images))))
        return lambda: augmenter.apply(images, parameters)
    return lambda: augmenter(images=images)


def imgaug_call(case: Case, images: np.ndarray) -> Call:
    """Serve imgaug and imaug, which is imported by the same name."""
    import imgaug as ia
    from imgaug import augmenters as iaa

    ia.seed(1)
    augmenter = CHANGES[case.change](ia, iaa)
    return lambda: augmenter.augment_images(images)


def kornia_call(case: Case, images: np.ndarray) -> Call | None:
    """Change float tensors that are there already; kornia draws for each image by itself."""
    import kornia.augmentation as kornia
    import torch

    tensors = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().float() / 255
    share = 10 / images.shape[2]
    made: dict[str, Callable[[], Any]] = {
        "translate": lambda: kornia.RandomTranslate(translate_x=(-share, share), p=1.0),
        "rotate": lambda: kornia.RandomRotation((-30.0, 30.0), p=1.0),
        # Its contrast is a factor, its brightness a sum.
        "Multiply": lambda: kornia.RandomContrast((0.8, 1.2), p=1.0),
        "LinearContrast": lambda: kornia.RandomContrast((0.6, 1.4), p=1.0),
        "GaussianBlur": lambda: kornia.RandomGaussianBlur((7, 7), (0.01, 2.0), p=1.0),
        "SaltAndPepper": lambda: kornia.RandomSaltAndPepperNoise(0.05, 0.5, p=1.0),
    }
    if case.change not in made:
        return None
    augmenter = made[case.change]()
    return torch.inference_mode()(lambda: augmenter(tensors))


def torchvision_call(case: Case, images: np.ndarray) -> Call | None:
    """Change byte tensors one by one, as one draw for each image wants it."""
    import torch

    with_torchvision()
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms.v2 import functional

    tensors = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    still, linear = {"scale": 1.0, "shear": [0.0, 0.0]}, InterpolationMode.BILINEAR

    def translated(image: Any, drawn: float) -> Any:
        return functional.affine(image, angle=0.0, translate=[round(drawn), 0], interpolation=linear, **still)

    changes: dict[str, tuple[float, float, Callable[[Any, float], Any]]] = {
        "translate": (-10, 10, translated),
        "rotate": (-30, 30, lambda image, drawn: functional.rotate(image, drawn, linear)),
        "Multiply": (0.8, 1.2, functional.adjust_brightness),
        "LinearContrast": (0.6, 1.4, functional.adjust_contrast),
        "GaussianBlur": (0.01, 2, lambda image, drawn: functional.gaussian_blur(image, [7, 7], [drawn, drawn])),
    }
    if case.change not in changes:
        return None
    low, high, change = changes[case.change]

    @torch.inference_mode()
    def call() -> object:
        drawn = torch.empty(len(tensors)).uniform_(low, high).tolist()
        return torch.stack([change(image, one) for image, one in zip(tensors.unbind(), drawn, strict=True)])

    return call


@functools.cache
def with_torchvision() -> Any:
    """Import it even where its compiled half does not fit the build of torch: the transforms need none of that."""
    import torch

    try:
        import torchvision
    except RuntimeError:
        declared = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            declared.define(f"{name}(Tensor a, Tensor b, float c) -> Tensor")
        import torchvision

        return torchvision, declared  # they are forgotten with the library that declared them
    return torchvision


def albumentations_call(case: Case, images: np.ndarray) -> Call | None:
    """Change arrays one by one, as one draw for each image wants it."""
    import albumentations

    made: dict[str, Callable[[], Any]] = {
        "translate": lambda: albumentations.Affine(translate_px={"x": (-10, 10), "y": 0}, p=1),
        "rotate": lambda: albumentations.Rotate((-30, 30), p=1),
        # Its contrast is a factor, its brightness a sum.
        "Multiply": lambda: albumentations.RandomBrightnessContrast(0, (-0.2, 0.2), p=1),
        "LinearContrast": lambda: albumentations.RandomBrightnessContrast(0, (-0.4, 0.4), p=1),
        "GaussianBlur": lambda: albumentations.GaussianBlur(0, (0, 2), p=1),
        "Dropout": lambda: albumentations.PixelDropout(0.2, p=1),
        "SaltAndPepper": lambda: albumentations.SaltAndPepper((0.05, 0.05), p=1),
        "Dropout and rotate": lambda: albumentations.RandomOrder([made["Dropout"](), made["rotate"]()], n=2),
    }
    if case.change not in made:
        return None
    augmenter = made[case.change]()
    return lambda: np.stack([augmenter(image=image)["image"] for image in images])


@dataclass(frozen=True)
class Peer:
    """A library, how it is installed (the arguments of one pip after the other), and how it is called."""

    title: str
    installs: tuple[str, ...]
    call: Callable[[Case, np.ndarray], Call | None]


PEERS: Mapping[str, Peer] = {
    "imgaug": Peer(
        "imgaug 0.4.0",
        (
            "numpy==1.23.5 opencv-python-headless==4.8.1.78 scikit-image==0.21.0 scipy==1.11.0",
            "six imageio matplotlib Shapely Pillow numpy==1.23.5",
            "--no-deps imgaug==0.4.0",
        ),
        imgaug_call,
    ),
    "imaug": Peer("imaug 0.4.3", ("imaug==0.4.3",), imgaug_call),
    "kornia": Peer("kornia 0.9.0", ("torch==2.13.0", "numpy kornia==0.9.0"), kornia_call),
    "torchvision": Peer(
        "torchvision 0.28.0",
        ("torch==2.13.0", "numpy pillow", "--no-deps torchvision==0.28.0"),
        torchvision_call,
    ),
    "albumentations": Peer("albumentations 2.0.8", ("albumentations==2.0.8",), albumentations_call),
    OURS: Peer(OURS, (), convlens_call),
}
