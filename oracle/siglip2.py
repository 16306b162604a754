"""Writes the tiny SigLIP 2 checkpoint of a fixed size, and what transformers makes of it.

    python oracle/siglip2.py inference/testdata

writes tiny-siglip2/ and golden/scores-tiny-siglip2.json, in the form of
goldens.py. The tokenizer is bpe.py's "lower". A second run writes the same bytes.
"""

import json
import logging
import math
import pathlib
import shutil
import sys

import torch
from PIL import Image
from transformers import AutoTokenizer, SiglipConfig, SiglipImageProcessor, SiglipModel

import checkpoints
import pictures
import texts

TEXT = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=12, num_attention_heads=4, projection_size=40)
VISION = dict(hidden_size=40, intermediate_size=80, num_hidden_layers=12, num_attention_heads=5, image_size=224, patch_size=16)


def main():
    root = pathlib.Path(sys.argv[1])
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    folder = root / "tiny-siglip2"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(root / "bpe/lower" / name, folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = SiglipConfig(text_config=dict(vocab_size=len(tokenizer), **TEXT), vision_config=dict(VISION))
    model = SiglipModel(config)
    checkpoints.draw(model, torch.Generator().manual_seed(5))
    model.logit_scale.data.fill_(math.log(60.0))
    model.logit_bias.data.fill_(-6.5)
    model.save_pretrained(folder)
    # SigLIP 2's pictures are resized bilinearly.
    SiglipImageProcessor(size={"height": 224, "width": 224}, resample=2).save_pretrained(folder)

    model = SiglipModel.from_pretrained(folder, torch_dtype=torch.float32, attn_implementation="eager").eval()
    images = SiglipImageProcessor.from_pretrained(folder)
    rgb = [Image.open(root / "pictures" / p).convert("RGB") for p in pictures.SCORED]
    ids = tokenizer(texts.SCORED, padding="max_length", truncation=True, max_length=64, return_tensors="pt")["input_ids"]
    pixels = torch.cat([images(images=p, return_tensors="pt", input_data_format="channels_last")["pixel_values"] for p in rgb])
    with torch.no_grad():
        out = model(input_ids=ids, pixel_values=pixels)
    (root / "golden/scores-tiny-siglip2.json").write_text(json.dumps({
        "texts": texts.SCORED, "pictures": pictures.SCORED, "logit_scale": model.logit_scale.item(), "logit_bias": model.logit_bias.item(),
        "text_embeds": out.text_embeds.tolist(), "image_embeds": out.image_embeds.tolist(),
        "logits_per_image": out.logits_per_image.tolist(), "probabilities": torch.sigmoid(out.logits_per_image).tolist(),
    }, ensure_ascii=True, indent=1) + "\n")
    print(folder, len(tokenizer), "tokens")


if __name__ == "__main__":
    main()
