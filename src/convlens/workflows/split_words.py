"""Which part of some pictures is meant, in words; where no part is set apart, all of them are."""

from typing import TYPE_CHECKING

from convlens.errors import SettingsError

if TYPE_CHECKING:
    from convlens.data.dataset import Dataset

ALL = "all"
"""The split of pictures that are not shared out."""


def source_in_words(data: str, split: str) -> str:
    """Say which pictures of a data set were taken: "xo, test split", or "photos" where no part is set apart."""
    return data if split == ALL else f"{data}, {split} split"


def picture_in_words(dataset: "Dataset", number: int) -> str:
    """Say which picture of a data set is meant."""
    part = dataset.name if dataset.split == ALL else f"the {dataset.split} split of {dataset.name}"
    return f"picture {number:,} of {part}"


def require_picture(dataset: "Dataset", number: int) -> None:
    """Refuse a picture's number that the split does not have.

    Raises:
        SettingsError: there are fewer.
    """
    if not 0 <= number < len(dataset):
        part = repr(dataset.name) if dataset.split == ALL else f"the {dataset.split} split"
        raise SettingsError(f"{part} has the pictures 0 to {len(dataset) - 1:,}; got {number:,}")
