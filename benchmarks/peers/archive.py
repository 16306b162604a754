"""Has `rsclip index` and clip-retrieval's inference worker embed the same files, and prints a section of Markdown.

    python benchmarks/peers/archive.py --rsclip ./rsclip --model FOLDER --data PICTURES --work FOLDER

Both run with the same number of threads, in turns, on folders of few and of many
pictures: the pictures more by the seconds more are the rate, without what
starting takes. The worker runs open_clip's ViT-B-16-SigLIP, in float32, with random
weights, since no weights can be had here; the model folder is one of the same
shape. Pictures are taken whole, as the worker takes them. A round takes two
minutes on two cores. `pip install --no-deps -r benchmarks/peers/archive.txt` adds
the worker to the Python of the other peers.
"""

import argparse
import importlib.machinery
import importlib.metadata
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
import types

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "oracle"))

WORKER = "clip-retrieval's worker"


def without_the_rest():
    """Has clip-retrieval's packages import no more than the worker runs: not its server, its index builder and what reports to others."""
    for name in ("clip_retrieval", "clip_retrieval.clip_inference", "sentence_transformers", "wandb"):
        module = sys.modules[name] = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)  # Others look for it, to know whether they may use it.
        if name.startswith("clip"):
            module.__path__ = [str(importlib.metadata.distribution("clip-retrieval").locate_file(name.replace(".", "/")))]
    sys.modules["sentence_transformers"].SentenceTransformer = None


if sys.argv[1:2] == ["worker"]:  # Its processes come here, too.
    without_the_rest()


def work_as_clip_retrieval(folder, out):
    """The inference worker on a folder, as its command line starts it, but for where the model comes from."""
    import all_clip
    import open_clip
    import torch

    torch.manual_seed(1)
    model, _, preprocess = open_clip.create_model_and_transforms("ViT-B-16-SigLIP", pretrained=None)
    all_clip.load_clip = lambda **_: (model.eval(), preprocess, None)

    from clip_retrieval.clip_inference.worker import worker

    worker(tasks=[0], input_dataset=folder, output_folder=out, output_partition_count=1, batch_size=32, num_prepro_workers=len(os.sched_getaffinity(0)), enable_text=False)


def copies(folder, photographs, count):
    """A folder of so many pictures, in turns of those there are."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for i in range(count):
        shutil.copy(photographs[i % len(photographs)], folder / f"{i:05}.jpg")
    return folder


def seconds(command, threads, log):
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "GOMAXPROCS": str(threads), "HF_HUB_OFFLINE": "1"}
    began = time.monotonic()
    subprocess.run(list(map(str, command)), check=True, env=environment, stdout=log, stderr=log)
    return time.monotonic() - began


def main():
    if sys.argv[1:2] == ["worker"]:
        return work_as_clip_retrieval(*sys.argv[2:])
    import parity

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rsclip", required=True, help="the program")
    parser.add_argument("--model", required=True, help="a model folder of base-224 in fp32")
    parser.add_argument("--data", required=True, help="a folder with at least 50 JPEG photographs")
    parser.add_argument("--work", required=True, help="a folder for copies of the pictures")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--few", type=int, default=32, help="pictures of the smaller folder")
    parser.add_argument("--many", type=int, default=160, help="pictures of the larger one")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    work = pathlib.Path(arguments.work).resolve() / "archive"
    photographs = parity.photographs(arguments.data)
    folders = {count: copies(work / str(count), photographs, count) for count in (arguments.few, arguments.many)}
    taken = {}
    with open(work / "log", "w") as log:
        for _ in range(arguments.rounds):
            for count, folder in folders.items():
                for name in ("rsclip index", WORKER):
                    out = work / "out"
                    shutil.rmtree(out, ignore_errors=True)
                    command = [sys.executable, "-W", "ignore", __file__, "worker", folder, out]
                    if name != WORKER:
                        command = [arguments.rsclip, "index", "-model", arguments.model, "-device", "cpu", "-images", folder, "-tile", 0, "-out", out]
                    taken.setdefault((name, count), []).append(seconds(command, arguments.threads, log))
    rates = {
        name: [(arguments.many - arguments.few) / (many - few) for few, many in zip(taken[name, arguments.few], taken[name, arguments.many])] for name in ("rsclip index", WORKER)
    }
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("clip-retrieval", "open-clip-torch", "torch"))
    print(HEAD.format(cpu=parity.processor_name(), threads=arguments.threads, versions=versions, rounds=arguments.rounds, few=arguments.few, many=arguments.many))
    for name, values in rates.items():
        ratio = statistics.median(ours / theirs for ours, theirs in zip(rates["rsclip index"], values))
        print(f"| {name} | {statistics.median(values):.2f} | {ratio:.2f} |")


HEAD = """## Indexing beside clip-retrieval

`.build/peers/bin/python benchmarks/peers/archive.py --rsclip ./rsclip --model .build/bench/base-224-fp32 --data PICTURES --work .build/bench`

{cpu}, {threads} threads each; {versions}; medians of {rounds} rounds.

Both embed the same JPEGs of 600 x 600 pixels, whole, by a SigLIP of the base shape (224 x 224), float32, with random weights, to a folder: `rsclip index` to GeoParquet with vectors of 32 bits, the worker to NumPy of 16 bits, by
open_clip on torch, as many readers as threads, and batches of 32. A rate is of the pictures and seconds that {many} take more than {few}, so that starting does not count.

| | pictures a second | rsclip is so many times as fast |
|---|---|---|"""


if __name__ == "__main__":
    main()
