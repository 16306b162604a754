"""Measures what kinds of operators take the time of a run, ours and OpenVINO's
beside each other, and prints a section of Markdown.

    python inference/oracle/operators.py --rsclip ./rsclip --data PICTURES --work FOLDER

Both engines' own profilers say how long each operator took; cells are sums of
medians over the runs, which alternate. A profiler costs both some time.
"""

import argparse
import collections
import json
import os
import pathlib
import statistics
import warnings

import numpy as np
import onnxruntime
import openvino
import torch

import checkpoints
import parity
import runtimes

# What both profilers' names mean. OpenVINO adds biases, and GELU, in its
# products, and makes one operator of what is between the products of an attention.
OURS = {"MatMul": "products", "Gemm": "products", "FusedGemm": "products", "Conv": "products", "MultiHeadAttention": "attention", "FastGelu": "GELU and its bias"}
THEIRS = {"FullyConnected": "products", "MatMul": "products", "Convolution": "products", "Subgraph": "attention", "ScaledDotProductAttention": "attention"}
KINDS = ("products", "attention", "GELU and its bias", "the rest")


def ours(path, x, threads, work):
    """A run, and what reports the milliseconds of each operator, by kind, once all runs are done."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    options.enable_profiling, options.profile_file_prefix = True, str(work / "profile")
    s = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])

    def report():
        profile = pathlib.Path(s.end_profiling())
        times = collections.defaultdict(list)
        for event in json.loads(profile.read_text()):
            if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
                times[OURS.get(event["args"]["op_name"], "the rest"), event["name"]].append(event["dur"] / 1000)
        profile.unlink()
        return times

    return lambda: s.run(None, {s.get_inputs()[0].name: x}), report


def theirs(module, x, threads):
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32", "PERF_COUNT": "YES"}
    converted = openvino.convert_model(module, example_input=torch.from_numpy(x))
    request = openvino.Core().compile_model(converted, "CPU", settings).create_infer_request()
    times = collections.defaultdict(list)

    def run():
        request.infer(x)
        for p in request.profiling_info:
            times[THEIRS.get(p.node_type, "the rest"), p.node_name].append(p.real_time.total_seconds() * 1000)

    return run, lambda: times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rsclip", required=True, help="the program")
    parser.add_argument("--data", required=True, help="a folder with at least 50 JPEG photographs")
    parser.add_argument("--work", required=True, help="a folder for the checkpoint and the models, 3 GB")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each engine")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    work = pathlib.Path(arguments.work).resolve()
    checkpoints.make(work / runtimes.NAME, runtimes.NAME, 1)
    model = checkpoints.export(arguments.rsclip, work, runtimes.NAME, "fp32")
    print(f"## Operators of a run, {parity.processor_name()}, {arguments.threads} threads\n")
    print("| tower | engine | " + ", ms | ".join(KINDS) + ", ms | all, ms |\n|" + "---|" * (len(KINDS) + 3), flush=True)
    for tower in runtimes.TOWERS:
        x = runtimes.inputs(work / runtimes.NAME, tower, arguments.data, 1)
        engines = {
            "rsclip, fp32, spinning": ours(model / f"{tower}_model.onnx", x, arguments.threads, work),
            "OpenVINO": theirs(runtimes.pooled(work / runtimes.NAME, tower), x, arguments.threads),
        }
        for _ in range(arguments.runs):
            for run, _ in engines.values():
                run()
        for name, (_, report) in engines.items():
            sums = collections.Counter()
            for (kind, _), times in report().items():
                sums[kind] += statistics.median(times[1:])
            print(f"| {tower} | {name} | " + " | ".join(f"{sums[kind]:.1f}" for kind in KINDS) + f" | {np.sum(list(sums.values())):.1f} |", flush=True)


if __name__ == "__main__":
    main()
