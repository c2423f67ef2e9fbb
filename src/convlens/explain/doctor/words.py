"""How findings say numbers."""

import numpy as np
from jaxtyping import Bool

SHOWN = 8


def numbered(marked: Bool[np.ndarray, " n"]) -> str:
    """List the numbers of what is marked, counted from 0; of many, the first ones: "3, 9, 12 and 20 more"."""
    places = np.flatnonzero(marked).tolist()
    shown = ", ".join(map(str, places[:SHOWN]))
    return shown if len(places) <= SHOWN else f"{shown} and {len(places) - SHOWN} more"
