"""Exports a checkpoint's two towers with optimum, as others publish them.

    python oracle/optimum_towers.py CHECKPOINT OUT [--float32]

OUT gets text_model.onnx and vision_model.onnx, each with `last_hidden_state`
and `pooler_output`, in float32; without --float32 also half-precision copies of
both with the suffix _fp16, and dynamically quantized ones with the suffix
_quantized, made as transformers.js makes them.
"""

import pathlib
import sys

import onnx
import onnxruntime.quantization
from onnxruntime.transformers.float16 import convert_float_to_float16
from optimum.exporters.onnx import export
from optimum.exporters.onnx.model_configs import SiglipTextOnnxConfig, SiglipVisionModelOnnxConfig
from transformers import SiglipTextModel, SiglipVisionModel

TOWERS = {"text_model": (SiglipTextModel, SiglipTextOnnxConfig), "vision_model": (SiglipVisionModel, SiglipVisionModelOnnxConfig)}


def tower(checkpoint, name, out):
    """Exports a tower in float32 to a folder; returns its path."""
    kind, config = TOWERS[name]
    model = kind.from_pretrained(checkpoint, attn_implementation="eager").float().eval()
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.onnx"
    export(model, config(model.config, task="feature-extraction"), path, opset=18)
    return path


def main():
    checkpoint, out = sys.argv[1], pathlib.Path(sys.argv[2])
    for name in TOWERS:
        path = tower(checkpoint, name, out)
        if "--float32" in sys.argv:
            continue
        half = convert_float_to_float16(onnx.load(path), keep_io_types=True)
        onnx.save(half, out / f"{name}_fp16.onnx")
        onnxruntime.quantization.quantize_dynamic(path, out / f"{name}_quantized.onnx", per_channel=True, reduce_range=True)
        graph = onnx.load(path, load_external_data=False).graph
        print(name, [(i.name, [d.dim_param or d.dim_value for d in i.type.tensor_type.shape.dim]) for i in [*graph.input, *graph.output]])


if __name__ == "__main__":
    main()
