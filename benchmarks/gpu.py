"""Measures speed on a GPU, and writes gpu.json and gpu.md.

    python benchmarks/gpu.py --rsclip ./rsclip --work FOLDER --out FOLDER

Random checkpoints of the shapes base and large, in fp16. On one card, in one run:

- the rate of a large fp16 matrix product, which is the limit;
- each tower at batches of 1 to 64 by ONNX Runtime with CUDA, with and without
  CUDA graphs, and by TensorRT where its libraries are there; by torch with SDPA,
  and by torch.compile, which replays CUDA graphs; every output against torch in
  float32; the time, the part of the product's rate, memory and energy;
- `rsclip serve` under `rsclip bench` with JPEG files: until it is ready, saturated,
  and at the highest rate whose P95 is within 200 ms; memory and energy;
- whether what is aimed for is reached.

It needs torch, transformers, and an onnxruntime-gpu for torch's CUDA (1.24 is
for CUDA 12, 1.27 and newer are for 13), from PyPI or an unpacked wheel on
PYTHONPATH, and neither Go nor a network: `make build` links the program to no
library but libc. What is done is written after every step.

`--device cpu --checkpoints tiny` runs every step on a CPU, to try the script.
`--device stand-ins` does, too, but the server runs by CUDA, on libraries that stand
in for CUDA's: it computes nothing, and no figure means anything.
"""

import argparse
import ctypes
import datetime
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request

import numpy as np
import onnxruntime
import torch
import transformers
from PIL import Image
from transformers import SiglipConfig, SiglipModel

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))

import checkpoints  # noqa: E402

TESTDATA = checkpoints.TESTDATA
SHAPES = {name: checkpoints.CHECKPOINTS[name][:2] for name in ("base-224", "large-256")} | {
    "tiny": (dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2), 224)
}
POSITIONS, PATCH, PORT = 64, 16, 18130
SIDE = 600  # of the pictures sent, in pixels
OBJECTIVE = 200  # ms, within which 95 of 100 requests must be answered
# What is aimed for, on an H100 and 16 cores.
FASTER_THAN_COMPILED, OF_THE_PRODUCT, OF_THE_SESSION = 1.2, 0.5, 0.9
# An fp16 embedding that is right is this near to float32's, or nearer.
COSINE = 0.999


class Energy:
    """What a GPU has used, by the driver's NVML."""

    def __init__(self, library, uuid=None):
        self.nvml, self.gpu = ctypes.CDLL(library), ctypes.c_void_p()
        if self.nvml.nvmlInit_v2():
            raise OSError("NVML does not start")
        by_uuid = uuid and not self.nvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}".encode(), ctypes.byref(self.gpu))
        if not by_uuid and self.nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(self.gpu)):
            raise OSError("NVML has no GPU")
        self.joules()

    def joules(self):
        used = ctypes.c_ulonglong()
        if self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.gpu, ctypes.byref(used)):
            raise OSError("the GPU does not tell its energy")
        return used.value / 1000


class Bench:
    """What is the same in every step."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.gpu = arguments.device == "cuda"
        self.stand_ins = arguments.device == "stand-ins"
        self.device = "cuda" if self.gpu else "cpu"  # but for the server's
        self.half = torch.float16 if self.gpu else torch.float32
        self.precision = "fp32" if arguments.device == "cpu" else "fp16"
        self.work, self.out = pathlib.Path(arguments.work).resolve(), pathlib.Path(arguments.out).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.out.mkdir(parents=True, exist_ok=True)
        self.result = {
            "date": str(datetime.date.today()), "device": torch.cuda.get_device_name() if self.gpu else arguments.device, "precision": self.precision,
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "onnxruntime": onnxruntime.__version__},
            "matmul_tflops": None, "towers": [], "servers": [], "goals": [], "left_out": [],
        }  # fmt: skip
        self.energy = None
        if self.gpu or self.stand_ins:
            try:
                if self.stand_ins:
                    self.energy = Energy(os.path.join(arguments.stand_ins, "libnvidia-ml.so.1"))
                else:
                    self.energy = Energy("libnvidia-ml.so.1", getattr(torch.cuda.get_device_properties(0), "uuid", None))
            except OSError as err:
                self.leave_out("energy", err)

    def synchronize(self):
        if self.gpu:
            torch.cuda.synchronize()

    def median(self, run):
        """The median seconds of a run that is on its own, and its joules, None if they are not told."""
        for _ in range(3):
            run()
        self.synchronize()
        before = self.energy and self.energy.joules()
        times, end = [], time.monotonic() + self.arguments.seconds
        while time.monotonic() < end or len(times) < 5:
            self.synchronize()
            began = time.perf_counter()
            run()
            self.synchronize()
            times.append(time.perf_counter() - began)
        return statistics.median(times), self.energy and (self.energy.joules() - before) / len(times)

    def used(self):
        """The card's memory in use, by every process, in MB."""
        if not self.gpu:
            return 0
        free, total = torch.cuda.mem_get_info()
        return (total - free) / 1e6

    def leave_out(self, what, why):
        line = f"{what}: {' '.join(str(why).split())[:300]}"
        print("left out:", line, file=sys.stderr, flush=True)
        self.result["left_out"].append(line)

    def write(self):
        (self.out / "gpu.json").write_text(json.dumps(self.result, indent=1) + "\n")
        (self.out / "gpu.md").write_text(markdown(self.result))


def matmul(bench):
    """The rate of a large product, which no model exceeds."""
    n = 8192 if bench.gpu else 512
    a, b = (torch.randn(n, n, device=bench.device, dtype=bench.half) for _ in range(2))
    bench.result["matmul_tflops"] = 2 * n**3 / bench.median(lambda: a @ b)[0] / 1e12


def operations(shape, size, tower):
    """Floating-point operations of one item: two for each multiplication of a product."""
    width, inner, layers = shape["hidden_size"], shape["intermediate_size"], shape["num_hidden_layers"]
    n = POSITIONS if tower == "text" else (size // PATCH) ** 2
    layer = 4 * n * width**2 + 2 * n**2 * width + 2 * n * width * inner
    if tower == "text":
        return 2 * (layers * layer + width**2)
    # The patches, and the pooling by one query: keys and values of all, then one token.
    head = 2 * n * width**2 + 2 * n * width + 2 * width**2 + 2 * width * inner
    return 2 * (layers * layer + n * width * 3 * PATCH**2 + head)


def checkpoint(bench, name, seed):
    """Writes a random checkpoint, without what only some versions of transformers write alike."""
    folder = bench.work / name
    shape, size = SHAPES[name]
    config = SiglipConfig(text_config=dict(shape, vocab_size=32000), vision_config=dict(shape, image_size=size, patch_size=PATCH))
    model = SiglipModel(config).eval()
    checkpoints.draw(model, torch.Generator().manual_seed(seed), checkpoints.SHARPNESS)
    model.logit_scale.data.fill_(4.76)
    model.logit_bias.data.fill_(-12.9)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, safe_serialization=True)
    shutil.copy(TESTDATA / "tiny-base" / "spiece.model", folder)
    preprocess = json.loads((TESTDATA / "tiny-base" / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocess | {"size": {"height": size, "width": size}}))
    return folder, model


def export(bench, folder, portable=False):
    out = bench.work / f"{folder.name}-{bench.precision}{'-portable' if portable else ''}"
    command = [bench.arguments.rsclip, "export", "-force", "-checkpoint", folder, "-out", out, "-name", folder.name, "-precision", bench.precision]
    subprocess.run([*command, *(["-portable"] if portable else [])], check=True, stderr=subprocess.DEVNULL)
    return out


def session(bench, folder, tower, provider, options):
    """A session of a tower and the description of its graph."""
    o = onnxruntime.SessionOptions()
    o.log_severity_level = 3
    io = json.loads((folder / "rsclip.json").read_text())[tower]
    s = onnxruntime.InferenceSession(str(folder / io["file"]), o, [(provider, options), *([("CUDAExecutionProvider", {})] if provider.startswith("Tensorrt") else [])])
    if s.get_providers()[0] != provider:
        raise RuntimeError(f"ONNX Runtime runs {s.get_providers()[0]} instead: a library that {provider} needs is not found")
    return s, io


def bound(bench, s, io, inputs):
    """A run of a session on a tensor of the device, and where its output is."""
    if s.get_inputs()[0].type == "tensor(float)":  # A portable graph's.
        inputs = normalised(inputs)
    binding, kind = s.io_binding(), {torch.int64: np.int64, torch.uint8: np.uint8, torch.float32: np.float32}[inputs.dtype]
    width = s.get_outputs()[0].shape[1]
    out = torch.zeros(len(inputs), width, device=bench.device)
    binding.bind_input(io["input"], bench.device, 0, kind, tuple(inputs.shape), inputs.data_ptr())
    binding.bind_output(io["output"], bench.device, 0, np.float32, tuple(out.shape), out.data_ptr())
    return lambda kept=inputs: s.run_with_iobinding(binding), out  # The binding has its address only.


def normalised(pixels):
    """Pictures as torch's tower takes them, of their bytes."""
    return pixels.float() / 127.5 - 1


def onnx_ways(bench, folder, portable):
    """Names of ways to run a tower by ONNX Runtime, with folder, provider and options."""
    if not bench.gpu:
        return {"ONNX Runtime": (folder, "CPUExecutionProvider", {})}
    fast = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}
    ways = {
        "ONNX Runtime": (folder, "CUDAExecutionProvider", fast),
        "ONNX Runtime, CUDA graph": (folder, "CUDAExecutionProvider", fast | {"enable_cuda_graph": "1"}),
    }
    if "TensorrtExecutionProvider" in onnxruntime.get_available_providers():
        cache = {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(bench.work), "trt_fp16_enable": "1"}
        ways["TensorRT"] = (portable, "TensorrtExecutionProvider", cache)
    return ways


def towers(bench, name, model, folder, portable):
    """Every way, tower and batch."""
    arguments, (shape, size) = bench.arguments, SHAPES[name]
    exact = model.to(bench.device)
    half = SiglipModel.from_pretrained(bench.work / name, dtype=bench.half, attn_implementation="sdpa").to(bench.device).eval()
    for tower in ("vision", "text"):
        generator = torch.Generator().manual_seed(7)
        draw = {
            "vision": lambda n: torch.randint(0, 256, (n, 3, size, size), generator=generator, dtype=torch.uint8),
            "text": lambda n: torch.randint(0, 32000, (n, POSITIONS), generator=generator),
        }[tower]
        ask = lambda m: {"vision": m.get_image_features, "text": m.get_text_features}[tower]
        features = lambda out: out if torch.is_tensor(out) else out.pooler_output  # transformers 5 returns more
        compiled = torch.compile(lambda x: features(ask(half)(x)), mode="reduce-overhead" if bench.gpu else "default", dynamic=False)
        sessions = {}
        for way, (where, provider, options) in onnx_ways(bench, folder, portable).items():
            try:
                sessions[way] = session(bench, where, tower, provider, options)
            except Exception as err:  # A provider fails in as many ways as it has libraries.
                bench.leave_out(f"{name} {tower} by {way}", err)
        for batch in arguments.batches:
            x = draw(batch).to(bench.device)
            whole = x if tower == "text" else normalised(x)
            typed = x if tower == "text" else whole.to(bench.half)
            with torch.inference_mode():
                want = features(ask(exact)(whole)).double()

            def note(way, run, output):
                before = bench.used()
                try:
                    with torch.inference_mode():
                        run()
                        seconds, joules = bench.median(run)
                        cosine = torch.nn.functional.cosine_similarity(output().double(), want).min().item()
                except Exception as err:
                    bench.leave_out(f"{name} {tower} by {way} at {batch}", err)
                    return
                if not cosine > COSINE:
                    bench.leave_out(f"{name} {tower} by {way} at {batch}", f"its embeddings have a cosine of {cosine:.6f} to float32's: they are wrong")
                    return
                rate = batch / seconds
                bench.result["towers"].append({
                    "model": name, "tower": tower, "way": way, "batch": batch, "ms": 1000 * seconds, "per_second": rate, "cosine": cosine,
                    "tflops": rate * operations(shape, size, tower) / 1e12, "added_memory_mb": max(0, bench.used() - before),
                    "joules_per_item": joules and joules / batch,
                })  # fmt: skip
                print(f"{name} {tower} {way} {batch}: {1000 * seconds:.2f} ms, {rate:.0f} a second", file=sys.stderr, flush=True)

            for way, (s, io) in sessions.items():
                if "graph" in way:  # A session replays the graph of one shape.
                    s, io = session(bench, folder, tower, "CUDAExecutionProvider", {"enable_cuda_graph": "1", "use_tf32": "0"})
                run, out = bound(bench, s, io, x)
                note(way, run, lambda out=out: out)
            last = {}
            note("torch, SDPA", lambda: last.update(out=features(ask(half)(typed))), lambda: last["out"])
            if batch in arguments.compile_batches:
                note("torch.compile", lambda: last.update(out=compiled(typed)), lambda: last["out"])
            bench.write()
        torch._dynamo.reset()


def serve(bench, name, folder):
    """The server, end to end, with JPEG files."""
    arguments, work = bench.arguments, bench.work
    pictures = work / "pictures"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    draw = np.random.default_rng(3)
    for i in range(50):
        # Clouds with grain, so that the files are as large as photographs'.
        clouds = Image.fromarray(draw.integers(0, 256, (30, 30, 3), dtype=np.uint8)).resize((SIDE, SIDE), Image.BICUBIC)
        grain = draw.normal(0, 6, (SIDE, SIDE, 3))
        Image.fromarray((np.asarray(clouds) + grain).clip(0, 255).astype(np.uint8)).save(pictures / f"{i}.jpg", quality=85)
    (work / "app.yaml").write_text(f"server: {{port: {PORT}, drain_seconds: -1, workers: {os.cpu_count()}}}\nlogging: {{level: WARNING}}\ncache: {{url_mib: -1}}\n")
    (work / "model.json").write_text(json.dumps({"device": "cpu" if arguments.device == "cpu" else "cuda", "batch_size": max(arguments.batches)}))
    capi = pathlib.Path(onnxruntime.__file__).parent / "capi"
    library = sorted(capi.glob("libonnxruntime.so.1*"))
    environment = dict(os.environ)
    if arguments.device != "cpu" or "ONNXRUNTIME_LIB" not in environment:
        if not library:
            sys.exit(f"gpu: {capi} has no libonnxruntime.so: install onnxruntime-gpu")
        environment["ONNXRUNTIME_LIB"] = str(library[0])
    nvidia = [str(p) for root in sys.path for p in pathlib.Path(root).glob("nvidia/*/lib")] + [str(p) for root in sys.path for p in pathlib.Path(root).glob("tensorrt_libs")]
    if bench.stand_ins:
        nvidia = [arguments.stand_ins]
    environment["LD_LIBRARY_PATH"] = ":".join([str(capi), *nvidia, environment.get("LD_LIBRARY_PATH", "")])
    url, before = f"http://127.0.0.1:{PORT}", bench.used()
    with open(bench.out / f"server-{name}.log", "w") as log:
        began = time.monotonic()
        child = subprocess.Popen(
            [arguments.rsclip, "serve", "-address", "127.0.0.1", "-model", folder, "-app-config", work / "app.yaml", "-model-config", work / "model.json"],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            while True:
                try:
                    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url + "/ready", timeout=10).close()
                    break
                except OSError:  # Not there, not ready, or gone in the middle of an answer.
                    if child.poll() is not None or time.monotonic() - began > 300:
                        raise RuntimeError(f"the server is not ready: {pathlib.Path(log.name).read_text()[-300:]}") from None
                    time.sleep(0.02)
            ready, report = time.monotonic() - began, work / "report.json"

            def load(*flags):
                command = [arguments.rsclip, "bench", "-url", url, "-protocol", "openai", "-model", name, "-images", pictures, "-json", report, "-warm-up", "2s", "-duration", f"{arguments.load_seconds}s"]
                subprocess.run([*command, *flags], check=True, stdout=subprocess.DEVNULL)
                return json.loads(report.read_text())

            used = joules(url)
            full = load("-clients", "256")
            used = None if used is None else (joules(url) - used) / max(1, full["requests"])
            kept = None
            for part in (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3):
                r = load("-rate", str(part * full["per_second"]))
                if r["latency_ms"]["p95"] <= OBJECTIVE and r["requests"] == r["outcomes"].get("ok", 0) and not r["behind"]:
                    kept = r
                    break
            bench.result["servers"].append({
                "model": name, "start_s": ready, "saturated": full["per_second"], "failed": full["requests"] - full["outcomes"].get("ok", 0),
                "joules_per_picture": used, "cores": os.cpu_count(),
                "kept_rate": kept and kept["per_second"], "kept_ms": kept and kept["latency_ms"], "memory_mb": max(0, bench.used() - before),
                "resident_mb": int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{child.pid}/status").read_text())[1]) / 1e3,
            })  # fmt: skip
        finally:
            child.terminate()
            child.wait()


def joules(url):
    """What the GPUs have used, by the server's metrics; None if they do not tell."""
    answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url + "/metrics", timeout=10).read().decode()
    told = re.findall(r"^rsclip_gpu_energy_joules_total\{.*\} (\S+)$", answer, re.M)
    return sum(map(float, told)) if told else None


def goals(result):
    """What is aimed for, what was seen, and whether that is enough; of what was not measured, nothing."""
    lines, peak = [], result["matmul_tflops"]
    for name in dict.fromkeys(t["model"] for t in result["towers"]):
        at = {(t["tower"], t["batch"], t["way"]): t for t in result["towers"] if t["model"] == name}
        for (tower, batch, way), t in at.items():
            if way != "ONNX Runtime":
                continue
            if compiled := at.get((tower, batch, "torch.compile")):
                lines.append((f"{name} {tower}, batches of {batch}: times as fast as torch.compile", t["per_second"] / compiled["per_second"], FASTER_THAN_COMPILED))
            if batch == 32 and peak:
                lines.append((f"{name} {tower}, batches of {batch}: part of the product's rate", t["tflops"] / peak, OF_THE_PRODUCT))
        bare = [t["per_second"] for (tower, _, way), t in at.items() if (tower, way) == ("vision", "ONNX Runtime")]
        if server := next((s for s in result["servers"] if s["model"] == name), None):
            lines.append((f"{name}, the server with JPEG files, {server['cores']} cores: part of the session's rate alone", server["saturated"] / max(bare), OF_THE_SESSION))
    return [{"what": what, "seen": seen, "aim": aim, "met": seen >= aim} for what, seen, aim in lines]


def pod(result, name):
    """What `go run ./benchmarks/simulation plan` reads: the vision tower's runs by size, which the server rounds up to a power of two."""
    at = {t["batch"]: t["ms"] / 1000 for t in result["towers"] if (t["model"], t["tower"], t["way"]) == (name, "vision", "ONNX Runtime")}
    server = next((s for s in result["servers"] if s["model"] == name), None)
    if not at or not server:
        return None
    sizes = [min(b for b in at if b >= n) for n in range(1, max(at) + 1)]
    return {
        "name": f"{name}, {result['precision']}, the vision tower, {result['device']}", "batch_seconds": [at[b] for b in sizes],
        "delay_seconds": 0.002, "added_seconds": 0.006, "start_seconds": server["start_s"],
    }  # fmt: skip


def number(value):
    return "" if value is None else f"{value:.3g}"


def markdown(result):
    peak = result["matmul_tflops"]
    lines = [
        f"## GPU, {result['device']}", "",
        f"`make bench-gpu` on {result['date']}, {result['precision']}: {', '.join(' '.join(v) for v in result['versions'].items())}. "
        f"A large matrix product ran at {peak:.4g} TFLOP/s." if peak else "", "",
        "| model | tower | batch | by | ms | items a second | TFLOP/s | of the product's | J an item | added memory, MB | cosine to float32 |", "|---|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for t in sorted(result["towers"], key=lambda t: (t["model"], t["tower"] == "text", t["batch"], t["way"])):
        part = f"{100 * t['tflops'] / peak:.0f} %" if peak else ""
        lines.append(f"| {t['model']} | {t['tower']} | {t['batch']} | {t['way']} | {t['ms']:.2f} | {t['per_second']:.0f} | {t['tflops']:.3g} | {part} | {number(t['joules_per_item'])} | {t['added_memory_mb']:.0f} | {t['cosine']:.6f} |")
    if result["servers"]:
        lines += ["", f"The server with JPEG files of {SIDE} x {SIDE} pixels, and `rsclip bench` beside it on the same processor: saturated by 256 clients, and the highest rate tried whose P95 is within {OBJECTIVE} ms.", "",
                  "| model | ready after, s | saturated, a second | failed | rate within the objective | P50, ms | P95, ms | J a picture | card's memory, MB | resident, MB |", "|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
        for s in result["servers"]:
            kept = (f"{s['kept_rate']:.0f}", f"{s['kept_ms']['p50']:.0f}", f"{s['kept_ms']['p95']:.0f}") if s["kept_rate"] else ("none", "", "")
            lines.append(f"| {s['model']} | {s['start_s']:.1f} | {s['saturated']:.0f} | {s['failed']} | {' | '.join(kept)} | {number(s['joules_per_picture'])} | {s['memory_mb']:.0f} | {s['resident_mb']:.0f} |")
    if result["goals"]:
        lines += ["", "What is aimed for is of an H100 and 16 cores:", "", "| what | seen | aim | met |", "|---|---|---|---|"]
        lines += [f"| {g['what']} | {g['seen']:.2f} | {g['aim']} | {'yes' if g['met'] else 'no'} |" for g in result["goals"]]
    if result["left_out"]:
        lines += ["", "Left out:", "", *(f"- {line}" for line in result["left_out"])]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rsclip", required=True, help="the program")
    parser.add_argument("--work", required=True, help="a folder for checkpoints and models, 8 GB")
    parser.add_argument("--out", required=True, help="a folder for gpu.json, gpu.md, pod-*.json and the server's logs")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu", "stand-ins"])
    parser.add_argument("--stand-ins", help="the folder of the libraries that stand in for CUDA's, for that device")
    parser.add_argument("--checkpoints", nargs="+", default=["base-224", "large-256"], choices=SHAPES)
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 2, 4, 8, 16, 32, 64])
    parser.add_argument("--compile-batches", nargs="*", type=int, default=[1, 8, 32, 64], help="those for torch.compile, which takes half a minute for each")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each batch")
    parser.add_argument("--load-seconds", type=int, default=10, help="of each load on the server")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        sys.exit("gpu: torch finds no CUDA device here: run this on a machine with an NVIDIA GPU, its driver and a CUDA build of torch; --device cpu --checkpoints tiny only tries the script")
    if arguments.device == "stand-ins":
        os.environ["STANDIN_WIDTH"] = str(SHAPES["tiny"][0]["hidden_size"])
    if arguments.device != "cpu" and "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        sys.exit(f"gpu: the onnxruntime {onnxruntime.__version__} that Python finds has no CUDA: install onnxruntime-gpu, or put its unpacked wheel first on PYTHONPATH")
    if arguments.device == "cuda":
        onnxruntime.preload_dlls()  # CUDA's libraries of torch's or nvidia's packages
    bench = Bench(arguments)
    matmul(bench)
    bench.write()
    for seed, name in enumerate(arguments.checkpoints, start=1):
        folder, model = checkpoint(bench, name, seed)
        exported, portable = export(bench, folder), export(bench, folder, portable=True)
        towers(bench, name, model, exported, portable)
        del model
        if bench.gpu:
            torch.cuda.empty_cache()
        try:
            serve(bench, name, exported)
        except (RuntimeError, subprocess.CalledProcessError) as err:
            bench.leave_out(f"the server of {name}", err)
        if p := pod(bench.result, name):
            (bench.out / f"pod-{name}.json").write_text(json.dumps(p, indent=1) + "\n")
        bench.result["goals"] = goals(bench.result)
        bench.write()
    print((bench.out / "gpu.md").read_text())
    if bench.stand_ins and not all(s["joules_per_picture"] for s in bench.result["servers"]):
        bench.leave_out("energy of the server", "its metrics have none")
    if bench.stand_ins and bench.result["left_out"]:
        sys.exit("gpu: a step that should run anywhere was left out")


if __name__ == "__main__":
    main()
