"""Measures what ONNX Runtime gains if it stores weights as it lays them out for the processor.

    python benchmarks/prepacked.py MODEL_FOLDER FOLDER_TO_WRITE_TO

Each tower's session is made as it is, and from such a file: seconds, and memory after a
run. A process each, so that none finds memory of another. The embeddings must be the same.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import time

TOWERS = {"text": "text_model.onnx", "vision": "vision_model.onnx"}


def memory():
    """MB of this process that are its own, and those that are pages of files."""
    fields = dict(line.split(":") for line in pathlib.Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    kib = {k: int(v.split()[0]) for k, v in fields.items()}
    return kib["Private_Dirty"] / 1000, (kib["Shared_Clean"] + kib["Private_Clean"]) / 1000


def child(model, stored, save):
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = 2, 1, 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if save == "save":
        options.optimized_model_filepath = stored
        options.add_session_config_entry("session.optimized_model_external_initializers_file_name", pathlib.Path(stored).name + ".data")
        options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024")
        options.add_session_config_entry("session.save_external_prepacked_constant_initializers", "1")
    began = time.monotonic()
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    seconds = time.monotonic() - began
    given = session.get_inputs()[0]
    shape = [1, 64] if len(given.shape) == 2 else [1] + given.shape[1:]
    x = np.random.default_rng(1).integers(1, 200, shape).astype(np.int64 if len(shape) == 2 else np.uint8)
    out = session.run(None, {given.name: x})[0]
    print(json.dumps([seconds, *memory(), out.tolist()]))


def measured(*arguments):
    lines = subprocess.run([sys.executable, __file__, "--child", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(lines.splitlines()[-1])


def main():
    if sys.argv[1] == "--child":
        return child(*sys.argv[2:])
    model, work = map(pathlib.Path, sys.argv[1:3])
    work.mkdir(parents=True, exist_ok=True)
    print("| tower | weights | session, s | its own memory, MB | pages of files, MB | files, MB |")
    print("|---|---|---|---|---|---|")
    for tower, name in TOWERS.items():
        path, stored = str(model / name), str(work / name)
        first = measured(path, stored, "save")
        for kind, file in (("laid out at each start", path), ("stored laid out", stored)):
            turns = [measured(file, "", "") for _ in range(3)]
            if any(t[3] != first[3] for t in turns):
                sys.exit(f"{tower}, {kind}: another embedding")
            size = sum(f.stat().st_size for f in pathlib.Path(file).parent.glob(f"{tower}*")) / 1e6
            seconds, own, pages = (statistics.median(t[i] for t in turns) for i in range(3))
            print(f"| {tower} | {kind} | {seconds:.2f} | {own:.0f} | {pages:.0f} | {size:.0f} |", flush=True)
        print(f"Storing took {first[0]:.1f} s.", file=sys.stderr)


if __name__ == "__main__":
    main()
