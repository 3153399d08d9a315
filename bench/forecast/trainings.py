"""Real trainings of different kinds, small enough for one thread and two minutes, that mark what they do.

    cradle run --json out.json -- python3 trainings.py NAME [--seed N] [--data DIR]

Needs torch, numpy and Fashion-MNIST (Debian: python3-torch, dataset-fashion-mnist). Each function is one training; its
docstring says what makes it hard to forecast. Marks go to the descriptor in CRADLE_MARKS, as docs/FORMATS.md says.
"""

import argparse
import gzip
import os
import sys
import tempfile
import zlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

DATA = "/usr/share/datasets/fashion-mnist"


def mark(text):
    """Writes one mark, or nothing where nobody measures."""
    descriptor = os.environ.get("CRADLE_MARKS")
    if descriptor:
        os.write(int(descriptor), (text + "\n").encode())


def images(split, first, count):
    """Images in [0, 1] as [count, 1, 28, 28] and their labels."""
    name = {"train": "train", "test": "t10k"}[split]
    with gzip.open(f"{DATA}/{name}-images-idx3-ubyte.gz") as file:
        file.seek(16 + first * 784)
        pixels = np.frombuffer(file.read(count * 784), np.uint8).copy()
    with gzip.open(f"{DATA}/{name}-labels-idx1-ubyte.gz") as file:
        file.seek(8 + first)
        labels = np.frombuffer(file.read(count), np.uint8).astype(np.int64)
    x = torch.from_numpy(pixels).reshape(count, 1, 28, 28).float() / 255
    return x, torch.from_numpy(labels)


def cnn(width, drop=0.0):
    """Three convolutions and a linear layer; takes any size from 12 pixels up."""
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.BatchNorm2d(2 * width), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(2 * width, 4 * width, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Dropout(drop), nn.Linear(4 * width, 10))


def learn(model, optimiser, x, y):
    """One step of gradient descent on one batch."""
    optimiser.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimiser.step()
    return float(loss)


def evaluate(model, x, y):
    """Mean loss and share of right answers."""
    model.eval()
    with torch.no_grad():
        out = torch.cat([model(part) for part in x.split(250)])
    model.train()
    return float(F.cross_entropy(out, y)), float((out.argmax(1) == y).float().mean())


def plain(epochs=30):
    """A fixed number of equal epochs, with steps marked: nothing hard, only the machine's own noise."""
    x, y = images("train", 0, 7200)
    model = cnn(16)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    mark("training-begin")
    for epoch in range(1, epochs + 1):
        batches = torch.randperm(len(x)).split(48)
        for step, batch in enumerate(batches, 1):
            learn(model, optimiser, x[batch], y[batch])
            if step % 10 == 0:
                mark(f"step-{step}/{len(batches)}")
        mark(f"epoch-{epoch}/{epochs}")


class Packed(torch.utils.data.Dataset):
    """Images packed with zlib, unpacked and enlarged when first asked for and kept: what a caching loader does."""

    def __init__(self, x, y):
        self.packed = [zlib.compress(image.numpy().tobytes(), 9) for image in x]
        self.y = y
        self.kept = {}

    def __len__(self):
        return len(self.packed)

    def __getitem__(self, i):
        if i not in self.kept:
            image = torch.frombuffer(bytearray(zlib.decompress(self.packed[i])), dtype=torch.float32)
            image = F.interpolate(image.reshape(1, 1, 28, 28), size=(96, 96), mode="bicubic", align_corners=False)
            blurred = F.avg_pool2d(image, 9, stride=1, padding=4)
            deviation = (F.avg_pool2d((image - blurred) ** 2, 9, stride=1, padding=4) + 1e-3).sqrt()
            self.kept[i] = F.adaptive_avg_pool2d((image - blurred) / deviation, 28)[0]
        return self.kept[i], self.y[i]


def cached(epochs=60):
    """The first epoch unpacks and normalises every image and compiles the model; later ones find both done."""
    data = Packed(*images("train", 0, 3000))
    model = torch.jit.script(cnn(14))
    optimiser = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    loader = torch.utils.data.DataLoader(data, batch_size=50, shuffle=True)
    mark("training-begin")
    for epoch in range(1, epochs + 1):
        for x, y in loader:
            learn(model, optimiser, x, y)
        mark(f"epoch-{epoch}/{epochs}")


def validated(epochs=24):
    """A validation after every epoch and a checkpoint after every fourth, each marked as a stage of its own."""
    x, y = images("train", 0, 4800)
    held_x, held_y = images("test", 0, 6000)
    model = cnn(16)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    mark(f"epochs={epochs}")
    with tempfile.TemporaryDirectory() as folder:
        for epoch in range(1, epochs + 1):
            mark(f"epoch-{epoch}-begin")
            for batch in torch.randperm(len(x)).split(50):
                learn(model, optimiser, x[batch], y[batch])
            mark(f"epoch-{epoch}-end")
            mark(f"validation-{epoch}-begin")
            evaluate(model, held_x, held_y)
            mark(f"validation-{epoch}-end")
            if epoch % 4 == 0:
                mark(f"checkpoint-{epoch}-begin")
                path = os.path.join(folder, "checkpoint.gz")
                with gzip.open(path, "wb") as file:
                    torch.save([model.state_dict(), optimiser.state_dict(), x[:300]], file)
                mark(f"checkpoint-{epoch}-end")


def validated_seldom(epochs=24):
    """A long validation after every third epoch only: the first epoch says nothing of it."""
    x, y = images("train", 4000, 5000)
    held_x, held_y = images("test", 0, 10000)
    model = cnn(16)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    mark(f"epochs={epochs}")
    for epoch in range(1, epochs + 1):
        mark(f"epoch-{epoch}-begin")
        for batch in torch.randperm(len(x)).split(50):
            learn(model, optimiser, x[batch], y[batch])
        mark(f"epoch-{epoch}-end")
        if epoch % 3 == 0:
            mark(f"validation-{epoch}-begin")
            evaluate(model, held_x, held_y)
            mark(f"validation-{epoch}-end")


def early_stop(most=60, patience=5):
    """Stops when the loss on held-out images has not fallen for five epochs: nobody knows when that will be."""
    x, y = images("train", 10000, 2000)
    held_x, held_y = images("test", 0, 1000)
    model = cnn(20, drop=0.2)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    mark(f"patience={patience}")
    best, best_epoch = float("inf"), 0
    for epoch in range(1, most + 1):
        for batch in torch.randperm(len(x)).split(50):
            learn(model, optimiser, x[batch], y[batch])
        loss, _ = evaluate(model, held_x, held_y)
        mark(f"val_loss={loss:.5f}")
        mark(f"epoch-{epoch}/{most}")
        if loss < best:
            best, best_epoch = loss, epoch
        if epoch - best_epoch >= patience:
            return


def early_stop_accuracy(most=80, patience=8):
    """Stops on the accuracy, a metric that rises and ties, of a narrow model at a falling learning rate."""
    x, y = images("train", 20000, 3000)
    held_x, held_y = images("train", 50000, 1000)
    model = cnn(12)
    optimiser = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.93)
    mark(f"patience={patience}")
    best, best_epoch = 0.0, 0
    for epoch in range(1, most + 1):
        for batch in torch.randperm(len(x)).split(30):
            learn(model, optimiser, x[batch], y[batch])
        schedule.step()
        _, accuracy = evaluate(model, held_x, held_y)
        mark(f"accuracy={accuracy:.4f}")
        mark(f"epoch-{epoch}/{most}")
        if accuracy > best:
            best, best_epoch = accuracy, epoch
        if epoch - best_epoch >= patience:
            return


def bucketed(epochs=30):
    """Images of mixed sizes, batched by size; every epoch draws its own mix, so none costs what another does."""
    x, y = images("train", 30000, 5000)
    sizes = [16, 24, 32, 40]
    model = cnn(14)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    generator = np.random.default_rng(7)
    mark("training-begin")
    for epoch in range(1, epochs + 1):
        shares = generator.dirichlet([1.5] * len(sizes))
        order = torch.randperm(len(x))
        begin = 0
        for size, share in zip(sizes, shares):
            count = int(share * len(x))
            for batch in order[begin:begin + count].split(50):
                small = F.interpolate(x[batch], size=(size, size), mode="bilinear", align_corners=False)
                learn(model, optimiser, small, y[batch])
            begin += count
        mark(f"epoch-{epoch}/{epochs}")


def growing(epochs=30):
    """A curriculum: each of the first fifteen epochs adds images, from a third of them to all; then it stays."""
    x, y = images("train", 0, 9000)
    model = cnn(16)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    mark("training-begin")
    for epoch in range(1, epochs + 1):
        count = int(len(x) * min(1.0, 1 / 3 + (epoch - 1) / 15 * 2 / 3))
        batches = torch.randperm(count).split(50)
        for step, batch in enumerate(batches, 1):
            learn(model, optimiser, x[batch], y[batch])
            if step % 10 == 0:
                mark(f"step-{step}/{len(batches)}")
        mark(f"epoch-{epoch}/{epochs}")


def steps(total=4500):
    """One long pass over the data with a word every 50 steps and no epochs, as language models are trained."""
    x, y = images("train", 0, 50000)
    model = cnn(16)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3)
    mark("training-begin")
    for step in range(1, total + 1):
        begin = (step - 1) * 32 % 49968
        learn(model, optimiser, x[begin:begin + 32], y[begin:begin + 32])
        if step % 50 == 0:
            mark(f"step-{step}/{total}")


def main():
    trainings = [plain, cached, validated, validated_seldom, early_stop, early_stop_accuracy, bucketed, growing, steps]
    names = {training.__name__: training for training in trainings}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=names)
    parser.add_argument("--data", default=DATA, help="folder of Fashion-MNIST's four files")
    parser.add_argument("--seed", type=int, default=1, help="of weights and batches (default 1)")
    arguments = parser.parse_args()
    globals()["DATA"] = arguments.data
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    names[arguments.name]()


if __name__ == "__main__":
    sys.exit(main())
