"""ONNX files made node by node, so that each answer can be worked out by hand, and one that torch exports."""

import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from convlens.errors import SettingsError, WeightsError
from convlens.models.foreign import own_columns
from convlens.models.networks import create
from convlens.models.onnx_file import open_onnx
from convlens.models.predict import predictor

onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")

FLOAT, HALF, DOUBLE, INT = (getattr(onnx.TensorProto, kind) for kind in ("FLOAT", "FLOAT16", "DOUBLE", "INT64"))


@pytest.fixture
def sums(tmp_path):
    """A function that writes a model whose answers are the sums of the pixels times 1, 2, … columns."""

    def write(shape, *, columns=3, kind=FLOAT, end=(), outputs=(), inputs=1):
        helper, numpy_helper = onnx.helper, onnx.numpy_helper
        width = int(np.prod([one for one in shape[1:] if isinstance(one, int)]))
        weights = np.tile(np.arange(1, columns + 1), (width, 1))
        numbers = onnx.helper.tensor_dtype_to_np_dtype(kind)
        nodes = [
            helper.make_node("Flatten", ["pictures"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["sums"]),
            *(helper.make_node(op, ["sums"], ["ended"]) for op in end),
        ]
        last = "ended" if end else "sums"
        told = [helper.make_tensor_value_info(last, kind, [shape[0], columns])]
        for name in outputs:
            nodes.append(helper.make_node("ArgMax", ["sums"], [name], axis=1, keepdims=0))
            told.insert(0, helper.make_tensor_value_info(name, INT, [shape[0]]))
        fed = [helper.make_tensor_value_info("pictures", kind, shape)]
        fed += [helper.make_tensor_value_info(f"more{one}", kind, [1]) for one in range(1, inputs)]
        graph = helper.make_graph(
            nodes, "sums", fed, told, [numpy_helper.from_array(weights.astype(numbers), "weights")]
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        path = tmp_path / "sums.onnx"
        onnx.save(made, path)
        return path

    return write


def ask(path, card, images):
    return own_columns(open_onnx(path).model, images, card).numpy()


def by_hand(images, card, columns=3):
    normalised = (images / 255 - np.array(card.mean)) / np.array(card.std)
    return normalised.reshape(len(images), -1).sum(axis=1)[:, None] * np.arange(1, columns + 1)


@pytest.mark.parametrize("shape", [["n", 3, 4, 5], ["n", 4, 5, 3], [2, 3, 4, 5], [2, 4, 5, 3], [7, 3, 4, 5]])
def test_pictures_enter_normalised_channels_first_or_last_for_any_number_and_a_fixed_one(sums, card_of, noise, shape):
    card = replace(card_of("a file", 3, 3, mean=(0.5, 0.25, 0.0), std=(0.5, 1.0, 0.25)), size=(4, 5))
    images = noise(5, 4, 5, 3)
    assert np.allclose(ask(sums(shape), card, images), by_hand(images, card), rtol=1e-4, atol=1e-3)
    entering = open_onnx(sums(shape)).model.entering(images, card)
    assert np.allclose(entering, (images / 255 - np.array(card.mean)) / np.array(card.std), atol=1e-5)


def test_the_layout_is_told_apart_by_an_order_that_matters(tmp_path, card_of, noise):
    # the mean over the axes 1 and 2 leaves the channels when they come last, over 2 and 3 when they come first
    images = noise(4, 4, 5, 3)
    card = replace(card_of("a file", 3, 3), size=(4, 5))
    for shape, axes in ((["n", 3, 4, 5], [2, 3]), (["n", 4, 5, 3], [1, 2])):
        node = onnx.helper.make_node("ReduceMean", ["pictures"], ["means"], axes=axes, keepdims=0)
        graph = onnx.helper.make_graph(
            [node],
            "means",
            [onnx.helper.make_tensor_value_info("pictures", FLOAT, shape)],
            [onnx.helper.make_tensor_value_info("means", FLOAT, ["n", 3])],
        )
        made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
        onnx.save(made, tmp_path / "means.onnx")
        assert np.allclose(ask(tmp_path / "means.onnx", card, images), images.mean(axis=(1, 2)) / 255, atol=1e-5)


@pytest.mark.parametrize("kind", [HALF, DOUBLE])
def test_half_and_double_precision_are_fed_as_such(sums, card_of, noise, kind):
    card, images = card_of("a file", 3), noise(3, 4, 4, 1)
    assert np.allclose(ask(sums(["n", 1, 4, 4], kind=kind), card, images), by_hand(images, card), rtol=1e-2)


@pytest.mark.parametrize(
    ("shape", "layout", "channels", "size", "batch"),
    [
        (["n", 3, 4, 5], "NCHW", 3, (4, 5), None),
        ([8, 1, 4, 5], "NCHW", 1, (4, 5), 8),
        (["n", 4, 5, 3], "NHWC", 3, (4, 5), None),
        (["n", 3, "h", "w"], "NCHW", 3, None, None),
        (["n", "h", "w", 1], "NHWC", 1, None, None),
        (["n", "c", "h", "w"], "NCHW", None, None, None),
    ],
)
def test_a_file_tells_what_its_input_says(sums, shape, layout, channels, size, batch):
    opened = open_onnx(sums(shape))
    assert (opened.layout, opened.channels, opened.size, opened.batch) == (layout, channels, size, batch)
    assert bool(opened.notes) == (channels is None)


def test_what_torch_exports_answers_as_the_network_does(tmp_path, card_of, noise):
    module, card = create("cnn", 4, 1, 12).eval(), card_of("cnn", 4, 1, 12, mean=(0.3,), std=(0.2,))
    path = tmp_path / "cnn.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this exporter needs no further package, and says that a newer one does
        torch.onnx.export(module, (torch.zeros(2, 1, 12, 12),), str(path), dynamo=False)
    images = noise(7, 12, 12, 1)
    assert open_onnx(path).batch == 2
    assert np.allclose(ask(path, card, images), predictor(module, card)(images), atol=1e-4)


def test_of_several_outputs_the_floats_are_taken_and_it_says_so(sums, card_of, noise):
    path = sums(["n", 1, 4, 4], outputs=["label"])
    assert open_onnx(path).notes == ("the output 'sums' is taken for the logits; 'label' is not used",)
    assert ask(path, card_of("a file"), noise(2, 4, 4, 1)).shape == (2, 3)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"shape": ["n", 4, 5]}, r"one input of four axes, a batch of pictures, but it has 'pictures' n×4×5"),
        ({"shape": ["n", 3, 4, 5], "inputs": 2}, r"but it has 'pictures' n×3×4×5, 'more1' 1"),
        ({"shape": ["n", 2, 4, 5]}, "has neither 1 nor 3 channels, but batch×2×4×5"),
        ({"shape": ["n", 3, 4, 5], "kind": INT}, r"holds tensor\(int64\), and normalised pictures are tensor\(float\)"),
    ],
)
def test_a_file_that_reads_no_pictures_is_a_sentence(sums, changed, told):
    with pytest.raises(WeightsError, match=told):
        open_onnx(sums(**changed))


def test_a_file_that_gives_no_floats_is_a_sentence(tmp_path):
    node = onnx.helper.make_node("ArgMax", ["pictures"], ["label"], axis=1, keepdims=0)
    graph = onnx.helper.make_graph(
        [node],
        "label",
        [onnx.helper.make_tensor_value_info("pictures", FLOAT, ["n", 3, 4, 5])],
        [onnx.helper.make_tensor_value_info("label", INT, ["n", 4, 5])],
    )
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, tmp_path / "label.onnx")
    with pytest.raises(WeightsError, match=r"no output of floats, only 'label' tensor\(int64\); export its logits"):
        open_onnx(tmp_path / "label.onnx")


def test_pictures_of_another_size_than_the_layers_want_are_a_sentence(sums, card_of, noise):
    with pytest.raises(WeightsError, match=r"could not be run on a batch of 2×1×9×9: .*, by --size and --channels"):
        ask(sums(["n", 1, "h", "w"]), card_of("a file", side=9), noise(2, 9, 9, 1))


def test_what_is_no_onnx_file_is_a_sentence(tmp_path):
    with pytest.raises(WeightsError, match=r"there is no file '.*none.onnx'"):
        open_onnx(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(WeightsError, match=r"cannot be opened as an ONNX file: .*; export it anew"):
        open_onnx(tmp_path / "text.onnx")


def test_without_onnxruntime_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(
        SettingsError, match=r"onnxruntime, which is not installed .*; `pip install 'convlens\[onnx\]'`"
    ):
        open_onnx(tmp_path / "any.onnx")
