"""Looking inside: files that hold the network's own numbers, a section of the page, and mistakes in sentences."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from convlens.data.xo import letters
from convlens.errors import DataError, SettingsError, ShapeError, UnknownNameError
from convlens.models.tensors import tensors
from convlens.tables import Table
from convlens.workflows import TrainResult, see, train
from convlens.workflows.pictures import held_out, pictures_for
from convlens.workflows.seeing import Seen
from convlens.workflows.subjects import trained


@pytest.fixture(scope="module")
def cnn_trained(tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    """One epoch of the small convolutional network on 80 drawn letters; look, do not touch."""
    place = tmp_path_factory.mktemp("letters")
    images, labels = letters(7, np.arange(80))
    for number, (image, label) in enumerate(zip(images[..., 0], labels, strict=True)):
        (place / "ox"[label]).mkdir(exist_ok=True)
        Image.fromarray(image).save(place / "ox"[label] / f"{number:03}.png")
    return train(str(place), model="cnn", epochs=1, batch_size=32, out=tmp_path_factory.mktemp("runs"))


@pytest.fixture
def run(cnn_trained: TrainResult, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cnn_trained.run.path, tmp_path / "xo-cnn"))


@pytest.fixture(scope="module")
def looked(cnn_trained: TrainResult, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """All that is shown by default, for two pictures; look, do not touch."""
    copy = Path(shutil.copytree(cnn_trained.run.path, tmp_path_factory.mktemp("seen") / "xo-cnn"))
    return see(copy, ["0", "1"])


def folder(seen: Seen) -> Path:
    return seen.files[0].parent


def test_a_part_of_the_run_s_page_and_files_are_written(looked: Seen) -> None:
    assert looked.page is not None
    text = looked.page.read_text(encoding="utf-8")
    assert '<h2 id="inside">See inside</h2>' in text
    for exhibit in looked.exhibits:
        for plate in exhibit.plates:
            assert f"<h4>{plate.name}</h4>" in text
    assert len(text.encode()) < 1_500_000
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert folder(looked) == looked.page.parent / "explain" / "seen"
    assert {path.suffix for path in looked.files} == {".png", ".csv", ".json"}


def test_maps_first_then_weights_a_filter_and_the_units_of_a_class(looked: Seen) -> None:
    names = [[plate.name for plate in exhibit.plates] for exhibit in looked.exhibits]
    assert names[:2] == [["The picture", "Maps of conv1", "Maps of conv2"]] * 2
    assert names[2] == ["Weights of conv1"]
    assert names[3][1:] == ["Strongest answers, and what was seen there", "The picture it would answer strongest to"]
    assert [name.partition(":")[0] for name in names[4]] == ["flatten", "flatten", "relu3", "relu3", "dense2", "dense2"]


def test_the_64_maps_of_the_first_layer_take_at_most_50_kb(looked: Seen) -> None:
    sizes = {path.name: path.stat().st_size for path in looked.files}
    assert 0 < sizes["01-02-Maps-of-conv1.png"] <= 50_000


def test_the_pictures_share_a_layer_s_scale(looked: Seen) -> None:
    one, other = (exhibit.plates[1] for exhibit in looked.exhibits[:2])
    assert one.scale == other.scale
    assert one.scale is not None
    assert one.scale.meaning == "signed"


def test_the_numbers_are_the_network_s_own(looked: Seen) -> None:
    assert looked.page is not None
    subject = trained(looked.page.parent)
    test = held_out(pictures_for(subject.card, subject.settings))
    card = subject.card
    picture = tensors(test.images[:1], card.mean, card.std)
    with torch.no_grad():
        maps = subject.module.eval().conv1(picture)[0].numpy()
    rows = [row for row in Table.from_csv((folder(looked) / "maps.csv").read_text()).rows() if row["layer"] == "conv1"]
    assert len(rows) == 2 * 64
    for number, row in enumerate(rows[:64]):
        assert row["highest"] == pytest.approx(maps[number].max(), abs=1e-5)
        assert maps[number, row["row"], row["column"]] == pytest.approx(maps[number].max(), abs=1e-5)


def test_the_strongest_answers_are_where_the_table_says(looked: Seen) -> None:
    assert looked.page is not None
    subject = trained(looked.page.parent)
    card = subject.card
    test = held_out(pictures_for(subject.card, subject.settings))
    number = looked.numbers["filter"]
    with torch.no_grad():
        maps = subject.module.eval()[:4](tensors(test.images, card.mean, card.std))[:, number].numpy()
    top = looked.numbers["tops"][0]
    assert top["answer"] == pytest.approx(maps.max(), abs=1e-5)
    assert maps[top["picture"], top["row"], top["column"]] == pytest.approx(maps.max(), abs=1e-5)
    assert (top["height"], top["width"]) == (8, 8), "two 3×3 filters with a pool of 2 between them see 8 pixels"
    assert (top["top"], top["left"]) == (2 * top["row"], 2 * top["column"])


def test_class_means_are_written_for_every_unit(looked: Seen) -> None:
    found = Table.from_csv((folder(looked) / "means-relu3.csv").read_text())
    assert list(found.columns) == ["unit", "o", "x"]
    assert len(found) == 256
    assert min(map(float, found["o"])) >= 0


def test_the_means_are_those_of_all_pictures_of_a_class(run: Path) -> None:
    seen = see(run, ["0"], page=False)
    subject = trained(run)
    test = held_out(pictures_for(subject.card, subject.settings), "test")
    with torch.no_grad():
        card = subject.card
        logits = subject.module.eval()(tensors(test.images, card.mean, card.std)).numpy()
    found = Table.from_csv((folder(seen) / "means-dense2.csv").read_text())
    for label, name in enumerate("ox"):
        expected = logits[test.labels == label].mean(axis=0)
        assert [float(one) for one in found[name]] == pytest.approx(expected.tolist(), abs=1e-4)
    captions = [plate.caption for plate in seen.exhibits[-1].plates]
    assert any(f"Means over all {len(test):,} pictures" in caption for caption in captions)


def test_everything_is_told_as_plain_values(looked: Seen) -> None:
    told = json.loads(json.dumps(looked.to_json(), allow_nan=False))
    assert told["layer"] == "conv2"
    assert told["maximised"]["found"] > told["maximised"]["grey"]
    assert len(told["files"]) == len(looked.files)
    assert len(looked.lines) == sum(len(exhibit.plates) for exhibit in looked.exhibits)


def test_one_layer_one_filter_and_one_class(run: Path) -> None:
    seen = see(run, ["0"], layer="relu1", filter=5, images_of="x", page=False)
    assert seen.page is None
    assert [plate.name for plate in seen.exhibits[0].plates] == ["The picture", "Maps of relu1"]
    scale = seen.exhibits[0].plates[1].scale
    assert scale is not None
    assert (scale.meaning, scale.low) == ("positive", 0.0)
    assert seen.exhibits[2].title == "Filter 5 of relu1"
    assert seen.exhibits[2].plates[0].name == "x, picture by picture"
    assert seen.exhibits[3].title == "Units for the class x"
    assert seen.numbers["maximised"]["at"] == "pool1", "before the ReLU"


def test_a_class_alone_brings_its_own_first_picture(run: Path) -> None:
    seen = see(run, images_of="o", page=False)
    assert seen.numbers["pictures"][0].endswith("(o)")


def test_a_unit_without_a_map_is_looked_into_by_its_answers(run: Path) -> None:
    seen = see(run, ["0"], layer="relu3", filter=2, page=False)
    assert [exhibit.title for exhibit in seen.exhibits[2:]] == ["Unit 2 of relu3"]
    assert seen.exhibits[2].plates[0].name.startswith("Strongest answers")
    assert seen.numbers["maximised"]["at"] == "dense1"


def test_a_network_without_maps_shows_the_patterns_of_its_units(xo_run: Path) -> None:
    seen = see(xo_run, ["0"], page=False)
    assert [plate.name for plate in seen.exhibits[0].plates] == ["The picture"]
    assert "no maps" in seen.exhibits[0].said[0]
    assert seen.exhibits[1].plates[0].caption.startswith("The first 128 of 1,000 units of 28×28")
    assert seen.exhibits[2].title.startswith("Unit ")


def test_weights_alone_are_looked_into_without_any_data(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    picture = tmp_path / "picture.png"
    Image.fromarray(np.arange(784, dtype=np.int64).reshape(28, 28).astype(np.uint8)).save(picture)
    weights = next((run / "checkpoints").glob("*.safetensors"))
    seen = see(weights, [picture], to=tmp_path / "out")
    assert folder(seen) == tmp_path / "out" / "seen"
    assert seen.page == (tmp_path / "out" / "report.html").resolve()
    told = seen.page.read_text(encoding="utf-8")
    assert f"{weights.stem}: looked into, not audited." in told
    assert all(exhibit.title in told for exhibit in seen.exhibits)
    assert [len(exhibit.plates) for exhibit in seen.exhibits] == [3, 1, 1]
    assert folder(see(weights, [picture])) == Path("audits", weights.stem, "seen")
    with pytest.raises(DataError, match="--data"):
        see(weights, [picture], images_of="x", to=tmp_path / "out")


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"layer": "konv1"}, UnknownNameError, "no layer 'konv1'; did you mean 'conv1'"),
        ({"layer": "dense1"}, SettingsError, "'dense1' (Linear) gives 256 per picture; choose one of conv1, pool1"),
        ({"layer": "conv1", "filter": 64}, SettingsError, "'conv1' has the filters 0 to 63; got 64"),
        ({"filter": 128}, SettingsError, "'conv2' has the filters 0 to 127; got 128"),
        ({"images_of": "y"}, UnknownNameError, "no class 'y' (it knows o, x; a number from 0 to 1 will do too)"),
        ({"images": ["99999"]}, SettingsError, "got 99,999"),
        ({"images": ["nothing.png"]}, DataError, "there is no picture 'nothing.png'"),
        ({"images": []}, SettingsError, "name a picture (a file, or the number of a test picture), or a class"),
    ],
)
def test_a_mistake_is_told_before_anything_is_written(
    run: Path, asked: dict[str, object], error: type[Exception], told: str
) -> None:
    with pytest.raises(error) as caught:
        see(run, **{"images": ["0"], **asked})  # type: ignore[arg-type]
    assert told in str(caught.value)
    assert not (run / "explain").exists()


def test_a_picture_of_another_size_is_refused(run: Path, tmp_path: Path) -> None:
    Image.new("L", (12, 10)).save(tmp_path / "small.png")
    with pytest.raises(ShapeError, match="--fit"):
        see(run, [tmp_path / "small.png"], page=False)


def test_the_strongest_of_a_sample_are_numbered_as_in_the_split(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convlens.workflows.seen.LOOKED_AT", 4)
    seen = see(run, ["0"], page=False)
    tops = seen.numbers["tops"]
    subject = trained(run)
    test = held_out(pictures_for(subject.card, subject.settings))
    assert len(tops) == 4 < len(test)
    with torch.no_grad():
        maps = subject.module.eval()[:4](tensors(test.images, subject.card.mean, subject.card.std))
    highest = maps[:, seen.numbers["filter"]].amax(dim=(1, 2)).tolist()
    for top in tops:
        assert top["class"] == test.class_names[int(test.labels[top["picture"]])]
        assert highest[top["picture"]] == pytest.approx(top["answer"], abs=1e-5)


def test_a_picture_file_keeps_its_name_in_the_heading(run: Path, tmp_path: Path) -> None:
    Image.new("L", (28, 28)).save(tmp_path / "my_shirt.png")
    titles = [exhibit.title for exhibit in see(run, [tmp_path / "my_shirt.png", "0"], page=False).exhibits]
    assert titles[0] == "my_shirt.png"
    assert titles[1].startswith("Picture 0 of the test split")
