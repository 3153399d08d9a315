"""A real training under `cradle run` leaves its marks in the record: python3 torch_run_test.py CRADLE FOLDER

Exits with 77 (skipped) and the reason where PyTorch is not installed.
"""

import json
import os
import shutil
import subprocess
import sys

try:
    import torch  # noqa: F401
except Exception as reason:  # noqa: BLE001 - broken installations raise all kinds of things
    print(f"skipped: PyTorch is not there: {reason} (apt-get install python3-torch)")
    sys.exit(77)

cradle, folder = sys.argv[1], sys.argv[2]
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
record = os.path.join(folder, "record.json")
training = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_training.py")
environment = {**os.environ, "XDG_STATE_HOME": folder, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
done = subprocess.run(
    [cradle, "run", "--json", record, "--", sys.executable, training], env=environment, stdout=subprocess.PIPE, text=True
)
assert done.returncode == 0, done
assert done.stdout == "trained\n", done.stdout

with open(record) as file:
    run = json.load(file)
names = [m["name"] for m in run["marks"]]
losses = [float(n.split("=")[1]) for n in names if n.startswith("val_loss=")]
stages = [n for n in names if not n.startswith("val_loss=")]
expected = ["epochs=4"]
for epoch in range(1, 5):
    expected += [f"epoch-{epoch}-begin", f"validation-{epoch}-begin", f"validation-{epoch}-end", f"epoch-{epoch}-end"]
assert stages == expected, stages
assert len(losses) == 4 and losses[-1] < losses[0], losses
for before, after in zip(run["marks"], run["marks"][1:]):
    assert before["t_s"] <= after["t_s"] and before["j"] <= after["j"] + 1e-9, (before, after)
assert 0 < run["marks"][0]["t_s"] < run["duration_s"], "the marks lie inside the run"
assert run["marks"][-1]["j"] <= run["energy"]["billed"]["j"] * (1 + 1e-9) + 1e-9
print(f"{len(names)} marks in {run['duration_s']:.2f} s")
