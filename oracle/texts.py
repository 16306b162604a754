"""The texts of the golden files."""

SCORED = [
    "a remote sensing image of river",
    "a remote sensing image of an airport",
    "a satellite photo of a harbour near Zürich",
    "there are several planes parked next to the terminal",
    "卫星图像显示河流和农田",
    "спутниковый снимок реки и леса",
    "Farmland, with TWO roads; and a row of trees!",
    "the 🛰️ sees the 🌍",
    "",
    "a very long caption " * 30,
]

_TOKENIZER = [
    # The steps of canonicalisation, one at a time.
    " ", "   ", "\t", "\n", "▁", "▁▁", "a▁b", "▁a▁", "A", "ABC", "İ", "İstanbul", "ǅ", "ß", "ẞ", "ΣΑΣ", "ΟΔΥΣΣΕΥΣ", "ﬁ", "ﬃ", "Ａｂｃ", "①②③", "½", "㎞", "ℌ", "K",
    ".", "...", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "a.b", "a . b", "it's", "l'aéroport", "U.S.A.", "x_y", "a-b", "“quoted”", "—", "…", "¿?", "。", "、", "！",
    "  two  spaces  ", "tab\tand\nnewline\r\n", "a\x0bb", "a\x0cb", "a\x1cb", "a\x1db", "a\x1eb", "a\x1fb", "a\x85b", "a\u00a0b", "a\u1680b", "a\u2003b", "a\u2028b", "a\u2029b", "a\u202fb", "a\u205fb", "a\u3000b", "a\u200bb", "a\u200db", "a\ufeffb", "\ufeff", "\u200b", "a\u00adb",
    "\x00", "a\x00b", "\x01\x02", "\x7f", "a\x7fb", "\x9f", "\ufffd", "\ufffe", "\U0010ffff", "\ue000",
    # Special tokens, whole and broken.
    "</s>", "<unk>", "<pad>", "<s>", "hi</s>", "hi </s>", "</s>hi", "hi </s> there", "hi</s></s>", "</s></s></s>", "a<unk>b", "a <unk> b", "<unk><unk>", "< /s>", "</S>", "<UNK>", "</s", "/s>", "a</s>b</s>c", " </s> ", "<unk>.", ".<unk>", "a\u3000</s>\u3000b", "▁</s>▁", "x</s>▁y", "<pad>a", "a<pad>b",
    # Scripts.
    "Zürich", "São Paulo", "Kraków", "Đà Nẵng", "Łódź", "crème brûlée", "cafe\u0301", "e\u0301\u0323", "a\u0300\u0301\u0302\u0303", "ñ", "n\u0303", "Ω", "Å", "Å", "가각", "\u1100\u1161\u11a8", "한국어 위성 사진", "日本語の衛星画像", "卫星 图像", "ﾊﾝｶｸ", "パ", "ハ\u309a",
    "спутник", "СПУТНИК", "йогурт", "и\u0306", "δορυφόρος", "ΔΟΡΥΦΌΡΟΣ", "صورة فضائية", "تمو‌نه", "תמונת לוויין", "नदी और पुल", "க்ஷ", "แม่น้ำ", "ქართული", "ᲥᲐᲠᲗᲣᲚᲘ", "Ꭰ", "ꭰ", "𝒜𝓑", "𐐀", "ⅷ", "Ⅷ", "𝟘𝟙",
    # Emoji.
    "😀", "👩‍🚀", "👨‍👩‍👧‍👦", "🇨🇭", "🏳️‍🌈", "1️⃣", "❤️", "☺", "🛰️🌍", "a😀b", "👍🏽",
    # Words that the vocabulary knows, joined and cut.
    "river", "rivers", "riverriver", "remote sensing", "remotesensing", "a remote sensing image of {label}", "the real mountain view", "San Francisco", "A long paragraph for summarization.", "zzzzqqqqxxxx", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "tile 12 of scene 444", "1234567890", "12:30", "3.14", "a1b2c3", "http://example.org/a?b=c#d", "C:\\path\\file", "e=mc^2", "#hashtag @user", "<b>bold</b>", "line\u2028sep",
    # Lengths around the limit of 64.
    *("river " * n for n in (60, 61, 62, 63, 64, 65, 66, 200)), "river " * 63 + "</s>", "river " * 62 + "</s> end", "x" * 500, "。" * 100, "a " * 1000, "卫" * 70, "é" * 70, "😀" * 70,
    # Edges of what lowercases, folds or disappears.
    "ŉ", "ǰ", "ΐ", "ﬗ", "ᾳ", "ᾼ", "Ῠ", "ſ", "ı", "I", "i", "İİ", "ΑΣ ΒΣ", "Σ", "ς", "σ", "ʼn", "´", "¨", "¸", "\u037a", "\u1fbd", "‗", "‾", "⁄", "™", "℠", "㏂", "ﷺ", "ﬀ", "ﹲ", "゛", "\u3164", "\uffa0", "\u115f", "\u17b4", "\u034f", "\u180e", "\u2060", "\u2066a\u2069", "\u202ea\u202c",
]

ALL = SCORED + _TOKENIZER
