"""Measures how fast pictures become tensors, and prints a section of Markdown.

    python benchmarks/preparation.py --data PICTURES --work FOLDER [--rsclip ./rsclip --models FOLDER...]

The same photographs, from their files' bytes, on one core, in turns: this
repository's decoder and resize (`go test -bench`), Pillow and NumPy with the
same result, transformers' image processor, hf-processors-rs in Rust, and
libjpeg-turbo's decoder alone, the floor. Cells are medians. With models,
embeddings of `picture.fast` are compared with the exact ones.
"""

import argparse
import io
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

import hf_processors_rs
import imagecodecs
import numpy as np
import PIL
import transformers
from PIL import Image, features
from transformers import SiglipImageProcessor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))

import parity  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIDE = 224


def pillow(file):
    """What transformers' processor does, in as few steps as Pillow and NumPy let it."""
    resized = Image.open(io.BytesIO(file)).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return ((np.asarray(resized) * np.float32(1 / 255) - np.float32(0.5)) / np.float32(0.5)).transpose(2, 0, 1).copy()


def rust(backend):
    """hf-processors-rs's processor of one of its two backends, in one thread."""
    settings = {"image_processor_type": "SiglipImageProcessor", "size": {"height": SIDE, "width": SIDE}, "resample": 3, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    processor = hf_processors_rs.AutoImageProcessor.from_dict(settings, backend=backend)
    return lambda file: processor(file, num_threads=1)[0]


def per_second(do, files, seconds):
    count, began = 0, time.process_time()
    while count == 0 or time.process_time() - began < seconds:
        do(files[count % len(files)])
        count += 1
    return count / (time.process_time() - began)


def ours(program, names, seconds, work):
    """Pictures a second of the Go benchmarks, by name, whose tensors come to the folder."""
    command = [program, "-test.run", "^$", "-test.bench", "Files", "-test.cpu", "1", "-test.benchtime", f"{seconds}s"]
    environment = os.environ | {"RSCLIP_PICTURES": os.pathsep.join(map(str, names)), "RSCLIP_TENSORS": str(work)}
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return {name: 1e9 / float(ns) for name, ns in re.findall(r"BenchmarkFiles/(\w+)\s+\d+\s.*?([\d.]+) cpu-ns/op", printed)}


def grey_levels(tensor):
    """The 8 bits of a colour that a normalised tensor was made of."""
    return np.rint((np.asarray(tensor, np.float64) * 0.5 + 0.5) * 255)


def off(got, want):
    """The largest and the mean difference, in grey levels."""
    differences = np.abs(got.reshape(want.shape).astype(np.float64) - want)
    return f"{differences.max():.0f} | {differences.mean():.2f}"


def embeddings(arguments, work, model, names, fast):
    """Those of the photographs by `rsclip embed`, of length 1."""
    (work / "names").write_text("".join(f"{n}\n" for n in names))
    (work / "fast.json").write_text(json.dumps({"device": "cpu", "picture": {"fast": True}} if fast else {"device": "cpu"}))
    out = work / "embeddings.npy"
    command = [arguments.rsclip, "embed", "-model", model, "-model-config", work / "fast.json", "-images", work / "names", "-out", out]
    subprocess.run(list(map(str, command)), check=True)
    return np.load(out).astype(np.float64)


def compared(exact, fast):
    """The cosines of the same picture, of different ones, and how many have the same nearest one."""
    same, different = (exact * fast).sum(1), exact @ exact.T
    others = ~np.eye(len(exact), dtype=bool)
    nearest = [np.where(others, m, -2).argmax(1) for m in (different, fast @ exact.T)]
    return f"{same.min():.5f} | {same.mean():.5f} | {different[others].mean():.3f} | {(nearest[0] == nearest[1]).sum()} of {len(exact)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="a folder with at least 50 JPEG photographs")
    parser.add_argument("--work", required=True, help="a folder for the Go program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1, help="of each measurement")
    parser.add_argument("--rsclip", help="the program, for --models")
    parser.add_argument("--models", nargs="*", default=[], help="model folders whose embeddings of picture.fast are compared with the exact ones")
    arguments = parser.parse_args()
    work = pathlib.Path(arguments.work).resolve()
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    program = work / "preprocess.test"
    subprocess.run(["go", "test", "-c", "-o", program, "./inference/preprocess"], check=True, cwd=ROOT)
    names = [pathlib.Path(f).resolve() for f in parity.photographs(arguments.data)]
    files = [f.read_bytes() for f in names]
    processor = SiglipImageProcessor(size={"height": SIDE, "width": SIDE})
    decoders = {
        "libjpeg-turbo, decoding alone": imagecodecs.jpeg8_decode,
        "Pillow, decoding alone": lambda f: Image.open(io.BytesIO(f)).load(),
    }
    processors = {
        "Pillow and NumPy": pillow,
        "transformers' SiglipImageProcessor": lambda f: processor(images=Image.open(io.BytesIO(f)).convert("RGB"), return_tensors="np")["pixel_values"][0],
        "hf-processors-rs as it comes": rust("torchvision"),
        'hf-processors-rs, `backend="pil"`': rust("pil"),
    }
    rates = {}
    for _ in range(arguments.rounds):
        mine = ours(program, names, arguments.seconds, work)
        turn = {"rsclip, decoding alone": mine["decode"], "rsclip": mine["prepare"], "rsclip, `picture.fast`": mine["fast"]}
        turn |= {n: per_second(do, files, arguments.seconds) for n, do in (decoders | processors).items()}
        for name, value in turn.items():
            rates.setdefault(name, []).append(value)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    want = np.stack([grey_levels(pillow(f)) for f in files])
    differences = {name: off(np.stack([grey_levels(do(f)) for f in files]), want) for name, do in processors.items()}
    differences |= {name: off(np.fromfile(work / file, np.uint8), want) for name, file in (("rsclip", "prepare"), ("rsclip, `picture.fast`", "fast"))}
    width, height = Image.open(names[0]).size
    print(HEAD.format(cpu=parity.processor_name(), pillow=PIL.__version__, turbo=features.version("libjpeg_turbo"), transformers=transformers.__version__, rust=hf_processors_rs.__version__,
                      rounds=arguments.rounds, codecs=imagecodecs.version(dict)["libjpeg_turbo"], count=len(files), size=f"{width} x {height}"))  # fmt: skip
    for name, value in sorted(medians.items(), key=lambda item: -item[1]):
        print(f"| {name} | {value:.0f} | {1000 / value:.2f} ms | {medians['rsclip'] / value:.2f} | {differences.get(name, ' | ')} |")
    os.sched_setaffinity(0, allowed)
    if arguments.models:
        everything = sorted(pathlib.Path(arguments.data).resolve().rglob("*.jpg"))
        ratio = statistics.median(fast / exact for fast, exact in zip(rates["rsclip, `picture.fast`"], rates["rsclip"]))
        print(FAST.format(ratio=ratio, count=len(everything)))
        for model in map(pathlib.Path, arguments.models):
            exact, fast = (embeddings(arguments, work, model, everything, way) for way in (False, True))
            print(f"| {model.name} | {compared(exact, fast)} |", flush=True)


HEAD = """## Preparation of pictures

`.build/oracle/bin/python benchmarks/preparation.py --data PICTURES --work .build/bench --rsclip ./rsclip --models MODEL_FOLDER...`

One core of {cpu}; Pillow {pillow} with libjpeg-turbo {turbo}, libjpeg-turbo {codecs} of imagecodecs, transformers {transformers}, hf-processors-rs {rust}; ours has Debian's libjpeg-turbo. {rounds} turns of CPU time.

{count} photographs of {size} pixels, from a JPEG's bytes to a tensor of 3 x 224 x 224; ours has the bits of SiglipImageProcessor. The last columns are how far the tensors are from Pillow's, in levels of 255.

| what | pictures a second | a picture | rsclip is so many times as fast | largest difference | mean |
|---|---|---|---|---|---|"""

FAST = """
`picture.fast` prepares {ratio:.2f} times as many pictures of that size a second. It decodes a JPEG to a half, a quarter or an eighth of its sides if the model sees no more. Its embeddings of {count} photographs beside the exact ones, by the same model; one that is named for a shape has random weights:

| model | cosine to the exact embedding, least | mean | of different photographs, mean | with the same nearest other photograph |
|---|---|---|---|---|"""


if __name__ == "__main__":
    main()
