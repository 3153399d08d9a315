#!/usr/bin/env python3
"""cradle's NVIDIA sensor beside the board's own counter, the integral of its power, and nvidia-smi, under known loads.

    python3 bench/gpu/nvml_truth.py --cradle build/cradle [--seconds 8] [--json FILE]

Needs a GPU nobody else uses, PyTorch for the loads, a C compiler. Each load is run once, under two meters at a time: one
with the counter and one from which a stand-in library hides it, so that it must integrate power. This program reads the
same counter and the same power every 10 ms, and nvidia-smi prints power every 100 ms. No setting of the GPU is touched.
"""

import argparse
import ctypes
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

_LOADS = ("rest", "steady", "memory", "pulse-100ms", "pulse-1s")
_HIDING = r"""
/* The real library behind cradle's functions, without the energy counter. */
#include <dlfcn.h>
#include <stdlib.h>
static void* real(const char* name) {
  static void* handle;
  if (!handle) handle = dlopen(getenv("REAL_NVML"), RTLD_NOW | RTLD_LOCAL);
  return handle ? dlsym(handle, name) : 0;
}
#define FORWARD(name)                                                                   \
  long name(void* a, void* b, void* c, void* d) {                                       \
    long (*f)(void*, void*, void*, void*) = (long (*)(void*, void*, void*, void*))real(#name); \
    return f ? f(a, b, c, d) : 13;                                                      \
  }
FORWARD(nvmlInit_v2) FORWARD(nvmlShutdown) FORWARD(nvmlErrorString) FORWARD(nvmlDeviceGetCount_v2)
FORWARD(nvmlDeviceGetHandleByIndex_v2) FORWARD(nvmlDeviceGetUUID) FORWARD(nvmlDeviceGetName)
FORWARD(nvmlDeviceGetPowerUsage) FORWARD(nvmlDeviceGetFieldValues)
FORWARD(nvmlDeviceGetPowerManagementLimitConstraints) FORWARD(nvmlDeviceGetComputeRunningProcesses_v3)
FORWARD(nvmlDeviceGetProcessUtilization) FORWARD(nvmlDeviceGetMigMode) FORWARD(nvmlDeviceGetMaxMigDeviceCount)
FORWARD(nvmlDeviceGetMigDeviceHandleByIndex) FORWARD(nvmlDeviceGetAttributes_v2)
long nvmlDeviceGetTotalEnergyConsumption(void* a, void* b) { (void)a; (void)b; return 3; }
"""


class _Field(ctypes.Structure):
    _fields_ = [("field", ctypes.c_uint), ("scope", ctypes.c_uint), ("timestamp", ctypes.c_longlong),
                ("latency", ctypes.c_longlong), ("type", ctypes.c_int), ("status", ctypes.c_int),
                ("value", ctypes.c_ulonglong)]


class Board:
    """The first GPU, read by the plain C interface."""

    def __init__(self):
        self._nvml = ctypes.CDLL("libnvidia-ml.so.1")
        self._nvml.nvmlInit_v2()
        self._device = ctypes.c_void_p()
        self._nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(self._device))

    def counter_j(self):
        mj = ctypes.c_ulonglong()
        code = self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._device, ctypes.byref(mj))
        return mj.value / 1e3 if code == 0 else float("nan")

    def power_w(self, field=186):
        """186: now, 185: the mean of the last second."""
        f = _Field(field=field)
        self._nvml.nvmlDeviceGetFieldValues(self._device, 1, ctypes.byref(f))
        return (f.value & 0xFFFFFFFF) / 1e3 if f.status == 0 else float("nan")


class Watcher(threading.Thread):
    """Counter and power every 10 ms, with the time in between two readings of the clock."""

    def __init__(self, board):
        super().__init__(daemon=True)
        self.board, self.rows, self.stop = board, [], threading.Event()

    def run(self):
        while not self.stop.wait(0.01):
            self.rows.append((time.time(), self.board.counter_j(), self.board.power_w()))

    def counter_between(self, begin, end):
        return self._counter_at(end) - self._counter_at(begin)

    def _counter_at(self, t):
        before = max((r for r in self.rows if r[0] <= t), default=self.rows[0])
        after = min((r for r in self.rows if r[0] > t), default=self.rows[-1])
        if after[0] == before[0]:
            return before[1]
        return before[1] + (after[1] - before[1]) * (t - before[0]) / (after[0] - before[0])

    def integral_between(self, begin, end):
        """By trapezoids."""
        rows = [r for r in self.rows if begin <= r[0] <= end]
        return sum((b[0] - a[0]) * (a[2] + b[2]) / 2 for a, b in zip(rows, rows[1:]))


def load(name, seconds):
    """Runs in the measured child."""
    if name == "rest":
        time.sleep(seconds)
        return
    import torch
    a = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
    b, out = torch.randn_like(a), torch.empty_like(a)
    big, copy = torch.empty(2 ** 30, device="cuda", dtype=torch.uint8), torch.empty(2 ** 30, device="cuda", dtype=torch.uint8)
    work = (lambda: copy.copy_(big)) if name == "memory" else (lambda: torch.matmul(a, b, out=out))
    on_s, off_s = {"pulse-100ms": (0.02, 0.08), "pulse-1s": (0.5, 0.5)}.get(name, (0.2, 0))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        until = time.monotonic() + on_s
        while time.monotonic() < until:
            work()
            torch.cuda.synchronize()
        time.sleep(off_s)


def steps_of(board, seconds=3.0):
    """How often the counter moves and by what, and what a reading costs."""
    moves, last, reads, begin = [], board.counter_j(), 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        now = board.counter_j()
        reads += 1
        if now != last:
            moves.append((time.perf_counter(), now - last))
            last = now
    gaps = sorted(b[0] - a[0] for a, b in zip(moves, moves[1:]))
    sizes = sorted(m[1] for m in moves)
    middle = lambda values: values[len(values) // 2] if values else float("nan")
    return {"moves": len(moves), "renewed_s": middle(gaps), "step_j": middle(sizes), "read_s": seconds / max(reads, 1)}


def hiding_library(folder):
    (folder / "hide.c").write_text(_HIDING)
    subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-O1", "-o", str(folder / "libnvidia-ml.so.1"), str(folder / "hide.c"), "-ldl"],
                   check=True)
    maps = pathlib.Path("/proc/self/maps").read_text()
    return next(line.split()[-1] for line in maps.splitlines() if "libnvidia-ml" in line)


def gpu_of(record):
    return [p for p in record["energy"]["parts"] if p["kind"] == "gpu"]


def one_load(name, seconds, cradle, folder, real, board, hz):
    counter, power, smi = (folder / f"{name}-{kind}" for kind in ("counter.json", "power.json", "smi.csv"))
    watcher = Watcher(board)
    watcher.start()
    speed = ["--hz", str(hz)] if hz else []
    child = ["env", "-u", "LD_LIBRARY_PATH", sys.executable, __file__, "--load", name, "--seconds", str(seconds)]
    inner = ["env", f"LD_LIBRARY_PATH={folder}", f"REAL_NVML={real}", cradle, "run", "--quiet", "--scope", "machine",
             *speed, "--json", str(power), "--"]
    with open(smi, "w") as out:
        monitor = subprocess.Popen(["nvidia-smi", "--query-gpu=power.draw.instant,power.draw.average",
                                    "--format=csv,noheader,nounits", "-lms", "100"], stdout=out)
        time.sleep(0.3)
        begin = time.time()
        subprocess.run([cradle, "run", "--quiet", "--scope", "machine", *speed, "--json", str(counter), "--", *inner, *child],
                       check=True)
        end = time.time()
        monitor.terminate()
    watcher.stop.set()
    watcher.join()
    by_counter, by_power = json.loads(counter.read_text()), json.loads(power.read_text())
    took = by_counter["duration_s"]
    spare = (end - begin - took) / 2  # start and end of cradle itself; the order of milliseconds
    a, b = gpu_of(by_counter)[0], gpu_of(by_power)[0]
    watts = [row.split(",") for row in smi.read_text().splitlines() if row.count(",") == 1]
    mean = lambda k: sum(float(w[k]) for w in watts) / max(len(watts), 1)
    return {"load": name, "duration_s": took, "truth_j": watcher.counter_between(begin + spare, end - spare),
            "integral_j": watcher.integral_between(begin + spare, end - spare),
            "smi_instant_j": mean(0) * took, "smi_average_j": mean(1) * took,
            "counter": {k: a[k] for k in ("j", "low", "high", "basis", "sensor", "coverage")},
            "power": {k: b[k] for k in ("j", "low", "high", "basis", "coverage")} | {"duration_s": by_power["duration_s"]},
            "events": [e for e in by_counter["events"] if e.get("part", "").startswith("gpu")],
            "self_cpu_s": by_counter["self"]["cpu_s"]}


def shared_gpu(seconds, cradle, folder):
    """Two programs on one GPU, one of them measured: what the driver's SM utilisation gives it."""
    other = subprocess.Popen([sys.executable, __file__, "--load", "steady", "--seconds", str(seconds + 12)])
    time.sleep(6)
    file = folder / "shared.json"
    subprocess.run([cradle, "run", "--quiet", "--json", str(file), "--", sys.executable, __file__, "--load", "steady",
                    "--seconds", str(seconds)], check=True)
    other.wait()
    record = json.loads(file.read_text())
    return {"gpu": gpu_of(record), "split": record["energy"]["split"], "billed": record["energy"]["billed"],
            "events": [e for e in record["events"] if e.get("part", "").startswith("gpu")], "duration_s": record["duration_s"]}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cradle", default="build/cradle")
    options.add_argument("--seconds", type=float, default=8)
    options.add_argument("--hz", type=float, default=0, help="readings per second (default: cradle's own)")
    options.add_argument("--json")
    options.add_argument("--load", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.load:
        return load(chosen.load, chosen.seconds)
    board = Board()
    result = {"when": datetime.date.today().isoformat(), "at_rest": steps_of(board), "loads": []}
    print("counter at rest:", result["at_rest"], flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        real = hiding_library(folder)
        print(f"{'load':12} {'s':>6} {'counter':>9} {'integral':>9} {'smi':>9} | {'cradle by counter':>26} | cradle by power")
        for each in _LOADS:
            row = one_load(each, chosen.seconds, os.path.abspath(chosen.cradle), folder, real, board, chosen.hz)
            result["loads"].append(row)
            shown = lambda e: f"{e['j']:9.1f} ({e['low']:.1f}-{e['high']:.1f})"
            print(f"{each:12} {row['duration_s']:6.2f} {row['truth_j']:9.1f} {row['integral_j']:9.1f} {row['smi_instant_j']:9.1f} |"
                  f" {shown(row['counter'])} | {shown(row['power'])}", flush=True)
        result["shared"] = shared_gpu(chosen.seconds, os.path.abspath(chosen.cradle), folder)
        print("two programs:", json.dumps(result["shared"]["split"]), json.dumps(result["shared"]["events"]), flush=True)
    if chosen.json:
        pathlib.Path(chosen.json).write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
