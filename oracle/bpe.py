"""Trains the byte pairs of SigLIP 2's kind, and writes what transformers makes of texts.

    python oracle/bpe.py inference/testdata/bpe [--count 600]

writes NAME/tokenizer.json and tokenizer_config.json, and beside them
texts.jsonl.gz: a line that says what wrote it, then a line a text with its 64
ids and whether any was lost. The reference is AutoTokenizer on that folder, with
padding="max_length" and truncation. A second run writes the same bytes.
"""

import argparse
import copy
import gzip
import json
import logging
import pathlib
import sys
import unicodedata

import tokenizers
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer, GemmaTokenizerFast

import corpus
import texts
import tokenizer_diff

POSITIONS = 64
SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
PLAIN = ["<2mass>", "[@BOS@]", "<unused0>", "\n", "\n\n", "\n\n\n", "▁▁", "▁▁▁", "<table>", "</table>", "<h1>"]
# What SigLIP 2's conversion gives Gemma's tokenizer.
SIGLIP2 = dict(add_bos_token=False, add_eos_token=True, padding_side="right", do_lower_case=True, model_input_names=["input_ids"])
SPACES = normalizers.Replace(" ", "▁")
LOWER = normalizers.Sequence([normalizers.Lowercase(), SPACES])


def train(normalizer, size, alphabet=True, bytes_too=True, plain=PLAIN, split=True, **model):
    """A tokenizer of Gemma's form. Bytes have ids of their own behind the special tokens."""
    t = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=bytes_too, **model))
    t.normalizer = normalizer
    if split:
        t.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    names = SPECIAL + plain + ([f"<0x{b:02X}>" for b in range(256)] if bytes_too else [])
    # Words are learnt with the space before them, and never across it.
    lines = [w for s in corpus.sentences() for w in (" " + s).replace(" ", "\n▁").split("\n") if w]
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=names, show_progress=False, limit_alphabet=1000 if alphabet else 60)
    plain_model = Tokenizer(models.BPE(unk_token="<unk>"))
    plain_model.normalizer = normalizer
    plain_model.train_from_iterator(lines, trainer)
    learnt = json.loads(plain_model.to_str())["model"]
    data = json.loads(t.to_str())
    data["model"] |= {"vocab": learnt["vocab"], "merges": learnt["merges"]}
    t = Tokenizer.from_str(json.dumps(data))
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    t.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in SPECIAL])
    t.add_tokens([AddedToken(name, normalized=False) for name in plain])
    return t


def without(t, tokens):
    """The same, of which some tokens are missing, and what is merged of them."""
    data = json.loads(t.to_str())
    model = data["model"]
    kept = [v for v in model["vocab"] if v not in tokens]
    model["vocab"] = {v: model["vocab"][v] for v in kept}
    model["merges"] = [m for m in model["merges"] if not {m[0], m[1], m[0] + m[1]} & set(tokens)]
    return Tokenizer.from_str(json.dumps(data))


def kinds():
    gemma = train(SPACES, 1200, fuse_unk=True)
    yield "gemma", gemma, SIGLIP2
    yield "lower", train(LOWER, 900, fuse_unk=True), SIGLIP2
    yield "left", train(None, 400, bytes_too=False, plain=[], split=False), dict(model_max_length=POSITIONS)
    yield "unknown", train(SPACES, 500, alphabet=False, bytes_too=False, fuse_unk=True), SIGLIP2
    yield "unfused", train(SPACES, 500, alphabet=False, bytes_too=False), dict(SIGLIP2, add_bos_token=True)
    holes = {f"<0x{b:02X}>" for b in range(0x80, 0x100, 3)} | {"e", "▁r", "<0x0A>"}
    yield "holes", without(train(SPACES, 900, alphabet=False, fuse_unk=False), holes), SIGLIP2
    spaced = train(None, 700, fuse_unk=True)
    yield "spaces", spaced, SIGLIP2
    added = Tokenizer.from_str(train(LOWER, 900, fuse_unk=True).to_str())
    added.add_tokens(["coast", "River Mouth", "mouth of", "ÉCOLE", AddedToken("riv", normalized=False), AddedToken("river b", normalized=False)])
    yield "added", added, SIGLIP2


class Pieces:
    """What the generator of texts asks of a vocabulary."""

    def __init__(self, t):
        self.pieces = [v.replace("Ġ", " ") for v, _ in sorted(t.get_vocab().items(), key=lambda p: p[1])]

    def vocab_size(self):
        return len(self.pieces)

    def id_to_piece(self, i):
        return self.pieces[i]


def every_character():
    points = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF and unicodedata.category(chr(c)) not in ("Cn", "Co")]
    for at in range(0, len(points), 12):
        yield "".join(points[at:at + 12])


# What is special to this kind of vocabulary.
ODD = [
    "a  b", "a▁▁b", "▁▁▁▁▁", "\n", "\n\n\n\n", "a\n\nb", "<pad>", "a<pad>", "<eos>", "hi<eos>", "<bos>x", "<EOS>", "<unk>", "<mask> b", "<0x41>", "<0xE2>", "<0x0A>",
    "<table><h1>x</h1></table>", "RIVER Coast", "the river mouth of", "River  Mouth", "école ÉCOLE", "riverriv river bank", "İI ıi ẞß ΣΑΣ", "\U00010D50\uA7DC", "🛰" * 70, "é" * 70, "e\u0301",
]


def write(folder, t, settings, count):
    folder.mkdir(parents=True, exist_ok=True)
    GemmaTokenizerFast(tokenizer_object=copy.deepcopy(t), **settings).save_pretrained(folder)
    (folder / "special_tokens_map.json").unlink()
    reference = AutoTokenizer.from_pretrained(folder)
    generator = tokenizer_diff.Generator(1, Pieces(t))
    seen = dict.fromkeys([*texts.ALL, *ODD])
    if folder.name == "lower":
        seen.update(dict.fromkeys(every_character()))
        count += len(seen)
    while len(seen) < count:
        seen[generator.text()] = None
    head = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__, "count": len(seen)}
    around = len(reference("")["input_ids"])
    with open(folder / "texts.jsonl.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
        out.write(json.dumps(head).encode() + b"\n")
        for text in seen:
            ids = reference(text, padding="max_length", truncation=True, max_length=POSITIONS)["input_ids"]
            assert len(ids) == POSITIONS
            lost = len(reference(text, add_special_tokens=False)["input_ids"]) > POSITIONS - around
            out.write(json.dumps([text, ids, lost], ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
    print(folder, len(seen), "texts")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=600)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    for name, t, settings in kinds():
        write(arguments.folder / name, t, settings, arguments.count)


if __name__ == "__main__":
    main()
