"""What a saliency map shows and what its checks found, in words."""

from convlens.explain.saliency.results import TOO_ALIKE, Checked, Method
from convlens.report.words import number, percent

NAMES: dict[Method, str] = {
    "gradient": "Gradient",
    "gradient-times-input": "Gradient × input",
    "grad-cam": "Grad-CAM",
    "occlusion": "Occlusion",
}

MEANINGS: dict[Method, str] = {
    "gradient": "How fast the score of the class grows as a pixel grows.",
    "gradient-times-input": (
        "The gradient times the pixel's distance from the training mean: what the pixel adds to the score, were the "
        "network linear."
    ),
    "grad-cam": "Where the channels of a late map, weighted by their gradients, speak for the class.",
    "occlusion": "By how much the score falls when a patch around the pixel is covered.",
}
CHECKS = (
    "No map stands without its checks. Deletion replaces the pixels by grey, the training mean, those that matter most "
    "first, and follows the probability of the class: the area under that curve should lie below those of random "
    "orders. Randomisation makes the network forget what it learned and draws the map anew: a map that stays the same "
    f"(rank correlation from {TOO_ALIKE:.2f} on: half of the ranks' variance) shows the picture, not what was learned."
)


def checked_in_words(checked: Checked, class_name: str) -> str:
    """Say what a map means, where it is largest, and what its checks found."""
    label = f"{checked.label[:1].upper()}{checked.label[1:]}. " if checked.label else ""
    return f"{label}{MEANINGS[checked.map.method]} {_largest(checked, class_name)} {checks_in_words(checked)}"


def checks_in_words(checked: Checked) -> str:
    """Say the numbers of both checks."""
    areas, (low, high) = checked.deletion.random_areas, checked.randomisation.spread
    seeds = len(checked.randomisation.values)
    return (
        f"Deletion: area {checked.deletion.area:.3f}, {len(areas)} random orders {areas.mean():.3f} "
        f"({areas.min():.3f}–{areas.max():.3f}). Random weights: rank correlation "
        + f"{checked.randomisation.likeness:.2f} ({low:.2f} to {high:.2f}, {seeds} seeds).".replace("-", "−")
    )


def verdict(checked: Checked) -> str:
    """Say in two words whether the map passed."""
    return "do not trust" if checked.reasons else "passed both"


def settings_in_words(checked: Checked) -> str:
    """Say what the map depends on besides: the layer, the patch."""
    words = {"layer": "layer {}", "patch": "patch {} px", "stride": "stride {} px"}
    return ", ".join(words[name].format(value) for name, value in checked.map.settings)


def _largest(checked: Checked, class_name: str) -> str:
    values = checked.map.values
    if checked.map.is_flat:
        return "It is the same everywhere."
    importance = checked.map.importance
    row, column = divmod(int(importance.argmax()), values.shape[1])
    told = f"Largest for {class_name} at row {row}, column {column} ({number(float(values[row, column]))})"
    against = float((values < 0).mean())
    return f"{told}; {percent(against, 0)} of the pixels are below 0." if checked.map.signed else f"{told}."
