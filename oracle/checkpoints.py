"""Random SigLIP and SigLIP 2 checkpoints of real size, for measuring parity and speed.

    python oracle/checkpoints.py FOLDER [NAME...]

Weights are normal, scaled by 1.2 over the square root of a layer's inputs, and
those of queries and keys by SHARPNESS times that, so that attention picks;
embeddings and probe have variance 1, layer norms are around 1. Different texts
and pictures then get clearly different embeddings, so that ranks mean
something; parity.py prints the spread.
"""

import math
import pathlib
import shutil
import subprocess
import sys

import torch
from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipTokenizer

TESTDATA = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata"

BASE = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
LARGE = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16)

# Sizes are those of google/siglip-base-patch16-224 and -256, of
# google/siglip-large-patch16-256, which Git-RSCLIP shares, and of
# google/siglip2-base-patch16-224, which has Gemma's 256,000 tokens.
CHECKPOINTS = {
    "base-224": (BASE, 224, torch.float32),
    "base-256": (BASE, 256, torch.float32),
    "large-256": (LARGE, 256, torch.float16),
    "siglip2-base-224": (BASE, 224, torch.float32),
}
SIGLIP2_TOKENS = 256000


# How much larger queries and keys are drawn. At 1 all texts are alike (cosine
# 0.97); at 2 the network is chaotic, and multiplies any error a hundredfold.
SHARPNESS = 1.5


def draw(model, generator, sharpness=1.0):
    """Draws weights so that every layer matters; sharpness scales queries and keys."""
    for name, p in model.named_parameters():
        noise = torch.randn(p.shape, generator=generator)
        if name in ("logit_scale", "logit_bias"):
            continue
        if "norm" in name:
            noise = (1.0 if name.endswith("weight") else 0.0) + 0.1 * noise
        elif name.endswith("bias"):
            noise *= 0.1
        elif not name.endswith("probe") and ("embedding" not in name or "patch" in name):
            noise *= 1.2 / math.sqrt(p[0].numel())
            if "q_proj" in name or "k_proj" in name:
                noise *= sharpness
        p.data.copy_(noise)


def make(folder, name, seed):
    """Writes one checkpoint, unless it is there."""
    shape, size, dtype = CHECKPOINTS[name]
    done = folder / "preprocessor_config.json"
    if done.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    second = name.startswith("siglip2")
    text = dict(shape, vocab_size=SIGLIP2_TOKENS) if second else dict(shape)
    model = SiglipModel(SiglipConfig(text_config=text, vision_config=dict(shape, image_size=size, patch_size=16)))
    draw(model, torch.Generator().manual_seed(seed), SHARPNESS)
    # What the trained checkpoints have, roughly: log(117) and -12.9.
    model.logit_scale.data.fill_(4.76)
    model.logit_bias.data.fill_(-12.9)
    model.to(dtype).save_pretrained(folder, safe_serialization=True, max_shard_size="5GB")
    if second:
        for file in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(TESTDATA / "tiny-siglip2" / file, folder)
    else:
        shutil.copy(TESTDATA / "tiny-base" / "spiece.model", folder)
        SiglipTokenizer(str(folder / "spiece.model"), model_max_length=64, model_input_names=["input_ids"]).save_pretrained(folder)
    # SigLIP 2's pictures are resized bilinearly.
    SiglipImageProcessor(size={"height": size, "width": size}, resample=2 if second else 3).save_pretrained(folder)


def export(rsclip, work, name, precision):
    """The folder of a checkpoint's model, which is exported where it is not there or older than the program."""
    folder, done = work / f"{name}-{precision}", work / f"{name}-{precision}" / "rsclip.json"
    if not done.exists() or done.stat().st_mtime < pathlib.Path(rsclip).stat().st_mtime:
        command = [rsclip, "export", "-force", "-checkpoint", work / name, "-out", folder, "-name", name, "-precision", precision]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return folder


def main():
    root = pathlib.Path(sys.argv[1])
    for seed, name in enumerate(CHECKPOINTS, start=1):
        if len(sys.argv) == 2 or name in sys.argv[2:]:
            make(root / name, name, seed)
            print(root / name, flush=True)


if __name__ == "__main__":
    main()
