"""The pixels that imgaug 0.4.0 makes with fixed parameters: `tests/augment/imgaug_0_4_0.npz`.

    python benchmarks/imgaug_fixture.py tests/augment/imgaug_0_4_0.npz

Run it with a Python that has imgaug 0.4.0 (numpy 1.23.5, opencv-python-headless 4.8.1.78, scikit-image 0.21.0 and
scipy 1.11.0 beside it: a sheared `Affine` depends on the release of scikit-image). Every setting is a number or a
word, so nothing is left to draw. The file holds the images, all outputs end to end under "outputs", and under "cases" a
JSON list that says for each case what imgaug was asked, what convlens is asked, of which image, where the output lies,
and how the two are compared; `tests/augment/test_imgaug_agreement.py` reads it.
"""

import argparse
import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

WIDE, SHADE, GREY, SQUARE, SEA = "wide", "shade", "grey", "square", "sea"


@dataclass(frozen=True)
class Case:
    """One change of one image.

    Attributes:
        kind: how the two are compared: "exact", "geometry", "pointwise" or "filter".
        imgaug: the expression in imgaug's vocabulary.
        convlens: the same in convlens's.
        image: the key of the input.
        note: where the two differ on purpose, and why.
        within: the grey levels that this difference comes to at most; None for the bound of the kind.
    """

    kind: str
    imgaug: str
    convlens: str
    image: str
    note: str = ""
    within: int | None = None

    @property
    def name(self) -> str:
        """Both are told apart by the expression and the image."""
        return f"{self.convlens} on {self.image}"


def images() -> dict[str, np.ndarray]:
    """Give five pictures with what pictures have: slopes of light, round things with soft rims, texture, many hues."""
    y, x = np.mgrid[:32, :40].astype(np.float64)
    light = np.stack([90 + 2.2 * x, 60 + 3.1 * y, 170 - 1.4 * x - 1.1 * y], axis=-1)
    for centre_y, centre_x, radius, colour in ((11, 12, 7, (225, 90, 40)), (21, 29, 6, (30, 120, 215))):
        away = np.hypot(y - centre_y, x - centre_x)
        inside = 1 / (1 + np.exp((away - radius) * 1.6))
        light += inside[..., None] * (np.array(colour) - light)
    texture = np.sin(x * 0.9 + 0.3 * y) * np.cos(y * 0.7) * 14
    wide = _bytes(light + texture[..., None])

    y, x = np.mgrid[:28, :28].astype(np.float64)
    ring = np.exp(-(((np.hypot(y - 13, x - 14) - 8) / 2.2) ** 2))
    bar = np.exp(-(((x - 0.4 * y - 9) / 2.5) ** 2)) * (y > 4) * (y < 24)
    grey = _bytes(245 * np.clip(ring + 0.6 * bar, 0, 1))[..., None]

    y, x = np.mgrid[:24, :24].astype(np.float64)
    waves = [127 + 120 * np.sin(0.21 * x * (k + 1) + 0.17 * y * (3 - k) + k) for k in range(3)]
    square = _bytes(np.stack(waves, axis=-1))
    sea = np.stack([0.4 * np.minimum(waves[1], waves[2]), waves[1], waves[2]], axis=-1)
    return {WIDE: wide, SHADE: wide[..., 1:2], GREY: grey, SQUARE: square, SEA: _bytes(sea)}


def _bytes(levels: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def cases() -> list[Case]:
    """List all of them."""
    return [*_moves(), *_warps(), *_sizes(), *_light(), *_colour(), *_filters(), *_noise(), *_composed()]


def _same(kind: str, *expressions: str, on: tuple[str, ...] = (SHADE,), note: str = "", within: int | None = None):
    return [Case(kind, text, text, image, note, within) for text in expressions for image in on]


def _moves() -> list[Case]:
    modes = ("constant", "edge", "symmetric", "reflect", "wrap")
    turns = (1, 2, 3)
    return [
        *_same("exact", *(f'Affine(translate_px={{"x": 5, "y": -3}}, mode="{mode}")' for mode in modes)),
        *_same("exact", 'Affine(translate_px={"x": -7}, mode="constant", cval=77)', on=(WIDE, GREY)),
        *_same("exact", 'Affine(translate_px=4, mode="edge")', 'Affine(translate_px=60, mode="constant", cval=9)'),
        *_same("exact", 'Affine(translate_percent={"x": 0.25, "y": -0.125}, mode="reflect")'),
        *_same("exact", "TranslateX(px=6)", "TranslateY(px=-9, cval=200)", 'TranslateX(percent=-0.1, mode="wrap")'),
        *_same("exact", "Fliplr()", "Flipud()", on=(WIDE, GREY)),
        *_same("exact", "Fliplr(0)", "Flipud(0)", "Rot90(k=-1, keep_size=False)", "Rot90(k=2)"),
        *_same("exact", *(f"Rot90(k={k}, keep_size=False)" for k in turns), on=(WIDE, GREY)),
        *_same("exact", *(f"Rot90(k={k})" for k in turns), on=(SQUARE,)),
        *_same("geometry", "Rot90(k=1)", "Rot90(k=3)"),
    ]


def _warps() -> list[Case]:
    orders, modes = (0, 1, 3), ("constant", "edge", "symmetric", "reflect", "wrap")
    whole = 'scale={"x": 1.1, "y": 0.85}, translate_percent={"x": 0.05, "y": -0.1}, rotate=17, shear={"x": 8, "y": -5}'
    fitted = ("rotate=30", "scale=1.5", 'shear={"x": 20}', "rotate=-75, scale=0.8", 'translate_px={"x": 4, "y": 6}')
    return [
        *_same("geometry", *(f"Affine(rotate={angle})" for angle in (-30, 10, 90, 200)), on=(SHADE, GREY)),
        *_same("geometry", "Affine(rotate=180)", on=(SHADE, GREY)),
        *_same("geometry", "Affine(rotate=45, scale=0.8)", on=(WIDE, SQUARE)),
        *_same("geometry", "Affine(scale=1.3)", "Affine(scale=0.7)", 'Affine(scale={"x": 0.6, "y": 1.4})'),
        *_same("geometry", "Affine(shear=16)", 'Affine(shear={"y": -20})', 'Affine(shear={"x": 12, "y": 9})'),
        *_same("geometry", 'Affine(translate_percent={"x": 0.11, "y": -0.07})', "Affine(translate_percent=0.13)"),
        *_same("geometry", *(f"Affine(rotate=-20, order={order}, cval=120)" for order in orders)),
        *_same("geometry", *(f'Affine({whole}, order={order}, mode="{m}")' for order in orders for m in modes)),
        *_same("geometry", *(f"Affine({what}, fit_output=True)" for what in fitted)),
        *_same("geometry", 'Affine(rotate=40, order=3, mode="reflect", fit_output=True)', on=(GREY,)),
        *_same("geometry", "Rotate(25)", "ScaleX(1.2)", "ScaleY(0.8)", "ShearX(14)", "ShearY(-11)"),
    ]


def _sizes() -> list[Case]:
    modes = ("constant", "edge", "maximum", "mean", "median", "minimum", "reflect", "symmetric", "wrap")
    corners = ("left-top", "right-bottom", "center", "left-center", "right-top")
    crops = ("Crop(px=(1, 2, 3, 4))", "Crop(percent=(0.1, 0.05, 0.2, 0))")
    ramp = "NumPy cuts a ramp of bytes, at the corners twice; ours is rounded"
    enlarged = 'imgaug enlarges what is left by OpenCV\'s "area", in flat steps; ours is linear'
    return [
        *_same("exact", "Crop(px=(1, 2, 3, 4), keep_size=False)", on=(WIDE, GREY)),
        *_same("exact", *(f'Pad(px=(3, 1, 2, 5), pad_mode="{mode}", keep_size=False)' for mode in modes)),
        *_same("exact", "Pad(px=(1, 0, 4, 2), pad_cval=140, keep_size=False)", on=(WIDE,)),
        *_same("exact", 'CropAndPad(px=(-3, 4, 2, -5), pad_mode="edge", keep_size=False)', on=(WIDE,)),
        *_same("exact", 'CropAndPad(percent=(0.1, -0.2, -0.1, 0.15), pad_mode="wrap", keep_size=False)'),
        *_same("pointwise", 'Pad(px=(3, 1, 2, 5), pad_mode="linear_ramp", keep_size=False)', note=ramp, within=2),
        *_same("geometry", *crops),
        *_same("geometry", *crops, on=(GREY,), note=enlarged, within=19),
        *_same("geometry", "Pad(px=(3, 1, 2, 5))", 'CropAndPad(px=(-3, 4, 2, -5), pad_mode="reflect")'),
        *_same("exact", *(f'CropToFixedSize(width=25, height=20, position="{where}")' for where in corners)),
        *_same("exact", *(f'PadToFixedSize(width=45, height=37, position="{where}")' for where in corners), on=(GREY,)),
        *_same("exact", "CropToFixedSize(width=30, height=None, position=(0.25, 0.75))"),
        *_same("exact", 'PadToFixedSize(width=45, height=20, pad_mode="edge", position="center")'),
        *_same("geometry", *(f'Resize(20, interpolation="{one}")' for one in ("nearest", "linear", "cubic", "area"))),
        *_same("geometry", 'Resize({"height": 48, "width": 60})', 'Resize({"height": 16, "width": 20}, "area")'),
        *_same("geometry", "Resize(0.5)", 'Resize({"height": 45, "width": "keep-aspect-ratio"}, "linear")'),
        *_same("geometry", 'Resize({"shorter-side": 24, "longer-side": "keep-aspect-ratio"}, "linear")', on=(WIDE,)),
        *_same("geometry", "PerspectiveTransform(scale=0)"),
    ]


def _light() -> list[Case]:
    posterized = [
        Case("exact", f"pillike.Posterize(nb_bits={bits})", f"Posterize({bits})", SQUARE) for bits in range(1, 9)
    ]
    return [
        *_same("pointwise", *(f"Multiply({factor})" for factor in (0, 0.5, 0.83, 1, 1.37)), on=(SHADE, GREY)),
        *_same("exact", "Add(0)", "Add(37)", "Add(-80)", on=(SHADE, GREY)),
        *_same("exact", "AddElementwise(-45)"),
        *_same("pointwise", "MultiplyElementwise(0.7)"),
        *_same("pointwise", "Multiply(1.2, per_channel=True)", on=(WIDE,)),
        *_same("pointwise", *(f"LinearContrast({alpha})" for alpha in (0.5, 1.7, -1, 0)), on=(SHADE, GREY)),
        *_same("pointwise", *(f"GammaContrast({gamma})" for gamma in (0.5, 1, 1.7)), on=(SHADE, GREY)),
        *_same("pointwise", "SigmoidContrast(gain=5, cutoff=0.3)", "SigmoidContrast(gain=11, cutoff=0.6)"),
        *_same("pointwise", *(f"LogContrast({gain})" for gain in (0.4, 1, 1.6))),
        *_same("exact", "Invert(1)", "Invert(0)", "Invert(1, per_channel=True)", on=(SQUARE,)),
        *_same("exact", *(f"Solarize(1, threshold={threshold})" for threshold in (0, 64, 128, 255)), on=(SQUARE,)),
        *posterized,
    ]


def _colour() -> list[Case]:
    pictures = (WIDE, SQUARE)
    # A degree of hue is 255 / 60 grey levels of a full colour. Where hues are multiplied, red is kept out of the
    # picture: hues just below 360° and just above 0° are far apart then.
    added = "imgaug's hue is a byte of 2° a step, and its turn a whole number of steps: up to 3° less"
    product = "imgaug's hue is a byte of 2° a step, its product is cut to another of 1.4° and back: up to 5° less"
    return [
        *_same("pointwise", *(f"Grayscale(alpha={alpha})" for alpha in (0, 0.3, 1)), on=pictures),
        *_same(
            "pointwise", *(f"AddToHueAndSaturation({n})" for n in (-60, 20, 130)), on=pictures, note=added, within=13
        ),
        *_same("pointwise", "AddToHueAndSaturation(value_hue=40)", on=(WIDE,), note=added, within=13),
        *_same("pointwise", "AddToHueAndSaturation(value_saturation=-70)", on=(WIDE,), note=added, within=13),
        *_same(
            "pointwise", *(f"MultiplyHueAndSaturation({n})" for n in (0.5, 1.3)), on=(SEA,), note=product, within=21
        ),
        *_same("pointwise", "MultiplyHueAndSaturation(mul_hue=0.7)", on=(SEA,), note=product, within=21),
        *_same("pointwise", "MultiplyHueAndSaturation(mul_saturation=1.6)", on=(WIDE,), note=product, within=21),
        *_same("pointwise", "HistogramEqualization()", on=(WIDE, SHADE, GREY, SQUARE)),
        *_same("pointwise", "CLAHE(clip_limit=2, tile_grid_size_px=8)", on=(WIDE, GREY, SQUARE)),
        *_same("pointwise", "CLAHE(clip_limit=5.5, tile_grid_size_px=5)"),
        *_same("exact", "ChannelShuffle(0)", on=(SQUARE,)),
        *_same("filter", *(f"JpegCompression({compression})" for compression in (0, 40, 85, 99)), on=(WIDE, GREY)),
    ]


def _filters() -> list[Case]:
    both = (SHADE, GREY)
    faces = (0, 0.125, 0.25, 0.4, 0.9)
    return [
        *_same("filter", *(f"GaussianBlur({sigma})" for sigma in (0, 0.4, 1, 2.3, 3.5, 5)), on=both),
        *_same("filter", *(f"AverageBlur({k})" for k in (1, 2, 3, 6, 7)), on=both),
        *_same("filter", *(f"MedianBlur({k})" for k in (1, 3, 5, 9)), on=both),
        *_same("filter", *(f"MotionBlur(k=5, angle={angle}, direction=0)" for angle in (0, 45, 90, 130)), on=both),
        *_same("filter", "MotionBlur(k=9, angle=0, direction=1)", "MotionBlur(k=7, angle=90, direction=-0.6)"),
        *_same("filter", "Sharpen(alpha=0.2, lightness=1)", "Sharpen(alpha=1, lightness=0.8)", on=both),
        *_same("filter", "Emboss(alpha=0.5, strength=0.7)", "Emboss(alpha=1, strength=1.6)", on=both),
        *_same("filter", "EdgeDetect(alpha=0.5)", "EdgeDetect(alpha=1)", on=both),
        *_same("filter", *(f"DirectedEdgeDetect(alpha=0.8, direction={face})" for face in faces), on=both),
        *_same("filter", "DirectedEdgeDetect(alpha=1, direction=0.6)", "GaussianBlur(1.5)", on=(WIDE,)),
        *_same("filter", "MedianBlur(7)", "AverageBlur(4)", "Emboss(alpha=0.7, strength=1)", on=(WIDE,)),
    ]


def _noise() -> list[Case]:
    return [
        *_same("exact", "Dropout(p=1)", "Dropout(p=0)", "CoarseDropout(p=1, size_px=4)", on=(SQUARE, GREY)),
        *_same("exact", "Dropout2d(p=1, nb_keep_channels=0)", "ReplaceElementwise(1, 99)", on=(SQUARE,)),
        *_same("exact", "Salt(p=0)", "Pepper(p=0)", "SaltAndPepper(p=0)", "CoarseSaltAndPepper(p=0, size_px=4)"),
        *_same("exact", "AdditiveGaussianNoise(loc=7, scale=0)", "AdditiveLaplaceNoise(loc=-5, scale=0)"),
        *_same("exact", "AdditivePoissonNoise(0)"),
        *_same("exact", 'Cutout(position="center", size=0.5, squared=False, cval=60)', 'Cutout(position="left-top")'),
        *_same("exact", 'Cutout(nb_iterations=2, position="center", size=0.25)', on=(GREY, SQUARE)),
        *_same("geometry", "ElasticTransformation(alpha=0, sigma=5)", "PiecewiseAffine(scale=0)"),
    ]


def _composed() -> list[Case]:
    return [
        *_same("exact", "Identity()", "Sometimes(1, Add(9), Add(-9))", "Sometimes(0, Add(9), Add(-9))"),
        *_same("exact", "Sequential([Fliplr(), Add(5), Flipud()])", "SomeOf(2, [Add(30), Invert(1)])"),
        *_same("exact", "OneOf([Add(11)])"),
        *_same("exact", "WithChannels([0, 2], Add(50))", "WithChannels(1, Invert(1))", on=(SQUARE,)),
        *_same("pointwise", "BlendAlphaSimplexNoise(Add(12), Add(12))", on=(GREY,)),
        *_same("pointwise", "FrequencyNoiseAlpha(exponent=-2, first=Add(12), second=Add(12))", on=(GREY,)),
    ]


def main() -> None:
    """Run imgaug and write the file."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file", type=Path)
    chosen = options.parse_args()
    warnings.simplefilter("ignore")  # this imgaug is older than what it stands on
    import imgaug
    from imgaug import augmenters

    assert imgaug.__version__ == "0.4.0"
    inputs, done, outputs, start = images(), [], [], 0
    for case in cases():
        output = eval(case.imgaug, {"__builtins__": {}}, vars(augmenters))(image=inputs[case.image].copy())
        assert output.dtype == np.uint8
        outputs.append(output.ravel())
        done.append({"name": case.name, **asdict(case), "start": start, "shape": output.shape})
        start += output.size
    assert len({one["name"] for one in done}) == len(done)
    # One array: the entries of an archive cost more than a small picture, and like pictures compress together.
    np.savez_compressed(chosen.file, cases=np.array(json.dumps(done)), outputs=np.concatenate(outputs), **inputs)
    print(f"{len(done)} cases, {chosen.file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
