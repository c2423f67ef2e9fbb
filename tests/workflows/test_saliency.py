"""Maps of a run's pictures: written beside the run, kept for its page, and told in words."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from convlens.errors import ConvlensError, DataError, SettingsError, UnknownNameError
from convlens.models.card import Card
from convlens.workflows import effective, saliency_maps
from convlens.workflows.kept_maps import kept_maps
from convlens.workflows.saliency import grey, named_methods
from convlens.workflows.subjects import trained
from convlens.workflows.training import TrainResult, train


@pytest.fixture(scope="session")
def toy_trained(tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    """One epoch of the smallest CNN, with its one-logit head, on 40 drawn letters; look, do not touch."""
    return train("xo", model="toy", size=28, take=40, epochs=1, batch_size=8, out=tmp_path_factory.mktemp("runs"))


@pytest.fixture
def toy_run(toy_trained: TrainResult, tmp_path: Path) -> Path:
    return Path(shutil.copytree(toy_trained.run.path, tmp_path / "xo-toy"))


def test_all_maps_lie_beside_the_run_and_come_back_for_its_page(toy_run: Path) -> None:
    found = saliency_maps(toy_run, ["0", "1"], patch=8, stride=8, seeds=1)
    assert [len(one.maps) for one in found.pictures] == [4, 4]
    names = {path.name for path in found.files}
    assert {"01-gradient.svg", "02-occlusion.svg", "01.npz", "02.npz", "saliency.json"} <= names
    back = kept_maps(trained(toy_run))
    assert json.dumps([one.to_json() for one in back]) == json.dumps([one.to_json() for one in found.pictures])
    assert found.page is not None
    assert "Which pixels speak for" in found.page.read_text(encoding="utf-8")
    told = json.loads(json.dumps(found.to_json()))
    assert len(told["pictures"][0]["maps"][0]["values"]) == trained(toy_run).card.size[0]
    assert len(found.table) == 8


def test_other_weights_have_no_maps_and_damaged_ones_are_told(toy_run: Path) -> None:
    assert kept_maps(trained(toy_run)) == ()
    saliency_maps(toy_run, ["0"], methods="gradient", seeds=1, page=False)
    index = toy_run / "explain" / "saliency" / "saliency.json"
    (index.parent / "01.npz").write_bytes(b"no archive")
    with pytest.raises(ConvlensError, match=r"saliency maps cannot be read.*remove the folder"):
        kept_maps(trained(toy_run))
    index.write_text(json.dumps({**json.loads(index.read_text()), "weights_sha256": "of others"}))
    assert kept_maps(trained(toy_run)) == ()


def test_what_the_network_does_not_allow_is_left_out_of_all_and_refused_by_name(xo_run: Path, tmp_path: Path) -> None:
    found = saliency_maps(xo_run, ["0"], patch=8, stride=8, seeds=1, to=tmp_path, page=False)
    assert [one.map.method for one in found.pictures[0].maps] == ["gradient", "gradient-times-input", "occlusion"]
    assert any(one.startswith("grad-cam: left out, for Grad-CAM wants a layer") for one in found.labels)
    assert found.files[0].parent == tmp_path / "saliency"
    with pytest.raises(SettingsError, match="this network has none"):
        saliency_maps(xo_run, ["0"], methods="grad-cam", page=False)


def test_the_class_that_is_explained_can_be_named(toy_run: Path) -> None:
    for name in ("o", "x"):
        found = saliency_maps(toy_run, ["3"], methods="gradient", target=name, seeds=1, page=False)
        assert found.pictures[0].class_name == name
    with pytest.raises(UnknownNameError, match="no class 'y'"):
        saliency_maps(toy_run, ["3"], target="y")


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"methods": "gradiant"}, SettingsError, "no saliency map is named 'gradiant'; did you mean 'gradient'"),
        ({"pictures": []}, SettingsError, "name a picture"),
        ({"pictures": ["nowhere.png"]}, DataError, "no picture 'nowhere.png'"),
        ({"methods": "grad-cam", "layer": "dense1"}, SettingsError, "'dense1' gives 1; choose one of conv1"),
    ],
)
def test_wrong_wishes_are_told(toy_run: Path, given: dict[str, object], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        saliency_maps(toy_run, **{"pictures": ["0"], **given})  # type: ignore[arg-type]


def test_what_is_no_run_has_the_folder_of_its_audits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = saliency_maps("toy", ["0"], data="xo", methods="gradient", seeds=1).files
    assert {path.parent for path in files} == {Path("audits", "toy", "saliency")}
    found = saliency_maps("toy", ["0"], data="xo", methods="gradient", seeds=1, to=tmp_path)
    assert found.page is None
    assert found.pictures[0].maps[0].map.method == "gradient"


def test_methods_are_named_once_in_their_order() -> None:
    assert named_methods("all") == ("gradient", "gradient-times-input", "grad-cam", "occlusion")
    assert named_methods("occlusion, gradient,occlusion") == ("occlusion", "gradient")


def test_grey_is_the_training_mean_or_the_middle_where_that_is_not_known() -> None:
    known = Card("a", ("o", "x"), (4, 4), 1, "softmax", (0.3,), (0.2,))
    plain = Card("a", ("o", "x"), (4, 4), 3, "softmax", (0.0,) * 3, (1.0, 0.5, 1.0))
    assert grey(known) == (0.0,)
    assert grey(plain) == (0.5, 1.0, 0.5)


def test_an_effective_field_lies_beside_the_run(toy_run: Path) -> None:
    found = effective(toy_run, "conv1", pictures=8)
    assert "it can see 3×3" in found.sentence
    assert [path.name for path in found.files] == ["effective-field-conv1.svg", "effective-field-conv1.json"]
    assert json.loads(found.files[1].read_text())["theoretical_size"] == [3, 3]
    assert found.to_json()["images"] == 8
    assert np.sum(found.to_json()["values"]) == pytest.approx(1)


def test_an_effective_field_of_what_is_no_run_lies_beside_its_audits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert effective("toy", data="xo", pictures=4).files[0].parent == Path("audits", "toy")
    assert effective("toy", data="xo", pictures=4, to=tmp_path).files[0].parent == tmp_path
