import numpy as np
import pytest

from convlens.data.load import load
from convlens.data.sources import DATASETS, Request, cache_folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CONVLENS_DATA", raising=False)


def test_the_data_sets_have_these_names():
    assert list(DATASETS) == ["fashion-mnist", "fashion-mnist-mini", "xo"]


@pytest.mark.parametrize("name", ["fashion-mnist-mini", "xo"])
def test_each_entry_says_what_it_loads(name):
    entry = DATASETS[name]
    request = Request(count=200 if entry.drawn else None)
    first, second = entry.load(request), entry.load(request)
    assert entry.name == name
    for part, again in zip(first.parts(), second.parts(), strict=True):
        assert (part.size, part.channels, part.class_names, part.name) == (
            entry.size,
            entry.channels,
            entry.class_names,
            name,
        )
        assert part.manifest_hash == again.manifest_hash
        assert min(part.counts().values()) > 0
    contents = [f"{len(part):,}" for part in first.parts()]
    assert entry.drawn or entry.contents == " + ".join(contents)


def test_letters_are_shared_out_in_tenths_and_grow_with_the_count():
    splits = load("xo")
    assert [len(part) for part in splits.parts()] == [2400, 300, 300]
    assert splits.train.counts() == {"o": 1200, "x": 1200}
    fewer = load("xo", count=105)
    assert [len(part) for part in fewer.parts()] == [85, 10, 10]
    assert np.array_equal(fewer.train.images, splits.train.images[:85])
    assert load("xo", count=105, seed=1).train.manifest_hash != fewer.train.manifest_hash


def test_the_environment_names_a_folder_that_is_used(fashion_mnist_dir, tmp_path, monkeypatch):
    (tmp_path / "mine").symlink_to(fashion_mnist_dir)
    monkeypatch.setenv("CONVLENS_DATA", str(tmp_path / "mine"))
    splits = load("fashion-mnist")
    assert splits.source == str(tmp_path / "mine")
    assert [len(part) for part in splits.parts()] == [60_000, 10_000]
    assert splits.validation is None


def test_the_cache_is_the_users():
    assert cache_folder().name == "convlens"
