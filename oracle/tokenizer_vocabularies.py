"""Trains Unigram vocabularies that differ in what a vocabulary can say.

    python oracle/tokenizer_vocabularies.py --out DIR [--corpus FILE] [NAME ...]

writes DIR/NAME/spiece.model, and beside it a tokenizer.json of the same pieces
where that form can say as much. --corpus adds lines of text to corpus.py's
sentences; "large" needs some 10 MB. A second run writes the same bytes.
"""

import argparse
import io
import pathlib
import re
import string
import tempfile

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers.utils import sentencepiece_model_pb2_new as proto

import corpus

SIGLIP = dict(
    model_type="unigram", vocab_size=1000, character_coverage=1.0, hard_vocab_limit=False, normalization_rule_name="nmt_nfkc",
    pad_id=0, eos_id=1, unk_id=2, bos_id=-1, pad_piece="<pad>", eos_piece="</s>", unk_piece="<unk>",
    num_threads=1, minloglevel=2, input_sentence_size=0,
)
SMALL = dict(SIGLIP, vocab_size=400, normalization_rule_name="identity", character_coverage=0.98)

# "siglip" is the vocabulary of the tiny checkpoints.
KINDS = {
    "siglip": SIGLIP,
    "large": dict(SIGLIP, vocab_size=32000, character_coverage=0.9995),
    "nfkc": dict(SIGLIP, normalization_rule_name="nfkc", vocab_size=600),
    "casefold": dict(SIGLIP, normalization_rule_name="nmt_nfkc_cf", vocab_size=3000),
    "identity": SMALL,
    "rules": dict(SMALL, normalization_rule_tsv="RULES", user_defined_symbols=["①", "ab", "👩\u200d", "é"]),
    "spaces": dict(SMALL, remove_extra_whitespaces=False, split_by_whitespace=False, allow_whitespace_only_pieces=True, vocab_size=800),
    "suffix": dict(SMALL, treat_whitespace_as_suffix=True),
    "bytes": dict(SMALL, byte_fallback=True, vocab_size=600),
    "symbols": dict(SMALL, user_defined_symbols=["river", "ver", "é", "卫星", "ab", "aba", "▁the▁", "<x>", "ＡＢ"], control_symbols=["<c>", "road"]),
    "symbols-nfkc": dict(SIGLIP, user_defined_symbols=["ﬁ", "①", "riv", "e\u0301", "ß"], vocab_size=800),
    "holes": dict(SMALL, normalization_rule_tsv="RULES", remove_extra_whitespaces=False),
    "ties": SMALL,
}

# A character map of every shape: sequences, prefixes of sequences, deletions,
# growth, spaces inside and at either end, and the text of a special token.
RULES = {
    "a\u0301": "á", "a": "a", "ab": "ba", "abc": "c", "é": "e", "ß": "ss", "\u200b": "", "\u00ad": "", "ﷺ": "صلى الله", "…": " . ", "—": " ",
    "\u3000": " ", "①": "1 ", "②": " 2", "½": "1⁄2", "☺": "</s>", "☻": "<unk>", "♥": "▁", "\x7f": "", "😀": ":)", "👩\u200d🚀": "astronaut", "👩": "w",
}


def train(kind, extra):
    lines = list(corpus.sentences()) + extra
    model = io.BytesIO()
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="ascii") as rules:
        for source, target in RULES.items():
            rules.write("\t".join(" ".join(f"{ord(c):X}" for c in side) for side in (source, target)) + "\n")
        rules.flush()
        if "normalization_rule_tsv" in kind:
            kind = dict(kind, normalization_rule_tsv=rules.name)
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=model, **kind)
    parsed = proto.ModelProto.FromString(model.getvalue())
    parsed.normalizer_spec.ClearField("normalization_rule_tsv")  # The temporary name.
    return parsed


def retire(model):
    """Marks every ninth piece of several characters as unused, and makes normal pieces about as likely as user-defined ones."""
    normal = [p for p in model.pieces if p.type == p.NORMAL]
    for p in normal:
        p.score /= 64
    for p in [p for p in normal if len(p.piece) > 1][::9]:
        p.type = p.UNUSED


def pierce(model):
    """Takes every letter of <unk> and </s> away, so that what normalises to them is unknown."""
    keep(model, lambda p: not set(p.piece) & set("unks"))


def level(model):
    """Makes ties frequent, and an unknown character before a long piece as good as several short ones: few scores, and holes."""
    letters = sorted(p.piece for p in model.pieces if p.type == p.NORMAL and len(p.piece) == 1)
    keep(model, lambda p: p.piece not in letters[::3])
    for p in model.pieces:
        p.score = round(p.score / 3) - (6 if p.type == p.NORMAL and len(p.piece) < 3 else 0)


def keep(model, wanted):
    kept = [p for p in model.pieces if p.type != p.NORMAL or wanted(p)]
    del model.pieces[:]
    model.pieces.extend(kept)


EDITS = {"symbols": retire, "holes": pierce, "ties": level}


def to_json(model):
    """The machinery of the tokenizer.json that the hub has beside SigLIP's spiece.model, or None where it cannot say as much."""
    if not model.normalizer_spec.remove_extra_whitespaces or any(p.type == p.UNUSED for p in model.pieces):
        return None
    bytes_too = model.trainer_spec.byte_fallback
    t = Tokenizer(models.Unigram([(p.piece, p.score) for p in model.pieces], unk_id=model.trainer_spec.unk_id, byte_fallback=bytes_too))
    steps = [
        normalizers.Lowercase(),
        normalizers.Replace(Regex("[" + re.escape(string.punctuation) + "]"), ""),
        normalizers.Replace(Regex(r"\s+"), " "),
        normalizers.Strip(),
    ]
    if model.normalizer_spec.precompiled_charsmap:
        steps.append(normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap))
    t.normalizer = normalizers.Sequence(steps)
    t.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first")
    t.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="first")
    special = dict(lstrip=True, rstrip=True, normalized=False, special=True)
    t.add_special_tokens([AddedToken("</s>", **special), AddedToken("<unk>", **special)])
    t.add_tokens([AddedToken(p.piece, normalized=False) for p in model.pieces if p.type == p.USER_DEFINED])
    t.post_processor = processors.TemplateProcessing(single=["$A", "</s>"], pair=["$A", "</s>", "$B", "</s>"], special_tokens=[("</s>", 1)])
    return t.to_str(pretty=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--corpus", type=pathlib.Path, help="lines of text to train on as well")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(KINDS)}; all where none is named")
    arguments = parser.parse_args()
    extra = arguments.corpus.read_text(encoding="utf-8").splitlines() if arguments.corpus else []
    for name in arguments.names or KINDS:
        folder = arguments.out / name
        folder.mkdir(parents=True, exist_ok=True)
        model = train(KINDS[name], extra)
        EDITS.get(name, lambda model: None)(model)
        (folder / "spiece.model").write_bytes(model.SerializeToString())
        if text := to_json(model):
            (folder / "tokenizer.json").write_text(text + "\n", encoding="utf-8")
        print(name, len(model.pieces))


if __name__ == "__main__":
    main()
