import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlens.data.decoding import Header, UnreadableError, quiet, read_header, read_pixels

NOISE = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises width × height grey pixels and holds none of them."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def corners(path: Path, channels: int = 1) -> list:
    """The four corner pixels: top left, top right, bottom left, bottom right."""
    pixels = read_pixels(path, channels)
    return pixels[[0, 0, -1, -1], [0, -1, 0, -1]].squeeze().tolist()


@pytest.mark.parametrize(
    ("ending", "lossless"), [("png", True), ("bmp", True), ("tif", True), ("webp", True), ("jpg", False)]
)
def test_each_format_gives_its_pixels(tmp_path, ending, lossless):
    path = tmp_path / f"a.{ending}"
    smooth = np.linspace(0, 255, 40 * 60).reshape(40, 60, 1).repeat(3, axis=2).astype(np.uint8)
    Image.fromarray(smooth).save(path, **({"lossless": True} if ending == "webp" else {}))
    assert read_header(path) == Header((40, 60), False)
    assert np.abs(read_pixels(path, 3).astype(int) - smooth).max() <= (0 if lossless else 8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_exif_turns_a_picture_upright(tmp_path, ending, orientation):
    # how the stored picture is seen for each value of the tag, from the EXIF standard: where row 0 and column 0 lie
    seen = {1: "abcd", 2: "badc", 3: "dcba", 4: "cdab", 5: "acbd", 6: "cadb", 7: "dbca", 8: "bdac"}[orientation]
    levels = {"a": 0, "b": 80, "c": 160, "d": 240}
    stored = np.kron(np.array([[0, 80], [160, 240]], np.uint8), np.ones((16, 32), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"exif": exif} if ending != "webp" else {"exif": exif, "lossless": True}
    Image.fromarray(stored).save(tmp_path / f"a.{ending}", **options)
    assert np.allclose(corners(tmp_path / f"a.{ending}"), [levels[name] for name in seen], atol=4)
    if ending != "png":
        assert read_header(tmp_path / f"a.{ending}").size == ((32, 64) if orientation < 5 else (64, 32))


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    levels = np.array([[0, 257, 32896, 65535]], np.uint16)
    for ending in ("png", "tif"):
        Image.fromarray(levels).save(tmp_path / f"a.{ending}")
        assert read_pixels(tmp_path / f"a.{ending}", 1).ravel().tolist() == [0, 1, 128, 255]
        assert read_header(tmp_path / f"a.{ending}").grey


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_modes_are_known_as_grey(tmp_path, mode):
    Image.fromarray(np.array([[0, 255]], np.uint8)).convert(mode).save(tmp_path / "a.png")
    assert read_header(tmp_path / "a.png").grey
    assert read_pixels(tmp_path / "a.png", 1).ravel().tolist() == [0, 255]
    assert read_pixels(tmp_path / "a.png", 3).ravel().tolist() == [0, 0, 0, 255, 255, 255]


def test_transparency_lies_on_white(tmp_path):
    half = np.array([[[100, 0, 0, 0], [0, 0, 0, 128], [10, 20, 30, 255]]], np.uint8)
    Image.fromarray(half).save(tmp_path / "rgba.png")
    assert read_pixels(tmp_path / "rgba.png", 3)[0].tolist() == [[255] * 3, [127] * 3, [10, 20, 30]]
    palette = Image.new("P", (2, 1))
    palette.putpalette([200, 0, 0, 0, 200, 0])
    palette.putpixel((1, 0), 1)
    palette.save(tmp_path / "palette.png", transparency=0)
    assert read_pixels(tmp_path / "palette.png", 3)[0].tolist() == [[255] * 3, [0, 200, 0]]
    Image.new("LA", (1, 1), (50, 0)).save(tmp_path / "grey.png")
    assert read_pixels(tmp_path / "grey.png", 1).ravel().tolist() == [255]


def test_a_gif_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert np.array_equal(read_pixels(tmp_path / "a.gif", 3), np.full((4, 5, 3), [255, 0, 0]))


def test_a_cmyk_jpeg_gives_its_colours(tmp_path):
    Image.new("RGB", (16, 16), (200, 40, 90)).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert np.abs(read_pixels(tmp_path / "a.jpg", 3).astype(int) - [200, 40, 90]).max() <= 6


def test_thirty_two_bits_are_refused_for_want_of_a_range(tmp_path):
    Image.fromarray(np.zeros((2, 2), np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(UnreadableError, match="32 bits"):
        read_pixels(tmp_path / "a.tif", 1)


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [
        (8000, 6376, "8,000 × 6,376 pixels, 51.0 Mpixel"),
        (10_000, 10_000, "100.0 Mpixel"),
        (30_000, 30_000, "900.0 Mpixel"),
    ],
)
def test_a_picture_over_fifty_megapixels_is_refused_by_its_header(tmp_path, width, height, reason):
    (tmp_path / "a.png").write_bytes(png_header(width, height))
    with quiet(), pytest.raises(UnreadableError, match=f"{reason}, more than the 50"):
        read_header(tmp_path / "a.png")


@pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "tif", "webp", "gif"])
def test_a_truncated_picture_is_refused(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(NOISE).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(UnreadableError, match="truncated"):
        read_pixels(path, 3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "an empty file"),
        (b"class,label\n1,2\n", "not a JPEG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a JPEG"),
        (b"P5 2 2 255\n\0\0\0\0", "not a JPEG"),
        (b"\x89PNG\r\n\x1a\n", "truncated|not a JPEG"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(tmp_path, content, reason):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UnreadableError, match=reason):
        read_header(tmp_path / "a.png")


def test_a_missing_picture_is_refused(tmp_path):
    with pytest.raises(UnreadableError, match="No such file"):
        read_header(tmp_path / "a.png")


def test_a_large_jpeg_may_be_decoded_smaller_but_never_too_small(tmp_path):
    Image.new("L", (800, 600), 99).save(tmp_path / "a.jpg")
    assert read_pixels(tmp_path / "a.jpg", 1, 128).shape == (150, 200, 1)
    assert read_pixels(tmp_path / "a.jpg", 1).shape == (600, 800, 1)


def test_quiet_gives_the_warnings_back():
    before = list(warnings.filters)
    with quiet():
        pass
    assert warnings.filters == before


def test_broken_exif_does_not_lose_a_good_picture(tmp_path):
    Image.new("L", (16, 8), 50).save(tmp_path / "a.jpg", exif=b"Exif\0\0not a TIFF header at all")
    with quiet():
        assert read_header(tmp_path / "a.jpg").size == (8, 16)
        assert read_pixels(tmp_path / "a.jpg", 1).shape == (8, 16, 1)
