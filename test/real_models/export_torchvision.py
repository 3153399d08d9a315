#!/usr/bin/env python3
"""Writes torchvision's networks, and one of YOLO's operators, as ONNX files, with an input and what PyTorch makes of it, for real_models_test.cc.

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


class SsdHeads(torch.nn.Module):
    """What an SSD computes before it decodes and suppresses boxes: classes and offsets of each anchor."""

    def __init__(self):
        super().__init__()
        net = torchvision.models.detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None,
                                                                         num_classes=6)
        self.backbone, self.head = net.backbone, net.head

    def forward(self, x):
        heads = self.head(list(self.backbone(x).values()))
        return torch.cat([heads["cls_logits"], heads["bbox_regression"]], 2)


class Silu(torch.nn.Module):
    def __init__(self, i, o, k=1, s=1):
        super().__init__()
        self.conv = torch.nn.Conv2d(i, o, k, s, k // 2, bias=False)
        self.norm = torch.nn.BatchNorm2d(o)

    def forward(self, x):
        x = self.norm(self.conv(x))
        return x * torch.sigmoid(x)


class Yolo(torch.nn.Module):
    """The operators of YOLO v5 to v8 in a small net: SiLU, split and concatenated stages, fast pyramid pooling, nearest
    upsampling, boxes as expectations over bins on a grid that follows the image's extents."""

    def __init__(self, classes=4, bins=8):
        super().__init__()
        self.bins, self.classes = bins, classes
        self.stem, self.down = Silu(3, 16, 3, 2), Silu(16, 32, 3, 2)
        self.split, self.inner, self.join = Silu(32, 32), Silu(16, 16, 3), Silu(48, 32)
        self.deep, self.pool_in, self.pool_out = Silu(32, 64, 3, 2), Silu(64, 32), Silu(128, 64)
        self.lateral = Silu(96, 32)
        self.boxes = torch.nn.Conv2d(32, 4 * bins, 1)
        self.scores = torch.nn.Conv2d(32, classes, 1)
        self.expectation = torch.nn.Conv2d(bins, 1, 1, bias=False)
        self.expectation.weight.data[:] = torch.arange(bins, dtype=torch.float).view(1, bins, 1, 1)

    def forward(self, x):
        a, b = self.split(self.down(self.stem(x))).chunk(2, 1)
        near = self.join(torch.cat([a, b, self.inner(b)], 1))
        far = [self.pool_in(self.deep(near))]
        for _ in range(3):
            far.append(torch.nn.functional.max_pool2d(far[-1], 5, 1, 2))
        far = torch.nn.functional.interpolate(self.pool_out(torch.cat(far, 1)), scale_factor=2.0, mode="nearest")
        x = self.lateral(torch.cat([far, near], 1))
        n, _, h, w = x.shape
        bins = self.boxes(x).view(n, 4, self.bins, h * w).transpose(1, 2).softmax(1)
        away = self.expectation(bins).view(n, 4, h * w)
        y_at, x_at = torch.meshgrid(torch.arange(h, dtype=x.dtype) + 0.5, torch.arange(w, dtype=x.dtype) + 0.5,
                                    indexing="ij")
        grid = torch.stack([x_at, y_at]).view(1, 2, -1)
        box = torch.cat([grid - away[:, :2], grid + away[:, 2:]], 1) * 4
        return torch.cat([box, self.scores(x).view(n, self.classes, h * w).sigmoid()], 1)


NETS = {  # network, extent, operator set
    "resnet18": (torchvision.models.resnet18, 224, 17),
    "mobilenet_v2": (torchvision.models.mobilenet_v2, 160, 13),
    "efficientnet_b0": (torchvision.models.efficientnet_b0, 96, 11),
    "squeezenet": (torchvision.models.squeezenet1_1, 128, 9),
    "deeplab": (deeplab, 128, 13),
    "ssdlite": (SsdHeads, 160, 14),
    "yolo": (Yolo, 96, 12),
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
                          output_names=["out"],
                          dynamic_axes=None if name == "yolo" else {"image": {0: "n"}, "out": {0: "n"}})
        (folder / f"{name}.in").write_bytes(image.numpy().tobytes())
        (folder / f"{name}.out").write_bytes(out.numpy().tobytes())
        (folder / f"{name}.json").write_text(json.dumps({"in": list(image.shape), "out": list(out.shape)}))


if __name__ == "__main__":
    main()
