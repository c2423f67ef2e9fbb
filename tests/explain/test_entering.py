import numpy as np
import pytest
import torch
from torch import nn

from convlens.errors import ShapeError
from convlens.explain.entering import entered, picture_shape


def test_a_picture_takes_the_networks_dtype_and_leaves_the_given_one_as_it_was():
    image = np.arange(9, dtype=np.uint8).reshape(1, 3, 3)[:, ::-1]
    image.flags.writeable = False
    batch = entered(image, nn.Conv2d(1, 1, 1).double(), None)
    assert (batch.dtype, batch.tolist()) == (torch.float64, [[[[6, 7, 8], [3, 4, 5], [0, 1, 2]]]])


def test_a_network_without_numbers_of_its_own_keeps_the_pictures():
    assert entered(torch.zeros(1, 2, 2, dtype=torch.float64), nn.ReLU(), None).dtype == torch.float64
    assert entered(torch.zeros(1, 2, 2, dtype=torch.int64), nn.ReLU(), None).dtype == torch.float32


@pytest.mark.parametrize(
    ("image", "told"),
    [
        (torch.zeros(28, 28, 1), "C×H×W is wanted with 1 channel, and 28×28×1 looks like H×W×C"),
        (torch.zeros(1, 28, 28, 1), "N×C×H×W is wanted with 1 channel, and 1×28×28×1 looks like N×H×W×C"),
        (torch.zeros(28, 28, 3), "28×28×3 looks like H×W×C; bring the channels before the rows with permute(2, 0, 1)"),
        (torch.zeros(1, 28, 28, 1), "with permute(0, 3, 1, 2)"),
        (np.zeros((28, 28, 1)), "with transpose(2, 0, 1)"),
    ],
)
def test_channels_behind_the_columns_are_told_from_too_many_channels(image, told):
    with pytest.raises(ShapeError) as error:
        entered(image, nn.Conv2d(1, 1, 3), None)
    assert told in str(error.value)
    with pytest.raises(ShapeError, match="the network reads 1 channel, and the picture 3×28×28 has 3"):
        entered(torch.zeros(3, 28, 28), nn.Conv2d(1, 1, 3), None)


@pytest.mark.parametrize(
    ("shape", "meant"), [((28, 28, 1), "(1, 28, 28)"), ((28, 30, 1), "(1, 28, 30)"), ((1, 28, 28, 1), "(1, 1, 28, 28)")]
)
def test_a_shape_with_its_channels_last_is_given_back_with_them_first(shape, meant):
    with pytest.raises(ShapeError) as error:
        picture_shape(nn.Conv2d(1, 1, 3), shape)
    assert f"{shape!r} looks like (height, width, channels)"[1:] in str(error.value) or len(shape) == 4
    assert str(error.value).endswith(f"write {meant}")


@pytest.mark.parametrize(
    ("layer", "shape"), [(nn.Conv2d(28, 1, 1), (28, 28, 1)), (nn.ReLU(), (8, 5, 1)), (nn.Conv2d(3, 1, 1), (3, 8, 3))]
)
def test_a_narrow_picture_is_no_picture_with_its_channels_last(layer, shape):
    assert picture_shape(layer, shape) == shape


def test_of_a_network_that_takes_any_numbers_a_square_with_its_channels_last_is_refused():
    with pytest.raises(ShapeError, match=r"write \(3, 32, 32\)"):
        picture_shape(nn.Flatten(), (32, 32, 3))
