import gzip
import hashlib
import shutil
import socket
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from convlens.data.fashion import CHECKSUMS, MINI, as_dataset, find_fashion_mnist, mini_arrays
from convlens.data.idx import write_idx
from convlens.errors import DataError


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture
def served(tmp_path) -> Iterator[tuple[Path, str]]:
    """An empty folder and the address where a real server on this machine offers its files."""
    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def closed_port() -> str:
    """An address on this machine where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def find(tmp_path: Path, *, data_dir: Path | None = None, system: str = "none", home: str = ""):
    """Look for the data set with nothing of this machine in reach but what is named."""
    return find_fashion_mnist(data_dir, tmp_path / "cache", system=tmp_path / system, home=home or closed_port())


def test_the_official_split_is_read(fashion_mnist_dir, tmp_path):
    arrays, place, notes = find(tmp_path, data_dir=fashion_mnist_dir)
    assert (place, notes) == (str(fashion_mnist_dir), ())
    train, test = (as_dataset(arrays, split, "f") for split in ("train", "test"))
    assert (train.images.shape, test.images.shape) == ((60_000, 28, 28, 1), (10_000, 28, 28, 1))
    assert set(train.counts().values()) == {6000}
    assert set(test.counts().values()) == {1000}
    assert train.class_names[train.labels[0]] == "Ankle boot"


def test_files_are_downloaded_checked_and_kept(fashion_mnist_dir, served, tmp_path):
    folder, home = served
    for stem in CHECKSUMS:
        (folder / f"{stem}.gz").symlink_to(fashion_mnist_dir / f"{stem}.gz")
    arrays, place, _ = find(tmp_path, home=home)
    assert place == home
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted(f"{stem}.gz" for stem in CHECKSUMS)
    cached, place, _ = find(tmp_path)
    assert place == str(tmp_path / "cache")
    assert all(np.array_equal(cached[stem], arrays[stem]) for stem in CHECKSUMS)


def test_a_damaged_file_in_the_cache_is_removed_and_fetched_again(fashion_mnist_dir, served, tmp_path):
    folder, home = served
    shutil.copytree(fashion_mnist_dir, tmp_path / "cache")
    damaged = tmp_path / "cache" / "t10k-labels-idx1-ubyte.gz"
    (folder / damaged.name).symlink_to(fashion_mnist_dir / damaged.name)
    damaged.write_bytes(gzip.compress(write_idx(np.zeros(10_000, np.uint8))))
    _, place, notes = find(tmp_path, home=home)
    assert place == home
    assert "t10k-labels" in notes[0]
    assert damaged.read_bytes() == (folder / damaged.name).read_bytes()


def test_a_downloaded_file_with_other_content_is_not_kept(served, tmp_path):
    folder, home = served
    for stem in CHECKSUMS:
        (folder / f"{stem}.gz").write_bytes(gzip.compress(write_idx(np.zeros((3, 28, 28), np.uint8))))
    with pytest.raises(DataError, match=r"http://.*ubyte\.gz is not the Fashion-MNIST file"):
        find(tmp_path, home=home)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_page_in_place_of_a_file_is_not_kept(served, tmp_path):
    folder, home = served
    (folder / "train-images-idx3-ubyte.gz").write_text("<html>log in first</html>")
    with pytest.raises(DataError, match="no idx file"):
        find(tmp_path, home=home)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_failed_download_says_what_to_do(served, tmp_path):
    for home, reason in ((closed_port(), "Connection refused"), (served[1], "404")):
        with pytest.raises(
            DataError, match=f"{reason}.*apt install dataset-fashion-mnist.*--data-dir.*fashion-mnist-mini"
        ):
            find(tmp_path, home=home)
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_system_folder_is_found_after_the_cache_and_the_users_own_before_it(tmp_path, fashion_mnist_dir):
    (tmp_path / "system").symlink_to(fashion_mnist_dir)
    assert find(tmp_path, system="system")[1] == str(tmp_path / "system")
    (tmp_path / "mine" / "FashionMNIST").mkdir(parents=True)
    (tmp_path / "mine" / "FashionMNIST" / "raw").symlink_to(fashion_mnist_dir)
    assert find(tmp_path, data_dir=tmp_path / "mine", system="system")[1] == str(tmp_path / "mine/FashionMNIST/raw")
    (tmp_path / "nothing here").mkdir()
    assert find(tmp_path, data_dir=tmp_path / "nothing here", system="system")[1] == str(tmp_path / "system")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(write_idx(np.zeros(10_000, np.uint8))), "SHA-256"),
        (gzip.compress(write_idx(np.zeros(10_000, np.uint8)))[:-4], "truncated"),
        (gzip.compress(write_idx(np.zeros(10_000, np.uint8))[:-4]), "10,008 bytes were wanted, 10,004 came"),
        (b"text", "no idx file"),
    ],
)
def test_a_damaged_file_of_the_users_is_refused_by_name_and_left_alone(tmp_path, content, reason):
    mine = tmp_path / "mine"
    mine.mkdir()
    for stem in CHECKSUMS:
        (mine / f"{stem}.gz").write_bytes(content)
    with pytest.raises(DataError, match=rf"mine/train-images-idx3-ubyte\.gz .*{reason}"):
        find(tmp_path, data_dir=mine)
    assert [path.read_bytes() for path in mine.iterdir()] == [content] * 4


def test_a_part_of_the_files_or_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="there is no folder"):
        find(tmp_path, data_dir=tmp_path / "nowhere")
    (tmp_path / "train-images-idx3-ubyte").touch()
    with pytest.raises(DataError, match="only a part of Fashion-MNIST; add train-labels-idx1-ubyte, t10k"):
        find(tmp_path, data_dir=tmp_path)


def test_the_built_in_part_is_small_balanced_and_attributed():
    assert sum(path.stat().st_size for path in MINI.iterdir()) < 4_000_000
    assert "Zalando SE" in (MINI / "LICENSE").read_text()
    arrays = mini_arrays()
    for split, share in (("train", 600), ("test", 100)):
        assert set(as_dataset(arrays, split, "mini").counts().values()) == {share}


def test_every_built_in_image_is_one_of_the_full_set_with_its_label(fashion_mnist_dir, tmp_path):
    full, mini = find(tmp_path, data_dir=fashion_mnist_dir)[0], mini_arrays()
    for prefix in ("train", "t10k"):
        images, labels = (f"{prefix}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1"))
        known = {(image.tobytes(), label) for image, label in zip(full[images], full[labels].tolist(), strict=True)}
        assert all(
            (image.tobytes(), label) in known for image, label in zip(mini[images], mini[labels].tolist(), strict=True)
        )
        assert len(np.unique(mini[images].reshape(len(mini[images]), -1), axis=0)) >= len(mini[images]) - 10


def test_the_checksums_are_those_of_the_unpacked_files(fashion_mnist_dir):
    for stem, checksum in CHECKSUMS.items():
        content = gzip.decompress((fashion_mnist_dir / f"{stem}.gz").read_bytes())
        assert hashlib.sha256(content).hexdigest() == checksum
