#!/usr/bin/env python3
"""Images per second and joules per image of ResNet-50 on an NVIDIA GPU, by precision and batch size.

    python3 bench/gpu/precision.py --cradle build/cradle [--json FILE]

Needs PyTorch with torchvision. Random weights and images: time and power of a convolution depend little on their values.
Each precision is a process of its own under `cradle run`, in turn; the energy of each batch size, without start and
warm-up, is the difference of the board's counter, read by the process itself.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from nvml_truth import Board

_PRECISIONS = ("fp32", "tf32", "fp16", "bf16")


def measure(precision, batches, seconds):
    import torch
    import torchvision
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.benchmark = True
    kind = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(precision, torch.float32)
    torch.manual_seed(1)
    net = torchvision.models.resnet50(weights=None).eval().to("cuda", kind, memory_format=torch.channels_last)
    board, rows = Board(), []
    for batch in batches:
        images = torch.randn(batch, 3, 224, 224, device="cuda", dtype=kind).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            stream = torch.cuda.Stream()
            with torch.cuda.stream(stream):
                for _ in range(5):
                    net(images)
            torch.cuda.synchronize()
            graph = torch.cuda.CUDAGraph()  # replayed: what remains is the GPU's own time, not Python's
            with torch.cuda.graph(graph, stream=stream):
                net(images)
        once = time.perf_counter()
        for _ in range(5):
            graph.replay()
        torch.cuda.synchronize()
        calls = max(5, int(0.2 * 5 / (time.perf_counter() - once)))
        times, begin_j, begin = [], board.counter_j(), time.perf_counter()
        while time.perf_counter() - begin < seconds:
            t = time.perf_counter()
            for _ in range(calls):
                graph.replay()
            torch.cuda.synchronize()
            times.append((time.perf_counter() - t) / calls)
        spent_j = board.counter_j() - begin_j
        per_call = statistics.median(times)
        rows.append({"precision": precision, "batch": batch, "images_per_s": batch / per_call,
                     "j_per_image": spent_j / (len(times) * calls * batch), "w": spent_j / (time.perf_counter() - begin)})
    print(json.dumps(rows))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cradle", default="build/cradle")
    options.add_argument("--seconds", type=float, default=1.5)
    options.add_argument("--batches", default="1,8,32,128")
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--json")
    options.add_argument("--one", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    batches = [int(b) for b in chosen.batches.split(",")]
    if chosen.one:
        return measure(chosen.one, batches, chosen.seconds)
    cells, runs = [], []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(chosen.rounds):  # in turn, so that a warmer board is nobody's advantage
            for precision in _PRECISIONS if turn % 2 == 0 else reversed(_PRECISIONS):
                record = os.path.join(folder, "run.json")
                done = subprocess.run([chosen.cradle, "run", "--quiet", "--json", record, "--", sys.executable, __file__, "--one",
                                       precision, "--batches", chosen.batches, "--seconds", str(chosen.seconds)],
                                      check=True, stdout=subprocess.PIPE, text=True)
                cells += json.loads(done.stdout.splitlines()[-1])
                energy = json.loads(pathlib.Path(record).read_text())["energy"]
                runs.append({"precision": precision, "billed": energy["billed"], "parts": energy["parts"]})
    print(f"{'batch':>6} " + " ".join(f"{p:>24}" for p in _PRECISIONS) + "   (images/s, mJ/image, times fp32's speed)")
    for batch in batches:
        line, base = f"{batch:6} ", None
        for precision in _PRECISIONS:
            mine = [c for c in cells if c["batch"] == batch and c["precision"] == precision]
            speed, joules = (statistics.mean(c[k] for c in mine) for k in ("images_per_s", "j_per_image"))
            base = base or speed
            line += f" {speed:9.0f} {joules * 1e3:7.2f} {speed / base:5.2f}x"
        print(line)
    if chosen.json:
        pathlib.Path(chosen.json).write_text(json.dumps({"cells": cells, "runs": runs}, indent=1))


if __name__ == "__main__":
    main()
