"""Measures the server's scores against transformers' and writes docs/parity.md.

    python oracle/parity.py --rsclip ./rsclip --data PICTURES --out docs/parity.md

Each checkpoint is exported in each precision and kind of graph by `rsclip
export`; `rsclip embed` then embeds texts and photographs as the server does,
with its own tokenizer, decoder, resize and runtime. The reference is
transformers in float32 on the same files. Ends with 1 where a bar is missed.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import subprocess
import sys
import tempfile
import time

import numpy as np
import PIL
import scipy.stats
import torch
import transformers
from PIL import Image
from transformers import AutoTokenizer, SiglipImageProcessor, SiglipModel

import checkpoints

BARS = {"fp32": 1e-6, "fp16": 1e-4, "int8": 5e-3}
MIN_RANK = 0.99
COUNT = 50

OBJECTS = ["aircraft", "ships", "cars", "houses", "trees", "storage tanks", "containers", "boats", "fields", "roads", "sand dunes", "cranes"]
PLACES = ["a runway", "a river", "a harbour", "a dense forest", "a football field", "a highway", "a meadow", "a lake", "a mountain ridge", "a car park"]
FORMS = ["a remote sensing image of {0}", "an aerial photo with {1} next to {0}", "{1} near {0}, seen from above", "{0} without any {1}", "Many {1}; {0}."]


def texts():
    choose = random.Random(11)
    out = []
    while len(out) < COUNT:
        text = choose.choice(FORMS).format(choose.choice(PLACES), choose.choice(OBJECTS))
        if text not in out:
            out.append(text)
    return out


def photographs(folder):
    files = sorted(pathlib.Path(folder).rglob("*.jpg"))
    if len(files) < COUNT:
        sys.exit(f"parity: {folder} has {len(files)} pictures (*.jpg): {COUNT} are needed")
    return files[:: len(files) // COUNT][:COUNT]


def reference(folder, sentences, files):
    """Normalised embeddings of transformers, in float32."""
    model = SiglipModel.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    processor = SiglipImageProcessor.from_pretrained(folder)
    t, i = [], []
    with torch.no_grad():
        for start in range(0, COUNT, 10):
            ids = tokenizer(sentences[start : start + 10], padding="max_length", truncation=True, max_length=64, return_tensors="pt")
            t.append(model.get_text_features(**ids))
            pictures = [Image.open(f).convert("RGB") for f in files[start : start + 10]]
            i.append(model.get_image_features(**processor(images=pictures, return_tensors="pt")))
    unit = lambda parts: torch.nn.functional.normalize(torch.cat(parts).double(), dim=-1).numpy()
    return unit(t), unit(i), model.logit_scale.item(), model.logit_bias.item(), sum(p.numel() for p in model.parameters())


def timed(command):
    """Runs a command; returns what it printed, its seconds and its peak memory in MB."""
    before, peak = time.monotonic(), 0
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdout=out, stderr=err)
        while child.poll() is None:
            # getrusage would count the memory of this process, which the child is forked from.
            peak = max(peak, high_water_mark(child.pid))
            time.sleep(0.01)
        out.seek(0), err.seek(0)
        if child.returncode != 0:
            sys.exit(f"parity: {' '.join(map(str, command))}: {err.read().decode()}")
        return out.read(), time.monotonic() - before, peak / 1000


def high_water_mark(pid):
    """The most memory, in kB, that a running process has held."""
    try:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass  # It has just ended.
    return 0


def distances(got, want):
    got = np.asarray(got, dtype=np.float64)
    return 1 - (got * want).sum(1) / np.linalg.norm(got, axis=1)


def spread(m):
    off = m[~np.eye(len(m), dtype=bool)]
    return f"{off.mean():.2f} ± {off.std():.2f}"


def measure(arguments, name, folder, sentences, files, rows, summary):
    work = pathlib.Path(arguments.work)
    (work / "texts").write_text("".join(s + "\n" for s in sentences))
    (work / "images").write_text("".join(f"{f}\n" for f in files))
    want_t, want_i, scale, bias, parameters = reference(folder, sentences, files)
    want = want_i @ want_t.T * np.exp(scale) + bias
    size = sum(f.stat().st_size for f in folder.glob("*.safetensors")) / 1e6
    summary.append(f"| {name} | {parameters / 1e6:.1f} M | {size:.0f} MB | {spread(want_t @ want_t.T)} | {spread(want_i @ want_i.T)} | {want.min():.1f} to {want.max():.1f} |")
    failed = False
    for precision, bar in BARS.items():
        for kind in ("fused", "portable"):
            out = work / "model"
            command = [arguments.rsclip, "export", "-force", "-checkpoint", folder, "-out", out, "-precision", precision]
            _, seconds, peak = timed(command + (["-portable"] if kind == "portable" else []))
            printed, _, _ = timed([arguments.rsclip, "embed", "-model", out, "-texts", work / "texts", "-images", work / "images"])
            vectors = [json.loads(line)["embedding"] for line in printed.splitlines()]
            got_t, got_i = np.array(vectors[:COUNT]), np.array(vectors[COUNT:])
            dt, di = distances(got_t, want_t), distances(got_i, want_i)
            got = got_i @ got_t.T * np.exp(scale) + bias
            sigmoid = lambda x: 1 / (1 + np.exp(-x))
            rank = scipy.stats.spearmanr(got.ravel(), want.ravel()).statistic
            ok = max(dt.max(), di.max()) <= bar and rank >= MIN_RANK
            failed |= not ok
            rows.append(
                f"| {name} | {precision} | {kind} | {dt.max():.1e} | {dt.mean():.1e} | {di.max():.1e} | {di.mean():.1e} "
                f"| {abs(got - want).max():.1e} | {abs(sigmoid(got) - sigmoid(want)).max():.1e} | {rank:.5f} | {seconds:.1f} s | {peak:.0f} MB | {'yes' if ok else '**no**'} |"
            )
            print(rows[-1], flush=True)
    return failed


def processor_name():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rsclip", required=True, help="the program")
    parser.add_argument("--data", required=True, help="a folder with at least 50 JPEG photographs")
    parser.add_argument("--work", required=True, help="a folder for checkpoints and models, 10 GB")
    parser.add_argument("--out", required=True, help="the page to write")
    parser.add_argument("--only", nargs="*", help="names of checkpoints")
    arguments = parser.parse_args()
    files, sentences = photographs(arguments.data), texts()
    work = pathlib.Path(arguments.work)
    work.mkdir(parents=True, exist_ok=True)
    rows, summary, failed = [], [], False
    for name in ["tiny-base", "tiny-large", "tiny-siglip2", *checkpoints.CHECKPOINTS]:
        if arguments.only and name not in arguments.only:
            continue
        folder = checkpoints.TESTDATA / name
        if name in checkpoints.CHECKPOINTS:
            folder = work / name
            checkpoints.make(folder, name, list(checkpoints.CHECKPOINTS).index(name) + 1)
        failed |= measure(arguments, name, folder, sentences, files, rows, summary)
    versions = f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, Pillow {PIL.__version__}, Python {platform.python_version()}"
    runtime = subprocess.run([arguments.rsclip, "embed", "-describe", "-model", work / "model"], capture_output=True, text=True, check=True).stdout
    text = TEMPLATE.format(
        date=datetime.date.today(), cpu=processor_name(), cores=os.cpu_count(), versions=versions, runtime=json.loads(runtime)["onnxruntime"],
        sharpness=checkpoints.SHARPNESS, summary="\n".join(summary), rows="\n".join(rows), count=COUNT, verdict="Every bar is met." if not failed else "**A bar is missed.**",
    )
    pathlib.Path(arguments.out).write_text(text)
    sys.exit(failed)


TEMPLATE = """# Parity with the reference implementation

Written by `make parity` on {date}. {verdict}

The rows compare the server's embeddings and scores with those of the reference, for whoever must trust them or choose a precision.

The reference is transformers in float32 on the files of the checkpoint. Ours is the whole path of the server, through `rsclip export` and `rsclip embed`: its own tokenizer, picture decoder and resize, ONNX graph and runtime. The inputs are {count} captions and {count} photographs (600 x 600 JPEG).

Machine: {cpu}, {cores} cores, CPU provider. Reference: {versions}. Ours: ONNX Runtime {runtime}.

Bars: 1 - cosine at most 1e-6 in fp32, 1e-4 in fp16 and 5e-3 in int8, and a rank correlation (Spearman, over the {count} x {count} logits) of at least 0.99.

## Checkpoints

The trained weights cannot be had on the machine that this ran on. These are random weights of the same shapes, drawn so that every layer matters (`oracle/checkpoints.py`). The two spreads are those of the cosines between different texts and between different pictures. Embeddings differ clearly, so that ranks and distances measure something.

In the checkpoints of real size, queries and keys are drawn {sharpness} times as large as other weights. At 2 the network is chaotic: the same int8 export of base-224 was seen at a distance of 2.2e-2 and a rank of 0.969, which misses the bar.

Random weights lack the outlier channels of trained ones, which int8 feels most. Measure int8 on a trained checkpoint before you rely on it.

| checkpoint | parameters | weights | texts, cosine | pictures, cosine | logits |
|---|---|---|---|---|---|
{summary}

## Table

`max` and `mean` are of 1 - cosine. `logit` and `probability` are the largest differences of the {count} x {count}. Export time and peak memory are those of the whole `rsclip export` process.

| checkpoint | precision | graph | texts max | mean | pictures max | mean | logit | probability | rank | export | peak | bar met |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
{rows}
"""


if __name__ == "__main__":
    main()
