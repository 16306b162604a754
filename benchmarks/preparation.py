"""Measures how fast pictures become tensors, and prints a section of Markdown.

    python benchmarks/preparation.py --data PICTURES --work FOLDER

The same photographs, from their files' bytes, on one core, in turns: this
repository's decoder and resize (`go test -bench`), Pillow and NumPy with the
same result, transformers' image processor, and libjpeg-turbo's decoder alone,
the floor. Cells are medians.
"""

import argparse
import io
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

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


def per_second(do, files, seconds):
    count, began = 0, time.process_time()
    while count == 0 or time.process_time() - began < seconds:
        do(files[count % len(files)])
        count += 1
    return count / (time.process_time() - began)


def ours(program, names, seconds):
    """Pictures a second of the Go benchmarks, by name."""
    command = [program, "-test.run", "^$", "-test.bench", "Files", "-test.cpu", "1", "-test.benchtime", f"{seconds}s"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"RSCLIP_PICTURES": os.pathsep.join(map(str, names))}).stdout
    return {name: 1e9 / float(ns) for name, ns in re.findall(r"BenchmarkFiles/(\w+)\s+\d+\s.*?([\d.]+) cpu-ns/op", printed)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="a folder with at least 50 JPEG photographs")
    parser.add_argument("--work", required=True, help="a folder for the Go program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1, help="of each measurement")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    program = pathlib.Path(arguments.work).resolve() / "preprocess.test"
    subprocess.run(["go", "test", "-c", "-o", program, "./inference/preprocess"], check=True, cwd=ROOT)
    names = [pathlib.Path(f).resolve() for f in parity.photographs(arguments.data)]
    files = [f.read_bytes() for f in names]
    processor = SiglipImageProcessor(size={"height": SIDE, "width": SIDE})
    theirs = {
        "libjpeg-turbo, decoding alone": imagecodecs.jpeg8_decode,
        "Pillow, decoding alone": lambda f: Image.open(io.BytesIO(f)).load(),
        "Pillow and NumPy": pillow,
        "transformers' SiglipImageProcessor": lambda f: processor(images=Image.open(io.BytesIO(f)).convert("RGB"), return_tensors="np"),
    }
    rates = {}
    for _ in range(arguments.rounds):
        mine = ours(program, names, arguments.seconds)
        turn = {"rsclip, decoding alone": mine["decode"], "rsclip": mine["prepare"]} | {n: per_second(do, files, arguments.seconds) for n, do in theirs.items()}
        for name, value in turn.items():
            rates.setdefault(name, []).append(value)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    print(HEAD.format(cpu=parity.processor_name(), pillow=PIL.__version__, turbo=features.version("libjpeg_turbo"), transformers=transformers.__version__, rounds=arguments.rounds,
                      codecs=imagecodecs.version(dict)["libjpeg_turbo"]))  # fmt: skip
    for name, value in sorted(medians.items(), key=lambda item: -item[1]):
        print(f"| {name} | {value:.0f} | {1000 / value:.2f} ms | {medians['rsclip'] / value:.2f} |")


HEAD = """## Preparation of pictures

`.build/oracle/bin/python benchmarks/preparation.py --data PICTURES --work .build/bench`

One core of {cpu}; Pillow {pillow} with libjpeg-turbo {turbo}, libjpeg-turbo {codecs} of imagecodecs, transformers {transformers}; ours has Debian's libjpeg-turbo. {rounds} turns of CPU time.

50 photographs of 600 x 600 pixels, from a JPEG's bytes to a tensor of 3 x 224 x 224; ours has the bits of SiglipImageProcessor.

| what | pictures a second | a picture | rsclip is so many times as fast |
|---|---|---|---|"""


if __name__ == "__main__":
    main()
