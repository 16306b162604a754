"""Puts the same load on this server and its peers, in turn, and prints a section of Markdown.

    python benchmarks/peers/compare.py --rsclip ./rsclip --data PICTURES --work FOLDER [--json FILE]

Every server has the same random checkpoint in float32, by default of the shape
of siglip-base-patch16-224, the same number of threads, and the machine to
itself, with `rsclip bench`. A round starts each once. For each payload a
closed loop saturates one after another, then Poisson arrivals come at half of
what it reached, and then at half of what the slowest reached; the others are
stopped meanwhile. Each load is taken in turns, which another server begins each
time, so that a machine whose speed drifts is as fast for all. Throughputs are
medians over the turns of all rounds, and percentiles those of the requests of
all turns together. Caches are off. Triton has the graphs that optimum
exports and ONNX Runtime, and is asked by its own protocol. What is
installed is our program with ONNX Runtime, or the Python packages that a peer
needs, without the model, Python itself and what only a GPU needs.

With --requests, open loops last until so many have been sent, which is what a
P99 wants. 1,000 at half load of two cores, of the base shape, take ours, FastAPI,
infinity and Triton 110, 230, 170 and 130 s with texts, and 390, 530, 460 and
400 s with pictures; 1,000 at the same rate take each 230 and 530 s. Of the tiny
checkpoint all cells of four servers together take ten minutes.
"""

import argparse
import base64
import datetime
import importlib.metadata
import json
import os
import math
import pathlib
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

import packaging.requirements
import psutil

HERE = pathlib.Path(__file__).resolve().parent
ORACLE = HERE.parent.parent / "oracle"
sys.path.insert(0, str(ORACLE))

import checkpoints  # noqa: E402
import parity  # noqa: E402

NAME = "base-224"  # of the checkpoint; main sets it
CHECKPOINTS = {
    "base-224": "Base shape (224 x 224)",
    "tiny-base": "A tiny checkpoint (224 x 224, towers of 12 layers, 32 and 40 numbers wide), whose runs take hardly any time: this shows what servers add to a model, "
    "with the preparation of pictures, and how they wait; not how a model of use behaves, whose runs make up nearly all of each latency",
}
CLIENTS = 16  # of the closed loop
FASTAPI = "FastAPI and transformers"
TRITON = "Triton"  # Which is asked by the Open Inference Protocol.
PORTS = {"rsclip": 18110, FASTAPI: 18111, "infinity": 18112, TRITON: 18113}
TIMED = ("texts of 64 tokens", "pictures")  # What open loops send; captions are not the same work for all.
WORDS = "harbour runway meadow river dense forest lake mountain ridge highway storage tanks "


def payloads(work, data):
    """Writes what is sent; returns the arguments of `rsclip bench` and some requests to compare answers by."""
    captions, long = parity.texts(), [f"{t}, with {WORDS * 8}" for t in parity.texts()]
    for name, texts in (("captions", captions), ("long", long)):
        (work / name).write_text("".join(t + "\n" for t in texts))
    pictures = work / "pictures"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    urls = []
    for i, f in enumerate(parity.photographs(data)):
        shutil.copy(f, pictures / f"{i:02}.jpg")
        urls.append("data:image/jpeg;base64," + base64.b64encode(f.read_bytes()).decode())
    return {
        "captions": (["-texts", work / "captions"], {"input": captions[:8]}),
        "texts of 64 tokens": (["-texts", work / "long"], {"input": long[:8]}),
        "pictures": (["-images", pictures], {"input": urls[:8], "modality": "image"}),
    }


def infinity_checkpoint(folder, work):
    """A copy for infinity, which would cut texts at 20 tokens where config.json names no length."""
    out = work / "infinity"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    for f in folder.iterdir():
        if f.name != "config.json":
            (out / f.name).symlink_to(f.resolve())
    config = json.loads((folder / "config.json").read_text())
    (out / "config.json").write_text(json.dumps(config | {"max_length": 64}))
    return out


def servers(arguments, folder, work):
    """The commands that start each server."""
    model = checkpoints.export(arguments.rsclip, work, NAME, "fp32")
    graphs = work / ("optimum" if NAME == "base-224" else f"optimum-{NAME}")
    if TRITON in arguments.servers and not (graphs / "vision_model.onnx").exists():
        subprocess.run([arguments.oracle, "-W", "ignore", ORACLE / "optimum_towers.py", folder, graphs, "--float32"], check=True, stdout=subprocess.DEVNULL)
    (work / "model-config.json").write_text(json.dumps({"device": "cpu", "cpu": {"threads": arguments.threads}}))
    (work / "app-config.yaml").write_text(
        f"server: {{port: {PORTS['rsclip']}, drain_seconds: -1}}\nlogging: {{level: ERROR}}\ncache: {{text_mib: -1, url_mib: -1}}\n"
    )
    scripts = pathlib.Path(sys.executable).parent
    return {
        "rsclip": [arguments.rsclip, "serve", "-address", "127.0.0.1", "-model", model, "-model-config", work / "model-config.json", "-app-config", work / "app-config.yaml"],
        FASTAPI: [sys.executable, "-W", "ignore", HERE / "fastapi_transformers.py", folder, PORTS[FASTAPI]],
        "infinity": [
            scripts / "infinity_emb", "v2", "--model-id", infinity_checkpoint(folder, work), "--served-model-name", NAME, "--engine", "torch", "--device", "cpu",
            "--dtype", "float32", "--host", "127.0.0.1", "--port", PORTS["infinity"], "--url-prefix", "/v1", "--no-vector-disk-cache", "--log-level", "error",
        ],
        TRITON: [sys.executable, HERE / "triton_onnxruntime.py", folder, graphs, work / "triton", PORTS[TRITON]],
    }  # fmt: skip


def url(name):
    return f"http://127.0.0.1:{PORTS[name]}"


def post(name, path, body):
    """Posts an object to a server; returns that of the answer."""
    request = urllib.request.Request(url(name) + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120) as answer:
        return json.load(answer)


def ask(name, request):
    """Asks a server by a request to /v1/embeddings, or for Triton what is the same; returns the vectors."""
    if name != TRITON:
        return [item["embedding"] for item in post(name, "/v1/embeddings", {"model": NAME} | request)["data"]]
    tensor, items, vectors = "text", request["input"], []
    if "modality" in request:
        tensor, items = "image", [i.partition(",")[2] for i in items]
    while items:
        batch, items = items[:4], items[4:]  # The largest that it takes.
        data = post(name, f"/v2/models/{NAME}/infer", {"inputs": [{"name": tensor, "datatype": "BYTES", "shape": [len(batch), 1], "data": batch}]})["outputs"][0]["data"]
        size = len(data) // len(batch)
        vectors += [data[i * size : (i + 1) * size] for i in range(len(batch))]
    return vectors


def start(name, command, threads, log):
    """Starts a server; returns it and the seconds until its first answer."""
    environment = os.environ | {
        "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "GOMAXPROCS": str(threads), "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0",
    }  # fmt: skip
    began = time.monotonic()
    child = subprocess.Popen(list(map(str, command)), env=environment, stdout=log, stderr=log, start_new_session=True)
    while time.monotonic() - began < 300:
        try:
            ask(name, {"input": ["river"]})
            return child, time.monotonic() - began
        except OSError as err:
            # Ours is not ready while the model loads; any other status is an answer.
            if child.poll() is not None or isinstance(err, urllib.error.HTTPError) and err.code != 503:
                break
            time.sleep(0.05)
    os.killpg(child.pid, signal.SIGKILL)
    sys.exit(f"compare: {name} does not answer; see {log.name}")


def resident(child):
    """The resident memory of a server and its children, in MB."""
    process = psutil.Process(child.pid)
    return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 1e6


def bench(arguments, name, work, payload, *load):
    """One load; returns its report."""
    report = work / "report.json"
    protocol = "v2" if name == TRITON else "openai"
    command = [arguments.rsclip, "bench", "-url", url(name), "-protocol", protocol, "-model", NAME, "-json", report, "-warm-up", "2s", "-timeout", "60s", "-repeat"]
    subprocess.run(list(map(str, [*command, *payload, *load])), check=True, stdout=subprocess.DEVNULL)
    result = json.loads(report.read_text())
    del result["curve"]
    return result


# What each peer asks pip for, of peers.txt.
PACKAGES = {
    FASTAPI: ["fastapi", "uvicorn", "orjson", "pillow", "torch", "transformers", "sentencepiece", "protobuf"],
    "infinity": ["infinity-emb[server,torch,vision]"],
    TRITON: ["nvidia-pytriton", "onnxruntime", "pillow", "transformers", "sentencepiece", "protobuf"],
}


def packages(names):
    """The distributions that the named ones need, themselves included."""
    found, left = {}, [packaging.requirements.Requirement(n) for n in names]
    while left:
        wanted = left.pop()
        extras = {"", *wanted.extras}
        if extras <= found.get(wanted.name.lower(), set()):
            continue
        found[wanted.name.lower()] = extras | found.get(wanted.name.lower(), set())
        try:
            needs = map(packaging.requirements.Requirement, importlib.metadata.requires(wanted.name) or [])
        except importlib.metadata.PackageNotFoundError:
            continue  # For another platform.
        left += [n for n in needs if not n.marker or any(n.marker.evaluate({"extra": e}) for e in extras)]
    return sorted(found)


def installed(arguments, name):
    """The MB on disk that a server needs beside the model, Python and what only a GPU needs."""
    if name == "rsclip":
        return sum(os.stat(f).st_size for f in (arguments.rsclip, os.environ["ONNXRUNTIME_LIB"])) / 1e6
    size = 0
    for package in packages(PACKAGES[name]):
        if package.endswith("-cu12") or package == "triton":
            continue
        try:
            files = importlib.metadata.files(package) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        size += sum(f.locate().stat().st_size for f in files if f.locate().exists() and "cuda" not in f.name)
    return size / 1e6


def cosine(got, want):
    """The least cosine of vectors that belong together."""
    dot = lambda a, b: sum(x * y for x, y in zip(a, b))
    return min(dot(g, w) / (dot(g, g) * dot(w, w)) ** 0.5 for g, w in zip(got, want))


def turned(order, by):
    """The order begun later by so many, so that each is first in its turn."""
    by %= len(order)
    return order[by:] + order[:by]


def most(result, payload):
    """What a server of a round reached, saturated, a second."""
    return statistics.median(turn["per_second"] for turn in result["payloads"][payload]["full"])


def measure(arguments, commands, loads, number, work):
    """One round: what came of each server."""
    children, out = {}, []
    try:
        for name in turned(list(commands), number - 1):
            with open(work / f"{name}.log".replace(" ", "-"), "w") as log:
                children[name], seconds = start(name, commands[name], arguments.threads, log)
            out.append({"server": name, "round": number, "start_s": seconds, "payloads": {payload: {} for payload in loads}})
            os.killpg(children[name].pid, signal.SIGSTOP)
        for payload, (flags, request) in loads.items():
            for load in ("full", *arguments.loads) if payload in TIMED else ("full",):
                reached = {} if load == "full" else {r["server"]: most(r, payload) for r in out}
                for turn in range(arguments.turns):
                    for r in turned(out, turn):
                        name, got = r["server"], r["payloads"][payload]
                        os.killpg(children[name].pid, signal.SIGCONT)
                        if "vectors" not in got:
                            got["vectors"] = ask(name, request)
                        plan, seconds = ["-clients", CLIENTS], arguments.seconds
                        if reached:
                            rate = (reached[name] if load == "half" else min(reached.values())) / 2
                            plan = ["-rate", rate, "-seed", 1000 * number + turn]
                            if arguments.requests:
                                wanted = math.ceil(arguments.requests / arguments.turns / arguments.rounds)
                                plan, seconds = [*plan, "-requests", wanted], math.ceil(2 * wanted / rate) + 60  # It ends before.
                        if arguments.plot and name == "rsclip" and payload == "pictures" and load == "half":
                            plan += ["-plot", arguments.plot]
                        got.setdefault(load, []).append(bench(arguments, name, work, flags, *plan, "-duration", f"{seconds}s"))
                        print(f"{number}.{turn} {payload}, {load}, {name}: {got[load][-1]['per_second']:.1f} a second", file=sys.stderr, flush=True)
                        r["resident_mb"] = resident(children[name])
                        os.killpg(children[name].pid, signal.SIGSTOP)
        return out
    finally:
        for child in children.values():
            os.killpg(child.pid, signal.SIGCONT)
            child.terminate()
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def percentile(turns, of_hundred):
    """The latency, in ms, that so many of a hundred requests of all turns together do not exceed."""
    bars = sorted((bar["ms"], bar["count"]) for turn in turns for bar in turn["histogram"])
    left = of_hundred * sum(count for _, count in bars)
    for ms, count in bars:
        left -= 100 * count
        if left <= 0:
            return ms
    return float("nan")


def table(rounds, loads, sizes, open_loops):
    """The tables, as Markdown; sizes are those installed, by server."""
    lines = ["| server | start to first answer, s | resident after all loads, MB | installed, MB |", "|---|---|---|---|"]
    for name, size in sizes.items():
        mine = [r for r in rounds if r["server"] == name]
        lines.append(f"| {name} | {statistics.median(r['start_s'] for r in mine):.1f} | {statistics.median(r['resident_mb'] for r in mine):.0f} | {size:.0f} |")
    lines += ["", "| payload | server | saturated, a second | failed | cosine to transformers |", "|---|---|---|---|---|"]
    latencies = ["", "| payload | server | requests a second | P50, ms | P95, ms | P99, ms | of so many requests |", "|---|---|---|---|---|---|---|"]
    for payload in loads:
        for name in sizes:
            mine = [r["payloads"][payload] for r in rounds if r["server"] == name]
            failed = sum(turn["requests"] - turn["outcomes"].get("ok", 0) for r in mine for load in ("full", "half", "even") for turn in r.get(load, []))
            saturated = statistics.median(turn["per_second"] for r in mine for turn in r["full"])
            lines.append(f"| {payload} | {name} | {saturated:.1f} | {failed} | {min(r['cosine'] for r in mine):.6f} |")
    for payload in filter(loads.get, TIMED):
        for load in open_loops:
            rate = {"half": "{:.1f}, half of its own most", "even": "{:.1f}, the same for all"}[load]
            for name in sizes:
                mine = [turn for r in rounds if r["server"] == name for turn in r["payloads"][payload][load]]
                cells = [rate.format(statistics.median(turn["plan"]["rate"] for turn in mine)), *(f"{ms:.0f}" if (ms := percentile(mine, p)) >= 10 else f"{ms:.1f}" for p in (50, 95, 99))]
                cells.append(str(sum(turn["requests"] for turn in mine)))
                latencies.append(f"| {payload} | {name} | {' | '.join(cells)} |")
    lines += latencies
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rsclip", required=True, help="the program")
    parser.add_argument("--data", required=True, help="a folder with at least 50 JPEG photographs")
    parser.add_argument("--work", required=True, help="a folder for the checkpoint and the models, 3 GB")
    parser.add_argument("--oracle", default=".build/oracle/bin/python", help="a Python that has optimum, for the graphs that Triton serves")
    parser.add_argument("--json", help="a file for every report")
    parser.add_argument("--plot", help="a file for our latency at half load, pictures, in SVG")
    parser.add_argument("--rounds", type=int, default=3, help="how often each server is started")
    parser.add_argument("--turns", type=int, default=2, help="of each load")
    parser.add_argument("--seconds", type=int, default=10, help="of each turn")
    parser.add_argument("--payloads", nargs="+", help="the only ones to send, such as pictures")
    parser.add_argument("--requests", type=int, default=0, help="of each cell of latencies at least, over all turns and rounds, in place of --seconds")
    parser.add_argument("--loads", nargs="+", choices=("half", "even"), default=["half", "even"], help="of the open loops: half of a server's own most, and the same for all")
    parser.add_argument("--checkpoint", choices=CHECKPOINTS, default="base-224")
    parser.add_argument("--title", default="Servers of the same checkpoint")
    parser.add_argument("--servers", nargs="+", choices=PORTS, default=list(PORTS), help="the only ones to ask; cosines are to those of " + FASTAPI)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each server")
    arguments = parser.parse_args()
    work = pathlib.Path(arguments.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    global NAME
    NAME = arguments.checkpoint
    folder = work / NAME
    if (ready := ORACLE.parent / "inference" / "testdata" / NAME).exists():
        shutil.copytree(ready, folder, dirs_exist_ok=True)
    else:
        checkpoints.make(folder, NAME, 1)
    loads = payloads(work, arguments.data)
    if arguments.payloads:
        loads = {payload: loads[payload] for payload in arguments.payloads}
    commands = servers(arguments, folder, work)
    commands = {name: commands[name] for name in arguments.servers}
    rounds = []
    for number in range(1, arguments.rounds + 1):
        rounds += measure(arguments, commands, loads, number, work)
    reference = next((r["payloads"] for r in rounds if r["server"] == FASTAPI), {})
    wanted = {payload: result["vectors"] for payload, result in reference.items()}
    for r in rounds:
        for payload, result in r["payloads"].items():
            vectors = result.pop("vectors")
            result["cosine"] = cosine(vectors, wanted[payload]) if wanted else float("nan")
    versions = {p: importlib.metadata.version(p) for p in ("torch", "transformers", "fastapi", "uvicorn", "infinity-emb", "nvidia-pytriton", "onnxruntime")}
    result = {
        "date": str(datetime.date.today()), "cpu": parity.processor_name(), "cores": os.cpu_count(), "threads": arguments.threads,
        "clients": CLIENTS, "turns": arguments.turns, "seconds": arguments.seconds, "versions": versions, "table": table(rounds, loads, {name: installed(arguments, name) for name in commands}, arguments.loads), "rounds": rounds,
    }  # fmt: skip
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(result, indent=1) + "\n")
    options = ("rounds", "turns", "seconds", "requests", "loads", "checkpoint", "payloads", "servers", "threads", "title")
    given = [a for option in options if (value := getattr(arguments, option)) != parser.get_default(option) for a in (f"--{option}", *(value if isinstance(value, list) else [value]))]
    print(HEAD.format(
        title=arguments.title, options=shlex.join(map(str, given)), shape=CHECKPOINTS[NAME],
        cpu=result["cpu"], cores=result["cores"], threads=arguments.threads, versions=", ".join(" ".join(v) for v in versions.items()),
        table=result["table"] + (f"\n\n![latency of pictures at half load, rsclip](../{arguments.plot})" if arguments.plot else ""), clients=CLIENTS,
    ))  # fmt: skip


HEAD = """## {title}

`.build/peers/bin/python benchmarks/peers/compare.py --rsclip ./rsclip --data PICTURES --work .build/bench {options}`

{cpu}, {cores} cores; {threads} threads each; {versions}.

{shape}; float32, one item a request by POST /v1/embeddings, of Triton by the Open Inference Protocol in JSON; {clients} clients
saturate one server after another, in turns, then Poisson arrivals come at half of what each reached, and at half of what the slowest reached, while the others
are stopped: at half of its own most, a quicker server has more requests to wait for each other. infinity pads texts no further than the longest of a batch, and SigLIP was trained on texts of 64
positions: its captions cost less and are other embeddings, as the cosine shows. Texts of 64 tokens are the same work for all. It warms up with large
batches before it answers. Triton is the binary that nvidia-pytriton carries: its batches, of 4 at most, go to one model of its Python backend, which
prepares them and runs optimum's graphs on ONNX Runtime.

{table}"""


if __name__ == "__main__":
    main()
