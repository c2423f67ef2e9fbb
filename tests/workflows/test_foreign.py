"""Models from elsewhere with pictures for them: what fits is opened, what is missing is asked for by name."""

import sys

import numpy as np
import pytest
import torch
from PIL import Image

from convlens.audit.measures import to_json
from convlens.audit.placing import placed
from convlens.audit.shifts import grid
from convlens.audit.sweep import sweep
from convlens.data.load import load
from convlens.errors import DataError, SettingsError, ShapeError, WeightsError
from convlens.workflows import effective, explain, explain_unit, field_on_picture, saliency_maps, see
from convlens.workflows.evaluation import evaluate
from convlens.workflows.foreign import foreign, opened
from convlens.workflows.foreign_models import is_foreign
from convlens.workflows.prediction import predict
from convlens.workflows.reading import reading
from convlens.workflows.subjects import answers, trained

MODELS = """
import numpy as np
from torch import nn
from torch.nn.functional import softmax

class Level(nn.Module):
    # four answers, the first two of which add up to 2
    def __init__(self, end=None, columns=4):
        super().__init__()
        self.end, self.columns = end, columns
    def forward(self, tensors):
        level = tensors.mean(dim=(1, 2, 3))[:, None]
        logits = __import__("torch").cat([level, 2 - level, level * 0, level * 0 - 1], dim=1)[:, :self.columns]
        return self.end(logits) if self.end else logits

def four(): return Level()
def two(): return Level(columns=2)
def small(): return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(200, 2))
def one(): return Level(columns=1)
def likely(): return Level(lambda logits: softmax(logits, dim=1))
def built(classes, size, channels): return nn.Sequential(nn.Flatten(), nn.Linear(channels * size[0] * size[1], classes))
def wrong(classes): return Level(columns=4)
def asking():
    def ask(images):
        level = images.mean(axis=(1, 2, 3))
        return np.stack([level, 255 - level], axis=1).astype(np.float32)
    return ask
def needy(width): return Level()
def nothing(): return 42
ready = Level()
"""

PLAIN = {"mean": "0", "std": "1", "size": 28, "channels": 1}


@pytest.fixture
def ours(tmp_path, monkeypatch):
    """Models of a user's own in the current folder, as the module `elsewhere`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "elsewhere.py").write_text(MODELS, encoding="utf-8")
    (tmp_path / "xo.json").write_text('{"o": [1], "x": [0]}')
    yield tmp_path
    sys.modules.pop("elsewhere", None)


def said(**changed):
    return reading(**(PLAIN | changed))


def test_a_reference_is_foreign_by_its_form(ours):
    foreign_ones = ("timm:resnet18", "model.onnx", "elsewhere:four", "a/b.ONNX")
    assert all(map(is_foreign, foreign_ones))
    assert not any(map(is_foreign, ("cnn", "runs/latest", "weights.safetensors", "mlp[head=pooled]")))


def test_a_network_from_a_function_is_asked_with_its_normalisation(ours):
    found = opened("elsewhere:two", data="xo", take=50, reading=said(mean="0.5", std="0.25", class_map="same"))
    levels = (found.dataset.images.mean(axis=(1, 2, 3)) / 255 - 0.5) / 0.25
    assert found.labelled
    assert found.dataset.class_names == ("o", "x")
    assert np.allclose(answers(found.subject)(found.dataset.images)[:, 0], levels, atol=1e-4)
    assert found.subject.reading == {"mean": "0.5", "std": "0.25", "answers": "logits", "class_map": "same"}
    assert len(found.subject.digest) == 64


def test_a_module_that_stands_there_ready_made_is_taken_as_it_is(ours):
    found = opened("elsewhere:ready", data="xo", take=20, reading=said())
    assert found.subject.network is sys.modules["elsewhere"].ready


def test_a_plain_function_is_shown_the_pictures_and_needs_no_mean(ours):
    asked = reading(size=28, channels=1, class_map="same")
    found = opened("elsewhere:asking", data="xo", take=50, reading=asked)
    assert np.allclose(answers(found.subject)(found.dataset.images)[:, 0], found.dataset.images.mean(axis=(1, 2, 3)))
    with pytest.raises(SettingsError, match="is a plain function, whose layers cannot be looked into"):
        _ = found.subject.module
    for device, precision, told in (("cuda", "fp32", "--device cuda"), ("cpu", "bf16", "--precision bf16")):
        with pytest.raises(SettingsError, match=f"{told} is for torch networks, and 'elsewhere:asking' is a plain fun"):
            answers(found.subject, device, precision)
    with pytest.raises(SettingsError, match="normalises them itself; leave out --mean and --std"):
        opened("elsewhere:asking", data="xo", take=50, reading=said())


def test_a_class_map_puts_labels_and_answers_in_one_order(ours):
    turned = opened("elsewhere:four", data="xo", take=50, reading=said(class_map="xo.json"))
    assert turned.dataset.class_names == ("o", "x")
    straight = opened("elsewhere:two", data="xo", take=50, reading=said(class_map="same"))
    assert np.array_equal(turned.dataset.labels, straight.dataset.labels)
    images = turned.dataset.images
    assert np.allclose(answers(turned.subject)(images), answers(straight.subject)(images)[:, ::-1], atol=1e-6)
    assert turned.subject.reading["class_map"].startswith("xo.json ")


def test_names_that_the_pictures_do_not_have_are_answers_that_are_never_right(ours):
    (ours / "names.txt").write_text("x\no\nsquare\nstar\n")
    found = opened("elsewhere:four", data="xo", take=50, reading=said(class_map="names.txt"))
    assert found.subject.card.class_names == ("x", "o", "square", "star")
    assert sorted(set(found.dataset.labels.tolist())) == [0, 1]
    plain = load("xo").test.take(50)
    assert np.array_equal(found.dataset.labels, 1 - plain.labels)


def test_without_a_class_map_only_what_needs_no_labels_is_shown(ours):
    for model, count, same in (("two", 2, True), ("four", 4, False)):
        found = opened(f"elsewhere:{model}", data="xo", take=50, reading=said())
        assert not found.labelled
        assert found.subject.card.class_names == tuple(f"answer {column}" for column in range(count))
        assert f"which of the {count} answers of 'elsewhere:{model}' means which class" in found.notes[-1]
        assert ("--class-map same" in found.notes[-1]) == same
        swept = sweep(
            answers(found.subject),
            found.dataset.images,
            found.dataset.labels,
            found.dataset.class_names,
            grid(1),
            border="zeros",
        )
        told = to_json(swept, labelled=found.labelled)
        assert told["label_free"]
        assert "clean" not in told
        assert 0 <= told["unchanged_everywhere"] <= 1


def test_one_logit_makes_two_answers(ours):
    found = opened("elsewhere:one", data="xo", take=50, reading=said(mean="0.2", class_map="same"))
    logits = answers(found.subject)(found.dataset.images)
    assert found.subject.card.head == "sigmoid"
    assert not logits[:, 0].any()
    assert np.allclose(logits[:, 1], found.dataset.images.mean(axis=(1, 2, 3)) / 255 - 0.2, atol=1e-5)


def test_probabilities_become_logits_and_it_says_so(ours):
    likely, plain = (
        opened(f"elsewhere:{model}", data="xo", take=50, reading=said(class_map="xo.json"))
        for model in ("likely", "four")
    )
    assert "gives probabilities (rows that sum to 1); their logarithms are taken" in likely.notes[-1]
    assert likely.subject.reading["answers"] == "probabilities"
    one, other = (answers(found.subject)(found.dataset.images) for found in (likely, plain))
    assert np.allclose(one - one[:, :1], other - other[:, :1], atol=1e-4)


def test_a_function_that_asks_for_classes_and_size_is_built_for_the_pictures(ours):
    found = opened("elsewhere:built", data="xo", take=50, reading=reading("0", "1"))
    assert found.labelled
    assert (found.subject.card.size, found.subject.card.class_names) == ((28, 28), ("o", "x"))
    wide = opened("elsewhere:built", data="xo", take=50, reading=reading("0", "1", size="20x24", channels=3))
    assert wide.dataset.images.shape[1:] == (20, 24, 3)
    with pytest.raises(ShapeError, match="was built for the 2 classes of the pictures, but gives 4 answers"):
        opened("elsewhere:wrong", data="xo", take=50, reading=said())


def test_pictures_without_a_test_split_of_their_own_are_all_used(ours, letter_folder):
    folder = str(letter_folder(count=40))
    found = opened("elsewhere:four", data=folder, reading=said(class_map="xo.json"))
    assert (len(found.dataset), found.dataset.split) == (40, "all")
    assert "sets no test pictures apart, so all of its pictures are used" in found.notes[-1]
    assert len(opened("elsewhere:four", data=folder, split="validation", reading=said()).dataset) == 4
    assert len(opened("elsewhere:four", data="xo", split="all", reading=said()).dataset) == 3000


def test_an_archive_and_a_bare_folder_serve_without_labels(ours, letter_folder):
    images = load("xo").test.images[:30]
    np.savez(ours / "some.npz", images=images[..., 0])
    found = opened("elsewhere:two", data="some.npz", reading=said(size="28x30"))
    assert found.dataset.images.shape == (30, 28, 30, 1)
    folder = letter_folder(count=30) / "o"
    bare = opened("elsewhere:two", data=str(folder), take=5, reading=said())
    assert (len(bare.dataset), bare.labelled, bare.notes) == (5, False, ())
    named = opened("elsewhere:four", data=str(folder), reading=said(class_map="xo.json"))
    assert (named.labelled, named.dataset.class_names) == (False, ("o", "x"))
    for model, asked in (("built", said()), ("two", said(class_map="same"))):
        with pytest.raises(SettingsError, match=r"does not say which those are|needs pictures whose classes are known"):
            opened(f"elsewhere:{model}", data=str(folder), reading=asked)


def test_a_labelled_archive_is_used_whole_with_its_names(ours):
    some = load("xo").test.take(40)
    np.savez(ours / "some.npz", images=some.images, labels=some.labels, class_names=np.array(["o", "x"]))
    found = opened("elsewhere:four", data="some.npz", reading=said(class_map="xo.json"))
    assert (len(found.dataset), found.labelled) == (40, True)


def test_for_windows_the_pictures_are_larger_and_the_middle_is_what_the_model_reads(ours, letter_folder):
    folder = str(letter_folder(count=20))
    found = opened("elsewhere:four", data=folder, margin=3, reading=said(class_map="xo.json"))
    assert found.dataset.images.shape == (20, 34, 34, 1)
    assert found.subject.card.size == (28, 28)
    still = np.zeros(20, np.int64)
    middle = placed(found.dataset.images, still, still, radius=3, border="crop")
    assert np.array_equal(middle, found.dataset.images[:, 3:-3, 3:-3])
    assert answers(found.subject)(middle).shape == (20, 2)


def test_ours_are_opened_through_the_same_door_and_need_no_reading(xo_run, monkeypatch):
    monkeypatch.chdir(xo_run.parent)
    for reference, data in ((str(xo_run), None), ("cnn", "xo")):
        found = opened(reference, data=data, take=30, margin=2)
        assert (found.labelled, found.dataset.images.shape) == (True, (30, 32, 32, 1))
        with pytest.raises(SettingsError, match="knows how it reads its pictures; leave out --mean, --size"):
            opened(reference, data=data, reading=reading(mean="0", size=3))
    plain = opened(str(xo_run), take=30)
    assert plain.dataset.images.shape == (30, 28, 28, 1)
    assert trained(xo_run).reading == {}


@pytest.mark.parametrize(
    ("reference", "asked", "error", "told"),
    [
        (
            "elsewhere:four",
            {},
            SettingsError,
            r"does not say how it reads pictures; .*: --mean .*, --std .*, --size .*, --ch",
        ),
        ("elsewhere:asking", {}, SettingsError, r"does not say how it reads pictures; give .*: --size .*, --channels"),
        ("elsewhere:nothing", PLAIN, SettingsError, "must give a torch.nn.Module or a function .*, but gave int"),
        ("elsewhere:needy", PLAIN, SettingsError, "needs the argument 'width', but is called without"),
        ("elsewhere:none", PLAIN, SettingsError, "has no function or class 'none'"),
        ("nowhere_at_all:none", PLAIN, SettingsError, "run from the folder that holds nowhere_at_all.py"),
        ("elsewhere:four", {**PLAIN, "class_map": "no.json"}, DataError, "could not read the class map 'no.json'"),
        (
            "elsewhere:four",
            {**PLAIN, "class_map": "same"},
            ShapeError,
            "are the 2 classes of the pictures, in their order, but it gives 4",
        ),
        ("no.onnx", PLAIN, WeightsError, "there is no file 'no.onnx'"),
    ],
)
def test_what_cannot_be_opened_is_a_sentence(ours, reference, asked, error, told):
    if reference.endswith(".onnx"):
        pytest.importorskip("onnxruntime")
    with pytest.raises(error, match=told):
        foreign(reference, data="xo", take=20, reading=reading(**asked))


def test_a_package_that_a_module_needs_is_named(ours):
    (ours / "needs_more.py").write_text("import surely_not_installed")
    with pytest.raises(SettingsError, match=r"could not import 'needs_more' .*; install 'surely_not_installed'"):
        opened("needs_more:net", data="xo", reading=said())


def test_a_model_needs_pictures(ours):
    with pytest.raises(SettingsError, match="is a model, not a run: name the pictures for it with --data"):
        opened("elsewhere:four", reading=said())


def test_an_evaluation_counts_what_the_class_map_calls_right(ours):
    found = opened("elsewhere:four", data="xo", take=100, reading=said(class_map="xo.json"))
    right = (answers(found.subject)(found.dataset.images).argmax(axis=1) == found.dataset.labels).mean()
    asked = said(class_map="xo.json")
    assert evaluate("elsewhere:four", data="xo", take=100, reading=asked).accuracy == pytest.approx(right)
    with pytest.raises(SettingsError, match="nothing says which of the 4 answers"):
        evaluate("elsewhere:four", data="xo", take=100, reading=said())


def test_a_prediction_names_the_answers_by_the_class_map(ours, letter_folder):
    folder = letter_folder(count=6)
    rows = predict("elsewhere:four", folder, top=2, reading=said(class_map="xo.json")).table.rows()
    assert len(rows) == 6
    assert all({row["class1"], row["class2"]} == {"o", "x"} for row in rows)
    assert all(row["probability1"] + row["probability2"] == pytest.approx(1) for row in rows)
    bare = predict("elsewhere:four", folder, top=1, reading=said()).table.rows()
    assert {row["class1"] for row in bare} <= {f"answer {column}" for column in range(4)}


def test_a_run_is_not_told_how_it_reads(xo_run, letter_folder):
    for call in (
        lambda: evaluate(xo_run, reading=said()),
        lambda: predict(xo_run, letter_folder(count=6), reading=said()),
    ):
        with pytest.raises(SettingsError, match="is one of ours and knows how it reads its pictures"):
            call()


def test_an_onnx_file_tells_its_size_and_is_known_by_its_bytes(ours):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    node = onnx.helper.make_node("ReduceMean", ["pictures"], ["level"], axes=[2, 3], keepdims=0)
    value = onnx.helper.make_tensor_value_info
    shape = (["n", 1, 28, 28], ["n", 1])
    fed, told = (
        value(name, onnx.TensorProto.FLOAT, one) for name, one in zip(("pictures", "level"), shape, strict=True)
    )
    made = onnx.helper.make_model(
        onnx.helper.make_graph([node], "level", [fed], [told]),
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=9,
    )
    onnx.save(made, ours / "level.onnx")
    found = opened("level.onnx", data="xo", take=40, reading=reading("0.1", "0.5", class_map="same"))
    levels = (found.dataset.images.mean(axis=(1, 2, 3)) / 255 - 0.1) / 0.5
    assert np.allclose(answers(found.subject)(found.dataset.images)[:, 1], levels, atol=1e-5)
    assert (found.subject.name, found.subject.network, len(found.subject.digest)) == ("level", None, 64)
    with pytest.raises(SettingsError, match="'level' is an ONNX file, whose layers cannot be looked into"):
        _ = found.subject.module
    with pytest.raises(
        SettingsError, match=r"'level.onnx' does not say how it reads pictures; .*: --mean .*, --std"
    ) as told:
        opened("level.onnx", data="xo", reading=reading())
    assert "--size" not in str(told.value)


def test_a_network_of_timms_knows_its_synsets(ours, timm, letter_folder):
    folder = letter_folder(count=12)
    asked = reading()
    bare = foreign("timm:test_resnet", data=str(folder), pretrained=False, reading=asked)
    assert not bare.labelled
    (folder / "o").rename(folder / "n02123045")
    (folder / "x").rename(folder / "n01440764")
    found = foreign("timm:test_resnet", data=str(folder), pretrained=False, reading=asked)
    assert found.labelled
    assert set(found.dataset.labels.tolist()) == {0, 281}
    assert found.dataset.images.shape[1:] == (*found.subject.card.size, 3)
    assert answers(found.subject)(found.dataset.images[:2]).shape == (2, 1000)


def test_a_network_from_elsewhere_is_seen_into_once_it_is_told_how_it_reads(ours):
    told = reading(mean="0.5", std="0.25", size="12", channels=1, class_map="same")
    asked = {"data": "xo", "reading": told}
    found = explain("elsewhere:small", "3", **asked)
    picture = (torch.from_numpy(found.image[0, ..., 0] / 255.0) - 0.5) / 0.25
    assert np.allclose(found.trace.image[0], picture, atol=1e-6)
    assert found.trace.difference < 1e-5
    assert explain_unit("elsewhere:small", "3", "0:1,2,3", **asked).value == found.trace.steps[0].value[1, 2, 3]
    assert field_on_picture("elsewhere:small", ["3"], "0:1,2,3", **asked).field.count == 9
    seen = see("elsewhere:small", ["3"], to=ours / "out", **asked)
    assert seen.numbers["pictures"] == [found.picture]
    maps = saliency_maps("elsewhere:small", ["3"], methods="gradient", to=ours / "out", **asked)
    assert maps.pictures[0].maps[0].map.method == "gradient"
    assert effective("elsewhere:small", "0", pictures=4, to=ours / "out", **asked).field.theoretical.count == 9


def test_inside_a_network_from_elsewhere_the_reading_is_asked_for_and_ours_need_none(ours, xo_run):
    with pytest.raises(SettingsError, match=r"'elsewhere:small' does not say how it reads pictures; .*--mean M"):
        explain("elsewhere:small", "3", data="xo")
    with pytest.raises(SettingsError, match="is one of ours and knows how it reads its pictures; leave out --mean"):
        see(xo_run, ["0"], reading=said())
    Image.new("L", (28, 28)).save(ours / "one.png")
    with pytest.raises(SettingsError, match="is one of ours"):
        explain(xo_run, ours / "one.png", reading=said())
    with pytest.raises(SettingsError, match="is a plain function, whose layers cannot be looked into"):
        explain("elsewhere:asking", "3", data="xo", reading=reading(size=28, channels=1, class_map="same"))
