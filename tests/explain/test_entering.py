import numpy as np
import pytest
import torch
from torch import nn

from convlens.errors import ShapeError
from convlens.explain.entering import entered


def test_a_picture_takes_the_networks_dtype_and_leaves_the_given_one_as_it_was():
    image = np.arange(9, dtype=np.uint8).reshape(1, 3, 3)[:, ::-1]
    image.flags.writeable = False
    batch = entered(image, nn.Conv2d(1, 1, 1).double(), None)
    assert (batch.dtype, batch.tolist()) == (torch.float64, [[[[6, 7, 8], [3, 4, 5], [0, 1, 2]]]])


def test_a_network_without_numbers_of_its_own_keeps_the_pictures():
    assert entered(torch.zeros(1, 2, 2, dtype=torch.float64), nn.ReLU(), None).dtype == torch.float64
    assert entered(torch.zeros(1, 2, 2, dtype=torch.int64), nn.ReLU(), None).dtype == torch.float32


@pytest.mark.parametrize("shape", [(28, 28, 1), (1, 28, 28, 1), (28, 28, 3)])
def test_channels_behind_the_columns_are_told_from_too_many_channels(shape):
    with pytest.raises(ShapeError, match=r"N×C×H×W is wanted with 1 .* looks like N×H×W×C; bring the channels before"):
        entered(torch.zeros(shape), nn.Conv2d(1, 1, 3), None)
    with pytest.raises(ShapeError, match=r"the network reads 1 channel\(s\), and the picture 3×28×28 has 3"):
        entered(torch.zeros(3, 28, 28), nn.Conv2d(1, 1, 3), None)
