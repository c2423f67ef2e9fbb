"""The arrays that travel between floors, with their shapes in the type.

`images` are always (N, H, W, C) uint8 and `logits` (N, classes) float32 with classes ≥ 2. Only
`convlens.models.tensors` changes layout and dtype.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, UInt8, UInt64

Images: TypeAlias = UInt8[np.ndarray, "n h w c"]
Image: TypeAlias = UInt8[np.ndarray, "h w c"]
Raster: TypeAlias = UInt8[np.ndarray, "n h w c"] | Float32[np.ndarray, "n h w c"]
"""Images to be changed: bytes, or float32 in grey levels from 0 to 255."""
Labels: TypeAlias = Int64[np.ndarray, " n"]
Indices: TypeAlias = Int64[np.ndarray, " n"]
Logits: TypeAlias = Float32[np.ndarray, "n classes"]
Probabilities: TypeAlias = Float64[np.ndarray, "n classes"]
Keys: TypeAlias = UInt64[np.ndarray, " n"]
PerImage: TypeAlias = Float64[np.ndarray, " n"]
Pixels: TypeAlias = Int64[np.ndarray, " n"]
Mask: TypeAlias = Bool[np.ndarray, " n"]

Predict: TypeAlias = Callable[[Images], Logits]
"""All that an audit knows of a model: a batch of images in, logits (N, classes ≥ 2) out."""


def softmax(logits: Logits) -> Probabilities:
    """Turn logits into probabilities that sum to 1 in each row, in float64, without overflow."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    normalised: Probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    return normalised
