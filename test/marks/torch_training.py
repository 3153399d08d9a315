"""A small real training in PyTorch: a line through points that are known, one thread, about a second."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python"))

import torch  # noqa: E402
from cradle_torch import epochs, metric, validation  # noqa: E402

torch.set_num_threads(1)
torch.manual_seed(1)
x = torch.rand(512, 4)
y = x @ torch.tensor([[1.0], [-2.0], [3.0], [0.5]]) + 1
model = torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in epochs(4):
    for batch in torch.randperm(512).split(32):
        optimiser.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x[batch]), y[batch])
        loss.backward()
        optimiser.step()
    with validation(epoch), torch.no_grad():
        error = torch.nn.functional.mse_loss(model(x), y)
    metric("val_loss", error)
print("trained")
