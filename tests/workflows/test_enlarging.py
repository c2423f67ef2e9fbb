import numpy as np
from PIL import Image

from convlens.workflows.enlarging import enlarged, own_sizes
from convlens.workflows.subjects import trained


def photographs(folder, *sides):
    for number, (height, width) in enumerate(sides):
        place = folder / "ox"[number % 2] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((height, width), np.uint8)).save(place)
    return folder


def test_the_sizes_are_those_on_disk(tmp_path):
    folder = photographs(tmp_path / "photos", (30, 40), (50, 60))
    assert sorted(own_sizes(str(folder))) == sorted(own_sizes(f"{folder}/*/*.png")) == [(30, 40), (50, 60)]
    np.savez(tmp_path / "some.npz", images=np.zeros((3, 20, 22), np.uint8))
    assert own_sizes(str(tmp_path / "some.npz")) == ((20, 22),)
    assert own_sizes("xo") == ((28, 28),)


def test_pictures_that_are_too_small_for_windows_are_counted(xo_run, tmp_path):
    subject = trained(xo_run)
    assert enlarged(subject, None, (32, 32), 2)[0].startswith(
        "the pictures have 28×28 pixels: for windows of 28×28 that move by 2 px they were enlarged to 32×32"
    )
    assert enlarged(subject, None, (28, 28), 0) == ()
    mixed = str(photographs(tmp_path / "mixed", (30, 40), (50, 60), (32, 32), (64, 20)))
    assert enlarged(subject, mixed, (32, 32), 2)[0].startswith("2 of 4 pictures that were looked at are too small")
    assert enlarged(subject, mixed, (16, 16), 2) == ()
