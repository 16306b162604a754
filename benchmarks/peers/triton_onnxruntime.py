"""Triton Inference Server with SigLIP: Python around ONNX Runtime, as one serves such a model by Triton.

    python benchmarks/peers/triton_onnxruntime.py CHECKPOINT GRAPHS FOLDER PORT

It answers the Open Inference Protocol, texts or pictures in base64, in float32
on the CPU, with the graphs that optimum exports. Triton forms the batches; its
Python backend prepares them and runs the graphs. The binary is that of
nvidia-pytriton, without its layer above it. FOLDER is written anew, for Triton,
which loads this file from there as the model.
"""

import base64
import io
import os
import pathlib
import shutil
import sys
import sysconfig

STUB = "triton_python_backend_stub"

# A request has texts or pictures, and waits 1 ms for others.
CONFIG = """
backend: "python"
max_batch_size: 4
dynamic_batching { max_queue_delay_microseconds: 1000 }
input [
  { name: "text" data_type: TYPE_STRING dims: [ 1 ] optional: true },
  { name: "image" data_type: TYPE_STRING dims: [ 1 ] optional: true }
]
output [ { name: "embedding" data_type: TYPE_FP32 dims: [ -1 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
"""


class TritonPythonModel:
    def initialize(self, args):
        # Only the other peers need them; transformers would load both.
        sys.modules["torch"] = sys.modules["torchvision"] = None
        import onnxruntime
        from PIL import Image
        from transformers import SiglipImageProcessor, SiglipTokenizer

        here = pathlib.Path(__file__).parent
        tokenizer = SiglipTokenizer.from_pretrained(here / "checkpoint")
        processor = SiglipImageProcessor.from_pretrained(here / "checkpoint")

        def session(tower):
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
            return onnxruntime.InferenceSession(here / "graphs" / f"{tower}_model.onnx", options, ["CPUExecutionProvider"])

        text, vision = session("text"), session("vision")

        def texts(inputs):
            # SigLIP is trained on texts that are padded to their greatest length.
            ids = tokenizer([t.decode() for t in inputs], padding="max_length", truncation=True, max_length=64, return_tensors="np")["input_ids"]
            return text.run(["pooler_output"], {"input_ids": ids})[0]

        def pictures(inputs):
            opened = [Image.open(io.BytesIO(base64.b64decode(i))).convert("RGB") for i in inputs]
            return vision.run(["pooler_output"], dict(processor(images=opened, return_tensors="np")))[0]

        self.embed = {"text": texts, "image": pictures}

    def execute(self, requests):
        import numpy as np
        import triton_python_backend_utils as triton

        out = [None] * len(requests)
        for name, embed in self.embed.items():
            given = {i: t.as_numpy().ravel() for i, r in enumerate(requests) if (t := triton.get_input_tensor_by_name(r, name))}
            if not given:
                continue
            vectors = embed(np.concatenate([*given.values()]))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            for i, items in given.items():
                out[i] = triton.InferenceResponse([triton.Tensor("embedding", vectors[: len(items)])])
                vectors = vectors[len(items) :]
        return out


def main(checkpoint, graphs, folder, port):
    packages = pathlib.Path(sysconfig.get_path("purelib"))
    server, folder = packages / "pytriton" / "tritonserver", pathlib.Path(folder)
    model = folder / "models" / pathlib.Path(checkpoint).name
    links = {
        model / "1" / "model.py": __file__,
        model / "1" / "checkpoint": checkpoint,
        model / "1" / "graphs": graphs,
        **{folder / "backends" / "python" / f.name: f for f in (server / "backends" / "python").iterdir()},
        # Which the package has for each version of Python.
        folder / "backends" / "python" / STUB: server / "python_backend_stubs" / sysconfig.get_python_version() / STUB,
    }
    shutil.rmtree(folder, ignore_errors=True)
    for link, target in links.items():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(pathlib.Path(target).resolve())
    (model / "config.pbtxt").write_text(CONFIG)
    environment = os.environ | {
        "LD_LIBRARY_PATH": f"{packages / 'nvidia_pytriton.libs'}:{sysconfig.get_config_var('LIBDIR')}",
        "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",  # By which the stub finds this environment.
    }
    arguments = ["--model-repository", folder / "models", "--backend-directory", folder / "backends", "--http-address", "127.0.0.1", "--http-port", port]
    arguments += ["--allow-grpc", "false", "--allow-metrics", "false"]
    os.execve(server / "bin" / "tritonserver", ["tritonserver", *map(str, arguments)], environment)


if __name__ == "__main__":
    main(*sys.argv[1:])
