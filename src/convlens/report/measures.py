"""The measures of an audit on the page: which stand in the table, in which order, and what each one says."""

MEASURES = {
    "clean": "not moved",
    "mean": "mean over all shifts",
    "lowest": "lowest shift",
    "right_everywhere": "right at every shift",
    "unchanged_everywhere": "same answer at every shift",
}
"""The columns of the table of networks, with the words of its head."""

MEANINGS = {
    "clean": ("accuracy, not moved", "right, with nothing moved"),
    "mean": ("mean accuracy", "right, averaged over all shifts"),
    "lowest": ("lowest cell", "right, at the one shift where the fewest are"),
    "right_everywhere": ("right everywhere", "right at every single shift"),
    "unchanged_everywhere": ("unchanged everywhere", "the same answer at every single shift, right or wrong"),
    "pair_consistency": ("pair consistency", "two shifts drawn at random get the same answer"),
    "consistency_to_origin": ("consistency to origin", "a shift drawn at random keeps the unmoved picture's answer"),
    "fidelity": ("fidelity", "a shift drawn at random keeps the unmoved picture's answer, and that is right"),
    "flip_probability": ("flip probability", "one more pixel of shift changes the answer"),
    "area_under_curve": ("area under the curve", "right at every shift within r, averaged over r from 0 up"),
}
"""Every measure: its name, and what share it is. Consistency says nothing about being right: see it beside accuracy."""

LADDER = ("clean", "mean", "lowest", "right_everywhere", "pair_consistency")
"""The measures of a ladder's table."""

SPATIAL = {
    "clean": "not changed",
    "mean": "mean over the grid of poses",
    "random": "one random pose",
    "worst_of_random": "in all random poses",
    "grid": "in every pose of the grid",
    "unchanged_random": "same answer in one random pose",
    "unchanged_worst_of_random": "same answer in all random poses",
    "unchanged_grid": "same answer in every pose of the grid",
}
"""The numbers of the spatial attack in the order of its table, in words."""
