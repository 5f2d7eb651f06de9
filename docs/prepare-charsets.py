#!/usr/bin/env python3
"""Make the training lines of the model that guesses charsets, `right TAB words` and `wrong TAB words`; docs/models.md says from what.

usage: prepare-charsets.py OUT.tsv SENTENCES.tsv      (one sentence in five is held out)
"""
import hashlib
import random
import re
import sys
import unicodedata

WESTERN = "af ca da de en es eu fi fr ga id is it la ms nl nn no pt sq st sv sw tl tn zu xh so om ts sn lg"
# In which charsets a language was commonly written, by Python's names.
CHARSETS = {
    **{language: ["cp1252"] for language in WESTERN.split()},
    **{language: ["cp1252", "iso8859_15", "mac_roman"] for language in "ca da de es fi fr is it nl no pt sv".split()},
    **{language: ["cp1250", "iso8859_2"] for language in "bs cs hr hu pl ro sk sl".split()},
    **{language: ["cp1251", "iso8859_5"] for language in "be bg mk sr uk".split()},
    **{language: ["cp1256"] for language in "fa ur".split()},
    **{language: ["cp1257", "iso8859_13"] for language in "et lt lv".split()},
    "sq": ["cp1252", "cp1250"], "eo": ["iso8859_3"], "mn": ["cp1251"], "kk": ["cp1251"], "az": ["cp1254"], "vi": ["cp1258"], "th": ["cp874"],
    "ru": ["cp1251", "iso8859_5", "koi8_r", "cp866", "mac_cyrillic"], "ar": ["cp1256", "iso8859_6"], "el": ["cp1253", "iso8859_7"],
    "tr": ["cp1254", "iso8859_9"], "he": ["cp1255", "iso8859_8"], "ja": ["cp932", "euc_jp"], "zh": ["gb18030", "big5"], "ko": ["cp949"],
}
CHARSETS["bg"] += ["koi8_r", "cp866"]
CHARSETS["uk"] += ["koi8_u", "mac_cyrillic"]
CHARSETS["be"] += ["koi8_u"]
CHARSETS["et"] += ["cp1252"]
ALL = sorted({charset for charsets in CHARSETS.values() for charset in charsets})
WIDE = "ar am be bg bn el fa gu he hi hy ja ka ko pa ru ta te th uk ur zh".split()
TEXTS, WRONG = 400, 6
TONES = "\u0300\u0301\u0303\u0309\u0323"
PLAIN = str.maketrans("‘’“”„–—\xa0•«»", "''\"\"\"-- *\"\"")


def is_held_out(sentence):
    return int.from_bytes(hashlib.sha256(sentence.encode()).digest()[:8], "big") % 5 == 0


def encode(text, charset):
    """The bytes of a text, or None; Vietnamese and Romanian letters as their charsets have them."""
    if charset == "cp1258":
        parts = [unicodedata.normalize("NFD", c) for c in text]
        text = "".join(unicodedata.normalize("NFC", "".join(m for m in p if m not in TONES)) + "".join(m for m in p if m in TONES) for p in parts)
    if charset in ("cp1250", "iso8859_2"):
        text = text.translate(str.maketrans("șțȘȚ", "şţŞŢ"))
    for candidate in text, text.translate(PLAIN).replace("…", "..."):
        try:
            return candidate.encode(charset)
        except UnicodeEncodeError:
            pass
    return None


def marked(text):
    """What the model sees; the same as CharsetGuess.Marked."""
    out = []
    for word in re.split(r'[ \t\r\n<>"]', text):
        if word.isascii():
            continue
        small = False
        for c in word:
            if c < "\x80":
                out.append(c)
                small = "a" <= c <= "z"
                continue
            kind = unicodedata.category(c)
            if kind == "Lu" and small:
                out.append("\uA4D2")
            small = kind == "Ll"
            if ord(c) > 0xFFFF:
                out.append("\uA4D3\uA4D3")
            else:
                out.append(c if kind[0] in "LM" else "\uA4D1" if kind in ("Cc", "Cf") else "\uA4D3" if kind[0] == "C" or c == "\ufffd" else "\uA4D0")
        out.append(" ")
    return "".join(out)


def lines(sentences):
    for language, charsets in CHARSETS.items():
        for charset in charsets:
            for i in range(TEXTS):
                random_ = random.Random(f"{language} {charset} {i}")
                size = random_.choice([15, 30, 60, 150, 300])
                encoded = b"\n".join(filter(None, (encode(s, charset) for s in random_.sample(sentences[language], 4))))
                text = encoded.decode(charset)[:size]
                yield from judged(text, text.encode(charset), ALL, WRONG, random_)
    for language in WIDE:
        for i in range(TEXTS):
            random_ = random.Random(f"{language} wide {i}")
            text = " ".join(random_.sample(sentences[language], 2))[:random_.choice([15, 40, 100])]
            charset, other = random_.sample(["utf_16_le", "utf_16_be"], 2)
            yield from judged(text, text.encode(charset), [other, *random_.sample(ALL, 3)], WRONG, random_)


def judged(text, encoded, charsets, most, random_):
    """The text, and what other charsets make of its bytes."""
    right = marked(text)
    if not right.strip():
        return
    yield "right", right
    charsets = [*charsets, "utf_16_le", "utf_16_be"]
    random_.shuffle(charsets)
    seen = {right}
    for charset in charsets:
        wrong = marked(encoded.decode(charset, "replace"))
        if len(seen) > most or wrong in seen or not wrong.strip():
            continue
        seen.add(wrong)
        yield "wrong", wrong


def main(out, path):
    sentences = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            language, text = line.rstrip("\n").split("\t", 1)
            if not is_held_out(text):
                sentences.setdefault({"nb": "no"}.get(language, language), []).append(text)
    with open(out, "w", encoding="utf-8", newline="\n") as file:
        for label, text in lines(sentences):
            file.write(f"{label}\t{text}\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
