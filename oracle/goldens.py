"""Writes the tiny checkpoints, the test pictures and the golden files.

    python oracle/goldens.py --blue-marble earth-blue-marble.jpg

The reference is transformers' SiglipModel (fp32, eager attention), its slow
SiglipTokenizer and its PIL SiglipImageProcessor; requirements.txt pins them.
A second run writes the same bytes. inference/testdata/README.md says what each file is.
"""

import argparse
import hashlib
import io
import json
import math
import pathlib
import shutil

import numpy as np
import sentencepiece
import torch
from PIL import Image
from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipTokenizer

import checkpoints
import corpus
import pictures
import texts

ROOT = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata"

# Layer counts are those of the base and the large checkpoint; widths are small,
# and no two head counts are equal. All positions, patches and sizes are real.
CHECKPOINTS = {
    "tiny-base": dict(
        text=dict(hidden_size=32, intermediate_size=64, num_hidden_layers=12, num_attention_heads=4, projection_size=40),
        vision=dict(hidden_size=40, intermediate_size=80, num_hidden_layers=12, num_attention_heads=5, image_size=224),
        dtype=torch.float32, shard=None, logit_scale=math.log(60.0), logit_bias=-6.5,
    ),
    "tiny-large": dict(
        text=dict(hidden_size=24, intermediate_size=48, num_hidden_layers=24, num_attention_heads=3, projection_size=32),
        vision=dict(hidden_size=32, intermediate_size=64, num_hidden_layers=24, num_attention_heads=8, image_size=256),
        dtype=torch.float16, shard="250KB", logit_scale=math.log(60.0), logit_bias=-6.5,
    ),
}


def train_vocabulary():
    """A Unigram vocabulary of the kind that SigLIP has: T5's ids and normalizer."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus.sentences()), model_writer=model, model_type="unigram", vocab_size=1000,
        character_coverage=1.0, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, pad_piece="<pad>", eos_piece="</s>", unk_piece="<unk>",
        normalization_rule_name="nmt_nfkc", num_threads=1, minloglevel=2, hard_vocab_limit=False, input_sentence_size=0,
    )
    return model.getvalue()


def make_checkpoint(name, spec, vocabulary, vocab_size, seed):
    folder = ROOT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    spiece = folder / "spiece.model"
    spiece.write_bytes(vocabulary)
    config = SiglipConfig(
        text_config=dict(vocab_size=vocab_size, bos_token_id=None, eos_token_id=1, pad_token_id=1, **spec["text"]),
        vision_config=dict(patch_size=16, **spec["vision"]),
    )
    config._attn_implementation = "eager"
    model = SiglipModel(config).eval()
    checkpoints.draw(model, torch.Generator().manual_seed(seed))
    model.logit_scale.data.fill_(spec["logit_scale"])
    model.logit_bias.data.fill_(spec["logit_bias"])
    model.to(spec["dtype"])
    kwargs = {"max_shard_size": spec["shard"]} if spec["shard"] else {}
    model.save_pretrained(folder, safe_serialization=True, **kwargs)
    SiglipTokenizer(str(spiece), model_max_length=64, model_input_names=["input_ids"]).save_pretrained(folder)
    size = spec["vision"]["image_size"]
    SiglipImageProcessor(size={"height": size, "width": size}).save_pretrained(folder)
    # What the checkpoint says is what was saved, so the reference reads it back.
    return SiglipModel.from_pretrained(folder, torch_dtype=torch.float32, attn_implementation="eager").eval()


def other_sizes(name, model, sizes):
    """Picture embeddings at sizes that the checkpoint was not made for."""
    out = []
    for size in sizes:
        images = SiglipImageProcessor.from_pretrained(ROOT / name, size={"height": size, "width": size})
        rgb = [Image.open(ROOT / "pictures" / p).convert("RGB") for p in pictures.SCORED[:3]]
        pixels = images(images=rgb, return_tensors="pt", input_data_format="channels_last")["pixel_values"]
        with torch.no_grad():
            features = model.get_image_features(pixels, interpolate_pos_encoding=True)
        out.append({"size": size, "pictures": pictures.SCORED[:3], "image_embeds": torch.nn.functional.normalize(features, dim=-1).tolist()})
    return out


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def dump(path, value):
    path.write_text(json.dumps(value, ensure_ascii=True, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blue-marble", required=True, help="earth-blue-marble.jpg of the npm package three-globe")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    golden = ROOT / "golden"
    golden.mkdir(parents=True, exist_ok=True)

    vocabulary = train_vocabulary()
    processor = sentencepiece.SentencePieceProcessor(model_proto=vocabulary)
    names = pictures.write(ROOT / "pictures", Image.open(arguments.blue_marble).convert("RGB"))

    models = {
        name: make_checkpoint(name, spec, vocabulary, processor.vocab_size(), seed)
        for seed, (name, spec) in enumerate(CHECKPOINTS.items(), start=1)
    }

    tokenizer = SiglipTokenizer.from_pretrained(ROOT / "tiny-base")
    encode = lambda text: tokenizer(text, padding="max_length", truncation=True, max_length=64)["input_ids"]
    dump(golden / "tokens.json", [{"text": t, "ids": encode(t)} for t in texts.ALL])

    pixels = []
    tensors = {}
    for picture in names:
        image = Image.open(ROOT / "pictures" / picture)
        rgb = image.convert("RGB")
        entry = {"picture": picture, "mode": image.mode, "width": rgb.width, "height": rgb.height, "rgb_sha256": sha256(rgb.tobytes()), "tensors": {}}
        for name in CHECKPOINTS:
            images = SiglipImageProcessor.from_pretrained(ROOT / name)
            # Without the format, transformers takes pictures 1 or 3 pixels high for channels first.
            tensor = images(images=rgb, return_tensors="np", input_data_format="channels_last")["pixel_values"].astype(np.float32)
            assert tensor.shape[0] == 1
            tensors[name, picture] = torch.from_numpy(tensor)
            entry["tensors"][name] = sha256(np.ascontiguousarray(tensor[0], dtype="<f4").tobytes())
        pixels.append(entry)
    dump(golden / "pixels.json", pixels)

    for name, model in models.items():
        with torch.no_grad():
            out = model(
                input_ids=torch.tensor([encode(t) for t in texts.SCORED]),
                pixel_values=torch.cat([tensors[name, p] for p in pictures.SCORED]),
            )
        dump(golden / f"scores-{name}.json", {
            "texts": texts.SCORED, "pictures": pictures.SCORED,
            "logit_scale": model.logit_scale.item(), "logit_bias": model.logit_bias.item(),
            "text_embeds": out.text_embeds.tolist(), "image_embeds": out.image_embeds.tolist(),
            "logits_per_image": out.logits_per_image.tolist(), "probabilities": torch.sigmoid(out.logits_per_image).tolist(),
        })
        dump(golden / f"sizes-{name}.json", other_sizes(name, model, (96, 160, 320)))
        t, i = out.text_embeds, out.image_embeds
        print(name, "cosines of texts", spread(t @ t.T), "of pictures", spread(i @ i.T), "logits", out.logits_per_image.min().item(), out.logits_per_image.max().item())


def spread(m):
    off = m[~torch.eye(len(m), dtype=torch.bool)]
    return f"{off.min():.3f} to {off.max():.3f}"


if __name__ == "__main__":
    main()
