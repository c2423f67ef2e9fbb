import numpy as np
import pytest
from PIL import Image

from convlens.data.dataset import LeftOut
from convlens.data.decoding import read_pixels
from convlens.data.pictures import read_pictures
from convlens.errors import DataError


def test_pictures_of_one_size_keep_it_and_their_order(picture_tree):
    root = picture_tree(*(f"{k}.png" for k in range(9)))
    read = read_pictures([root / f"{k}.png" for k in range(9)])
    assert read.images.shape == (9, 8, 8, 1)
    assert read.images[:, 0, 0, 0].tolist() == list(range(9))
    assert (read.kept.tolist(), read.left_out) == (list(range(9)), ())


def test_mixed_sizes_become_sixty_four_and_one_colour_picture_makes_all_colour(tmp_path):
    Image.new("L", (20, 10), 7).save(tmp_path / "a.png")
    Image.new("RGB", (90, 90), (1, 2, 3)).save(tmp_path / "b.png")
    read = read_pictures([tmp_path / "a.png", tmp_path / "b.png"])
    assert read.images.shape == (2, 64, 64, 3)
    assert read.images[:, 5, 5].tolist() == [[7, 7, 7], [1, 2, 3]]


def test_equal_but_large_pictures_become_sixty_four(picture_tree):
    assert read_pictures([picture_tree("a.png", side=225) / "a.png"]).images.shape == (1, 64, 64, 1)
    assert read_pictures([picture_tree("a.png", side=224) / "a.png"]).images.shape == (1, 224, 224, 1)


def test_bad_pictures_are_left_out_by_name_and_the_rest_keep_their_places(picture_tree):
    root = picture_tree("a.png", "b.png", "c.png", "d.png")
    (root / "b.png").write_bytes(b"")
    whole = (root / "c.png").read_bytes()
    (root / "c.png").write_bytes(whole[:-30])
    paths = [root / f"{name}.png" for name in "abcd"]
    read = read_pictures(paths, max_bad=0.5)
    assert (read.kept.tolist(), read.images[:, 0, 0, 0].tolist()) == ([0, 3], [0, 3])
    assert read.left_out[0] == LeftOut(str(root / "b.png"), "an empty file")
    assert read.left_out[1].path == str(root / "c.png")
    assert "truncated" in read.left_out[1].reason


def test_too_many_bad_pictures_stop_with_the_first_names_and_the_count(picture_tree):
    names = [f"{k}.png" for k in range(10)]
    root = picture_tree(*names)
    for name in names[:7]:
        (root / name).write_text("no picture")
    with pytest.raises(DataError, match=r"7 of 10 pictures .* at most 69 % .*0\.png: not a JPEG.*4\.png.*and 2 more"):
        read_pictures([root / name for name in names], max_bad=0.69)
    assert len(read_pictures([root / name for name in names], max_bad=0.7).left_out) == 7


def test_progress_sees_every_picture(picture_tree):
    root = picture_tree("a.png", "b.png", "c.png")
    seen = []

    def progress(iterable, total, what):
        for one in iterable:
            seen.append((total, what))
            yield one

    read_pictures([root / f"{name}.png" for name in "abc"], progress=progress)
    assert seen == [(3, "looking at pictures")] * 3 + [(3, "reading pictures")] * 3


def test_a_photograph_reduced_while_decoding_looks_the_same(tmp_path):
    y, x = np.mgrid[:512, :768]
    waves = (127 + 60 * np.sin(x / 40) + 60 * np.cos(y / 30)).astype(np.uint8)
    Image.fromarray(waves).save(tmp_path / "a.jpg", quality=95)
    small = read_pictures([tmp_path / "a.jpg"], size=64).images[0, ..., 0].astype(int)
    middle = read_pixels(tmp_path / "a.jpg", 1)[:, 128:640, 0]
    areas = middle.reshape(64, 8, 64, 8).mean(axis=(1, 3))
    assert np.abs(small - areas).max() <= 3
