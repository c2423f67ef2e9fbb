"""One way to name an augmentation: a built-in recipe, a recipe file, or an expression."""

from pathlib import Path

from convlens.augment.augmenter import Augmenter
from convlens.augment.expressions import parse
from convlens.augment.toml import from_toml, placed
from convlens.errors import SettingsError

SUFFIX = ".toml"


def load_recipe(spec: str | Path) -> Augmenter:
    """Find what stands behind `--augment` and `--recipe`: what ends in .toml is a file, anything else an expression.

    Raises:
        SettingsError: there is no such file or recipe, or what it says is wrong; the sentence says where.
    """
    text = str(spec)
    if not text.endswith(SUFFIX):
        return parse(text)
    try:
        content = Path(text).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError(f"could not read the recipe {text!r}: {reason}") from error
    with placed(text):
        return from_toml(content)
