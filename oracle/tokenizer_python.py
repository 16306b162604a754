"""Writes what Python does with every character, and with bytes that are no text.

    python oracle/tokenizer_python.py

writes inference/testdata/tokenizer/python.json.
"""

import json
import pathlib
import random
import re
import string
import sys
import unicodedata


def main():
    characters = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF]
    drawn = random.Random(1)
    pieces = [b"a", b"\x80", b"\xbf", b"\xc0", b"\xc2", b"\xe0", b"\xed", b"\xa0", b"\xef", b"\xf0", b"\x90", b"\x8f", b"\xf4", b"\xf5", b"\xff", "é".encode(), "卫".encode(), "🛰".encode(), "卫".encode()[:2], "🛰".encode()[:3]]
    malformed = [*pieces, *(b"".join(drawn.choices(pieces, k=drawn.randint(2, 8))) for _ in range(300))]
    golden = {
        "python": ".".join(map(str, sys.version_info[:3])), "unicode": unicodedata.unidata_version,
        "lower": {c: c.lower() for c in characters if c.lower() != c},
        "space": "".join(c for c in characters if re.fullmatch(r"\s", c)),
        "punctuation": string.punctuation,
        "decode": [[list(m), m.decode("utf-8", "replace")] for m in malformed],
    }
    assert golden["space"] == "".join(c for c in characters if not c.strip())
    path = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata/tokenizer/python.json"
    path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
