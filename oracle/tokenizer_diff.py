"""Writes texts, several scripts, mixed and hostile, with the ids that the reference gives.

    python oracle/tokenizer_diff.py [--count N] [--seed N] [--characters] [--vocabulary FILE] FOLDER ...

Every FOLDER gets a texts.jsonl.gz for FILE, or else for the FOLDER's own
spiece.model. Its first line names the vocabularies that must give these ids and
the versions of the reference; every other line is a JSON list of
    a text,
    its ids by transformers' slow SiglipTokenizer, cut to 64, without padding,
    whether the cut lost any of them,
    its ids by SentencePiece alone, without the dummy prefix, looked up by text
        as SiglipTokenizer does.
The same arguments write the same bytes.
"""

import argparse
import gzip
import json
import logging
import os
import pathlib
import random
import string
import sys
import unicodedata
import warnings

import sentencepiece
import transformers

import corpus
import texts

POSITIONS = 64

RANGES = [
    (0x20, 0x7E), (0x00, 0xFF), (0x100, 0x24F), (0x250, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x530, 0x5FF), (0x600, 0x6FF),
    (0x900, 0x97F), (0xE00, 0xE7F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x13A0, 0x13FF), (0x1D00, 0x1FFF), (0x2000, 0x206F),
    (0x2100, 0x218F), (0x2460, 0x27BF), (0x3000, 0x30FF), (0x3200, 0x33FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
    (0xFB00, 0xFDFF), (0xFE00, 0xFEFF), (0xFF00, 0xFFEF), (0x10400, 0x104FF), (0x1D400, 0x1D7FF), (0x1F1E6, 0x1F64F), (0x20000, 0x20100),
]
SPACES = [chr(c) for c in range(sys.maxunicode + 1) if chr(c).isspace()]
INVISIBLE = ["\x00", "\x08", "\x7f", "\u00ad", "\u034f", "\u200b", "\u200c", "\u200d", "\u200e", "\u2060", "\ufe0f", "\ufeff", "\ufffd", "\ufffe", "▁", "▁▁"]
SPECIAL = [
    "</s>", "<unk>", "<pad>", "<s>", "</S>", "<UNK>", "<unK>", "</s", "/s>", "<", ">", "<unk", "unk>", "<</s>>", "</s></s>", "<c>", "<x>",
    "＜／ｓ＞", "＜ｕｎｋ＞", "﹤unk﹥", "☺", "☻", "♥", "<0x41>", "<0xE2>", "road", "▁the▁",
]


class Generator:
    """Draws texts. Half of what it knows comes from the vocabulary, so that ties and near misses are frequent."""

    def __init__(self, seed, processor):
        self.random = random.Random(seed)
        self.pieces = [processor.id_to_piece(i) for i in range(processor.vocab_size())]
        self.sentences = sorted(set(corpus.sentences()))
        self.words = sorted({w for s in self.sentences for w in s.split()})
        self.folded = [chr(c) for c in range(sys.maxunicode + 1) if unicodedata.decomposition(chr(c)) or chr(c).lower() != chr(c)]
        self.kinds = [
            self.caption, self.caption, self.edited, self.edited, self.mixed, self.mixed, self.of_pieces, self.of_pieces, self.of_pieces,
            self.of_script, self.anything, self.folding, self.few_letters, self.punctuated, self.spaced, self.special, self.special,
            self.repeated, self.brink, self.long, self.bytes,
        ]

    def text(self):
        return self.random.choice(self.kinds)()

    def some(self, choose, low, high):
        return "".join(choose() for _ in range(self.random.randint(low, high)))

    def caption(self):
        return self.random.choice(self.sentences)

    def edited(self):
        """A sentence with a few characters changed, cut out or put in."""
        text = list(self.random.choice(self.sentences))
        for _ in range(self.random.randint(1, 6)):
            at = self.random.randrange(len(text))
            action = self.random.randrange(4)
            if action == 0:
                text[at] = self.character()
            elif action == 1:
                text.insert(at, self.character())
            elif action == 2 and len(text) > 1:
                del text[at]
            else:
                text[at] = text[at].upper()
        return "".join(text)

    def character(self):
        r = self.random
        return r.choice([
            lambda: r.choice(string.printable), lambda: chr(r.randint(*r.choice(RANGES))), lambda: r.choice(self.folded),
            lambda: r.choice(SPACES), lambda: r.choice(INVISIBLE), lambda: r.choice(SPECIAL),
        ])()

    def mixed(self):
        return self.random.choice(["", " ", "  ", "."]).join(
            self.random.choice([lambda: self.random.choice(self.words), lambda: self.of_script(1, 6), self.character])() for _ in range(self.random.randint(1, 12))
        )

    def of_pieces(self):
        return self.some(lambda: self.random.choice(self.pieces).replace("▁", self.random.choice(["", " ", " "])), 1, 20)

    def of_script(self, low=1, high=40):
        first, last = self.random.choice(RANGES)
        return self.some(lambda: chr(self.random.randint(first, last)), low, high)

    def anything(self):
        def one():
            while 0xD800 <= (c := self.random.randint(0, sys.maxunicode)) <= 0xDFFF:
                pass
            return chr(c)
        return self.some(one, 1, 30)

    def folding(self):
        return self.some(lambda: self.random.choice(self.folded), 1, 30)

    def few_letters(self):
        letters = self.random.choice(["ab", "ab ", "aeiou", "rive r", "the a", "es", "abc", "一卫星图", "áa\u0301b", "👩\u200d🚀😀"])
        return self.some(lambda: self.random.choice(letters), 1, 60)

    def punctuated(self):
        return self.some(lambda: self.random.choice([self.random.choice(string.punctuation), self.random.choice(self.words), " "]), 1, 30)

    def spaced(self):
        return self.some(lambda: self.random.choice([self.random.choice(SPACES), self.random.choice(SPACES), self.random.choice(INVISIBLE), self.random.choice(self.words)]), 1, 30)

    def special(self):
        return self.some(lambda: self.random.choice([self.random.choice(SPECIAL), self.random.choice(SPECIAL), self.random.choice(self.words), self.character()]), 1, 12)

    def repeated(self):
        unit = self.random.choice([self.character, lambda: self.random.choice(self.pieces), lambda: self.random.choice(self.words) + " "])()
        return unit * self.random.randint(1, 130)

    def brink(self):
        """About as many tokens as fit, then something special."""
        unit = self.random.choice([self.random.choice(self.pieces).replace("▁", " "), self.random.choice(self.words) + " "])
        return unit * self.random.randint(58, 66) + self.random.choice(SPECIAL) + unit * self.random.randint(0, 2)

    def long(self):
        return " ".join(self.random.choice(self.words) for _ in range(self.random.randint(20, 120)))

    def bytes(self):
        """What a damaged file gives after decoding."""
        data = bytearray(self.random.choice(self.sentences).encode())
        for _ in range(self.random.randint(1, 10)):
            data[self.random.randrange(len(data))] = self.random.randrange(256)
        return bytes(data).decode("utf-8", "replace")


class Reference:
    def __init__(self, vocabulary):
        self.siglip = transformers.SiglipTokenizer(str(vocabulary), model_max_length=POSITIONS)
        self.processor = self.siglip.sp_model

    def line(self, text):
        ids = self.siglip(text, padding="max_length", truncation=True, max_length=POSITIONS)["input_ids"]
        assert len(ids) == POSITIONS
        eos = self.siglip.eos_token_id
        whole = self.siglip(text)["input_ids"]
        lost = any(i != eos for i in whole[POSITIONS - 1:])
        while ids and ids[-1] == eos:
            ids.pop()
        alone = [self.processor.piece_to_id(p) for p in self.processor.encode(text, out_type=str)]
        return [text, ids, lost, alone[: 2 * POSITIONS]]


def every_character():
    """Every code point but the surrogates, in order, 40 to a text and apart, so that no two compose."""
    points = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF and unicodedata.category(chr(c)) not in ("Cn", "Co")]
    for at in range(0, len(points), 20):
        yield " ".join(points[at:at + 20])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vocabulary", type=pathlib.Path)
    parser.add_argument("--characters", action="store_true", help="every assigned code point as well")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    for folder in arguments.folders:
        vocabularies = [arguments.vocabulary] if arguments.vocabulary else sorted([*folder.glob("spiece.model"), *folder.glob("tokenizer.json")])
        reference = Reference(vocabularies[0])
        generator = Generator(arguments.seed, reference.processor)
        seen = dict.fromkeys(texts.ALL)
        if arguments.characters:
            seen.update(dict.fromkeys(every_character()))
        while len(seen) < arguments.count:
            seen[generator.text()] = None
        head = {"vocabularies": [os.path.relpath(v, folder) for v in vocabularies], "transformers": transformers.__version__, "sentencepiece": sentencepiece.__version__, "seed": arguments.seed, "count": len(seen)}
        with open(folder / "texts.jsonl.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
            for line in (head, *map(reference.line, seen)):
                out.write(json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
        print(folder, len(seen), "texts")


if __name__ == "__main__":
    main()
