"""Measures how long the server takes to start, and prints a section of Markdown.

    python benchmarks/start.py --rsclip ./rsclip --work FOLDER

Random checkpoints of the shapes base and large are exported.
For each, in turn: ONNX Runtime alone makes the sessions of both towers, one
after another, in a process that has imported it, as a server would, without
optimising the graph, and without laying out the weights for its products; and
`rsclip serve` starts, from the start of its process to the first answer 200 of
/ready. Session and server also with the files dropped from the page cache.
Cells are medians.
"""

import argparse
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))

import checkpoints  # noqa: E402
import parity  # noqa: E402

PORT = 18120

# What ONNX Runtime is asked, as inference/model/provider.go does.
SESSIONS = """
import sys, time
import onnxruntime
o = onnxruntime.SessionOptions()
o.intra_op_num_threads, o.inter_op_num_threads, o.log_severity_level = int(sys.argv[1]), 1, 3
o.add_session_config_entry("session.intra_op.allow_spinning", "0")
if sys.argv[2] == "graph":
    o.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
elif sys.argv[2] == "layout":
    o.add_session_config_entry("session.disable_prepacking", "1")
began = time.monotonic()
sessions = [onnxruntime.InferenceSession(f, o, ["CPUExecutionProvider"]) for f in sys.argv[3:]]
print(time.monotonic() - began)
"""


def forget(folder):
    """Drops the files of a folder from the page cache."""
    for f in folder.iterdir():
        with open(f, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def sessions(folder, threads, without="nothing"):
    """Seconds to make the sessions, without optimising the "graph" or the "layout" of the weights."""
    towers = sorted(folder.glob("*.onnx"))
    return float(subprocess.run([sys.executable, "-c", SESSIONS, str(threads), without, *towers], check=True, capture_output=True, text=True).stdout)


def serve(rsclip, folder, threads, work):
    """Starts a server; returns the seconds until it is ready, and its resident memory in MB."""
    (work / "app.yaml").write_text(f"server: {{port: {PORT}, drain_seconds: -1}}\nlogging: {{level: WARNING}}\n")
    (work / "model.json").write_text(f'{{"device": "cpu", "cpu": {{"threads": {threads}}}}}')
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with open(work / "server.log", "w") as log:
        began = time.monotonic()
        child = subprocess.Popen(
            [rsclip, "serve", "-address", "127.0.0.1", "-model", folder, "-app-config", work / "app.yaml", "-model-config", work / "model.json"], stdout=log, stderr=log
        )
        try:
            while True:
                try:
                    opener.open(f"http://127.0.0.1:{PORT}/ready", timeout=10).close()
                    return time.monotonic() - began, memory(child.pid)
                except (urllib.error.HTTPError, urllib.error.URLError):
                    if child.poll() is not None or time.monotonic() - began > 300:
                        sys.exit(f"start: the server is not ready; see {log.name}")
                    time.sleep(0.005)
        finally:
            child.terminate()
            child.wait()


def memory(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rsclip", required=True, help="the program")
    parser.add_argument("--work", required=True, help="a folder for checkpoints and models, 8 GB")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is started")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of a session")
    parser.add_argument("--checkpoints", nargs="+", default=["base-224", "large-256"], choices=checkpoints.CHECKPOINTS)
    parser.add_argument("--precisions", nargs="+", default=["fp32", "int8"], choices=["fp32", "fp16", "int8"])
    arguments = parser.parse_args()
    work = pathlib.Path(arguments.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    print(
        f"## Start, {parity.processor_name()}, {os.cpu_count()} cores\n\n`benchmarks/start.py` (ONNX Runtime {onnxruntime.__version__}, {arguments.threads} threads, "
        f"median of {arguments.rounds}): the sessions of both towers by ONNX Runtime alone, and `rsclip serve` from the start of its process until it is ready, "
        "which is after it has run both towers. It makes both sessions at the same time. Nearly all of a session's time is the layout of its weights for the processor's products, "
        "and none the optimisation of a graph that `rsclip export` has fused: a cache of optimised graphs would gain nothing.\n\n"
        "| model | files, MB | sessions alone, s | graphs not optimised, s | weights not laid out, s | ready, s | sessions, files not in memory, s | ready, s | resident when ready, MB |\n"
        "|---|---|---|---|---|---|---|---|---|",
        flush=True,
    )
    for seed, name in enumerate(arguments.checkpoints, start=1):
        checkpoints.make(work / name, name, seed)
        for precision in arguments.precisions:
            folder = checkpoints.export(arguments.rsclip, work, name, precision)
            sessions(folder, arguments.threads)  # Reads the files once.
            cells, resident = [], []
            for cold in (False, True):
                bare, ready = [], []
                for _ in range(arguments.rounds):
                    for times, start in ((bare, lambda: (sessions(folder, arguments.threads), 0)), (ready, lambda: serve(arguments.rsclip, folder, arguments.threads, work))):
                        if cold:
                            forget(folder)
                        seconds, held = start()
                        times.append(seconds)
                        resident.append(held)
                cells.append(statistics.median(bare))
                if not cold:
                    cells += [statistics.median(sessions(folder, arguments.threads, without) for _ in range(arguments.rounds)) for without in ("graph", "layout")]
                cells.append(statistics.median(ready))
            size = sum(f.stat().st_size for f in folder.iterdir()) / 1e6
            print(f"| {name} {precision} | {size:.0f} | " + " | ".join(f"{c:.2f}" for c in cells) + f" | {max(resident):.0f} |", flush=True)


if __name__ == "__main__":
    main()
