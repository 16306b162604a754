"""Measures the exported graph beside other ways to run the same checkpoint on
a CPU, and prints a section of Markdown.

    python benchmarks/runtimes.py --rsclip ./rsclip --data PICTURES --work FOLDER

In one process and with as many threads each: the graphs of `rsclip export` as
the server runs them, transformers on torch, the graphs that optimum exports on
ONNX Runtime, and the same module on OpenVINO, as it is and in int8 by NNCF, which
sees pictures and captions that no distance is of. All get the same pictures and
captions, and run one after another, a moment each, in many rounds: cells are medians
over the rounds, ratios those of one round. Distances are to transformers. Then the
exported graphs in other ways to share the threads.
"""

import argparse
import contextlib
import itertools
import os
import pathlib
import statistics
import sys
import threading
import time
import warnings

import nncf
import numpy as np
import onnxruntime
import openvino
import torch
import transformers
from PIL import Image
from transformers import SiglipImageProcessor, SiglipModel, SiglipTextModel, SiglipTokenizer, SiglipVisionModel

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))

import checkpoints  # noqa: E402
import optimum_towers  # noqa: E402
import parity  # noqa: E402

NAME = "base-224"
TOWERS = {"text": ("input_ids", SiglipTextModel), "vision": ("pixel_values", SiglipVisionModel)}
BATCHES = (1, 2)  # What the server on two cores runs of pictures, and two texts while few wait.
FULL = {"text": 4, "vision": 2}  # What it runs at most.
INT8, PEERS_INT8 = "rsclip, int8", "OpenVINO, int8 by NNCF"
COMPARED = 16  # Items whose distance to transformers is measured.


def session(path, threads, spinning=True):
    """An ONNX Runtime session, whose idle threads spin, as is usual, or sleep, as the server's do."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])


def given(s, x):
    """What a session takes: the graphs of `rsclip export` take pictures as bytes, as they are before they are normalised."""
    return np.rint((x + 1) * 127.5).astype(np.uint8) if s.get_inputs()[0].type == "tensor(uint8)" else x


def engines(arguments, tower, folder, work, x):
    """What runs the tower, by name: functions from an array to embeddings of any length. The items of x after those compared are for calibration."""
    name, kind = TOWERS[tower]
    out = {}
    for label, precision, spinning in (("rsclip, fp32", "fp32", False), ("rsclip, fp32, spinning", "fp32", True), (INT8, "int8", False)):
        model = checkpoints.export(arguments.rsclip, work, NAME, precision)
        ours = session(model / f"{tower}_model.onnx", arguments.threads, spinning)
        out[label] = lambda x, s=ours: s.run(None, {s.get_inputs()[0].name: given(s, x)})[0]

    module = kind.from_pretrained(folder, dtype=torch.float32).eval()

    def torched(x):
        with torch.inference_mode():
            return module(torch.from_numpy(x)).pooler_output.numpy()

    out["transformers, torch"] = torched
    path = work / "optimum" / f"{tower}_model.onnx"
    if not path.exists():
        optimum_towers.tower(folder, path.stem, path.parent)
    others = session(path, arguments.threads)
    out["optimum, ONNX Runtime"] = lambda x: others.run(["pooler_output"], {name: x})[0]

    class Pooled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.module = module

        def forward(self, x):
            return self.module(x).pooler_output

    converted = openvino.convert_model(Pooled(), example_input=torch.from_numpy(x[:2]))
    settings = {"INFERENCE_NUM_THREADS": arguments.threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    nncf.set_log_level("ERROR")
    calibration = nncf.Dataset([x[i : i + 1] for i in range(COMPARED, len(x))])
    with contextlib.redirect_stdout(sys.stderr):  # It prints how far it is.
        quantized = nncf.quantize(converted, calibration, model_type=nncf.ModelType.TRANSFORMER)
    for label, graph in (("OpenVINO", converted), (PEERS_INT8, quantized)):
        compiled = openvino.Core().compile_model(graph, "CPU", settings)
        out[label] = lambda x, c=compiled: c(x)[0]
    return out


def inputs(folder, tower, data, count):
    if tower == "text":
        ids = SiglipTokenizer.from_pretrained(folder)(parity.texts()[:count], padding="max_length", truncation=True, max_length=64, return_tensors="np")
        return ids["input_ids"].astype(np.int64)
    opened = [Image.open(f).convert("RGB") for f in parity.photographs(data)[:count]]
    return SiglipImageProcessor.from_pretrained(folder)(images=opened, return_tensors="np")["pixel_values"]


def sleeps():
    """How many times threads of this process have gone to sleep."""
    return sum(int(line.split()[1]) for f in pathlib.Path("/proc/self/task").glob("*/status") for line in f.read_text().splitlines() if line.startswith("voluntary"))


def rotated(names, number):
    """The names in another order each round, so that none always follows the same one."""
    first = number % len(names)
    return names[first:] + names[:first]


def turn(runs, order, x, batch, seconds):
    """Seconds and sleeps of a batch for each engine, one after another so that a machine whose speed drifts is as fast for all."""
    out = {}
    for name in order:
        time.sleep(0.1)  # Threads of the one before may still spin.
        batches = itertools.cycle(x[i : i + batch] for i in range(0, len(x), batch))
        runs[name](next(batches))  # The first does not count.
        count, slept, began = 0, sleeps(), time.monotonic()
        while count == 0 or time.monotonic() - began < seconds:
            runs[name](next(batches))
            count += 1
        out[name] = (time.monotonic() - began) / count, (sleeps() - slept) / count
    return out


def beside(loads, seconds):
    """Items a second of each load, a (tower, session, batch), run at the same time in a thread each, added up by tower."""
    done = dict.fromkeys(TOWERS, 0.0)
    began = time.monotonic()

    def loop(tower, s, batch):
        count, name, batch = 0, s.get_inputs()[0].name, given(s, batch)
        while count == 0 or time.monotonic() - began < seconds:
            s.run(None, {name: batch})
            count += 1
        done[tower] += count * len(batch) / (time.monotonic() - began)

    threads = [threading.Thread(target=loop, args=load) for load in loads]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return done


def sharing(arguments, work, x):
    """Prints what each way to share the threads does with one tower's load, and with both at once."""
    ways = {  # Threads of a run, whether they spin, and runs at once.
        "a run of all threads, which sleep when idle": (arguments.threads, False, 1),
        "a run of all threads, which spin when idle": (arguments.threads, True, 1),
        "as many runs at once as threads, of one each": (1, False, arguments.threads),
    }
    model = checkpoints.export(arguments.rsclip, work, NAME, "fp32")
    loads = {}
    for way, (threads, spinning, runs) in ways.items():
        for tower in TOWERS:
            s = session(model / f"{tower}_model.onnx", threads, spinning)
            s.run(None, {TOWERS[tower][0]: given(s, x[tower][: FULL[tower]])})
            loads[way, tower] = [(tower, s, x[tower][: FULL[tower]])] * runs
    columns = {"texts alone": ["text"], "pictures alone": ["vision"], "both at once": ["text", "vision"]}
    rounds = []
    for number in range(arguments.rounds):
        cells = {}
        for column, towers in columns.items():
            for way in rotated(list(ways), number):
                time.sleep(0.1)
                cells[way, column] = beside([load for tower in towers for load in loads[way, tower]], 4 * arguments.seconds)
        rounds.append(cells)
    print(SHARING.format(text=FULL["text"], vision=FULL["vision"]), flush=True)
    first = next(iter(ways))

    def cell(way, column, tower):
        rate = statistics.median(r[way, column][tower] for r in rounds)
        return f"{rate:.2f} ({statistics.median(r[way, column][tower] / r[first, column][tower] for r in rounds):.2f})"

    for way in ways:
        print("| " + " | ".join([way] + [cell(way, column, tower) for column, towers in columns.items() for tower in towers]) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rsclip", required=True, help="the program")
    parser.add_argument("--data", required=True, help="a folder with at least 50 JPEG photographs")
    parser.add_argument("--work", required=True, help="a folder for the checkpoint and the models, 3 GB")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each engine in a round, at least")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each engine")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(arguments.threads)
    work = pathlib.Path(arguments.work).resolve()
    folder = work / NAME
    checkpoints.make(folder, NAME, 1)
    versions = {"ONNX Runtime": onnxruntime, "transformers": transformers, "torch": torch, "OpenVINO": openvino, "NNCF": nncf}
    print(HEAD.format(cpu=parity.processor_name(), cores=os.cpu_count(), threads=arguments.threads, rounds=arguments.rounds,
                      versions=", ".join(f"{k} {v.__version__.split('+')[0].split('-')[0]}" for k, v in versions.items())), flush=True)  # fmt: skip
    everything = {tower: inputs(folder, tower, arguments.data, 48) for tower in TOWERS}
    int8 = {}
    for tower, x in everything.items():
        runs = engines(arguments, tower, folder, work, x)
        want = runs["transformers, torch"](x[:COMPARED]).astype(np.float64)
        want /= np.linalg.norm(want, axis=1, keepdims=True)
        away = {name: parity.distances(run(x[:COMPARED]), want).max() for name, run in runs.items()}
        for batch in BATCHES:
            rounds = [turn(runs, rotated(list(runs), number), x, batch, arguments.seconds) for number in range(arguments.rounds)]
            for name in runs:
                mine, slept = (statistics.median(r[name][i] for r in rounds) for i in (0, 1))
                ratio = statistics.median(r[name][0] / r["rsclip, fp32"][0] for r in rounds)
                print(f"| {tower} | {batch} | {name} | {batch / mine:.2f} | {1000 * mine:.0f} ms | {slept:.0f} | {ratio:.2f} | {max(0, away[name]):.1e} |", flush=True)
            int8[tower, batch] = statistics.median(r[PEERS_INT8][0] / r[INT8][0] for r in rounds), away[INT8] / away[PEERS_INT8]
    times = "; ".join(f"{tower}, {batch} a batch, {faster:.2f} times" for (tower, batch), (faster, _) in int8.items())
    errors = "; ".join(f"{tower} {error:.2f}" for (tower, batch), (_, error) in int8.items() if batch == BATCHES[0])
    print(f"\n`{INT8}` is so many times as fast as `{PEERS_INT8}` in the same round: {times}. Its distance is so much of that one's: {errors}.", flush=True)
    if arguments.threads > 1:
        sharing(arguments, work, everything)


HEAD = """## Inference on a CPU

`.build/oracle/bin/python benchmarks/runtimes.py --rsclip ./rsclip --data PICTURES --work .build/bench`

{cpu}, {cores} cores, {threads} threads each; {versions}.

Base shape (224 x 224), float32 but for int8, {rounds} rounds of a moment each. `rsclip` is the fused graph of `rsclip export` with the server's settings, by
which threads sleep when idle; those of the other engines spin. Sleeps are how many times one did in a batch. The last two columns: how many times as fast
`rsclip, fp32` is in the same round, and the largest 1 - cosine to transformers (for ranks see parity.md).

| tower | batch | engine | items a second | a batch | sleeps | rsclip, fp32 is | 1 - cosine |
|---|---|---|---|---|---|---|---|"""

SHARING = """
The same graphs, float32, {text} texts or {vision} pictures a run, by three ways to share the threads: items a second, and how many times those of the first way in the same
round. "Both at once" is a load of each tower at the same time, in sessions of their own. The first is the server's way with a run alone, the
second `cpu.spinning`, and the third what the server reaches with one session while many items wait.

| way | texts alone | pictures alone | both at once: texts | pictures |
|---|---|---|---|---|"""


if __name__ == "__main__":
    sys.exit(main())
