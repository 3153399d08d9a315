#!/usr/bin/env python3
"""Writes torchvision's networks as ONNX files, with an input and what PyTorch makes of it, for real_models_test.cc.

    export_torchvision.py FOLDER

Random weights (no download), batch norm with statistics that are not trivial, so that a wrong fold shows. NAME.onnx,
NAME.in and NAME.out (float32, little-endian) and NAME.json (the shapes).
"""

import json
import pathlib
import sys
import warnings

import torch
import torchvision
from torchvision.models import segmentation

warnings.filterwarnings("ignore")
torch.set_num_threads(1)


class Out(torch.nn.Module):
    """The segmentation networks answer with a dictionary."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)["out"]


def deeplab():
    return Out(segmentation.deeplabv3_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=5))


NETS = {  # network, extent, operator set
    "resnet18": (torchvision.models.resnet18, 224, 17),
    "mobilenet_v2": (torchvision.models.mobilenet_v2, 160, 13),
    "efficientnet_b0": (torchvision.models.efficientnet_b0, 96, 11),
    "squeezenet": (torchvision.models.squeezenet1_1, 128, 9),
    "deeplab": (deeplab, 128, 13),
}


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, (make, extent, opset) in NETS.items():
        torch.manual_seed(7)
        net = make().eval()
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.data.uniform_(0.5, 1.5)
                module.bias.data.normal_(0, 0.1)
        image = torch.rand(2, 3, extent, extent)
        with torch.no_grad():
            out = net(image)
        torch.onnx.export(net, image, str(folder / f"{name}.onnx"), opset_version=opset, input_names=["image"],
                          output_names=["out"], dynamic_axes={"image": {0: "n"}, "out": {0: "n"}})
        (folder / f"{name}.in").write_bytes(image.numpy().tobytes())
        (folder / f"{name}.out").write_bytes(out.numpy().tobytes())
        (folder / f"{name}.json").write_text(json.dumps({"in": list(image.shape), "out": list(out.shape)}))


if __name__ == "__main__":
    main()
