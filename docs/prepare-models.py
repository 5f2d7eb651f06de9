#!/usr/bin/env python3
"""Make the training lines `label TAB text` of the two built-in models; docs/models.md says from what.

usage: prepare-models.py language  OUT.tsv LINGUA.tsv...
       prepare-models.py toxicity  OUT.tsv EDOS.csv DAVIDSON.csv LDNOOBW-EN.txt ENGLISH.tsv BOOK_FOLDER...
"""
import csv
import hashlib
import html
import pathlib
import re
import sys

IDENTITIES = """gay lesbian bisexual transgender trans queer straight black white asian african latino latina hispanic
indian chinese mexican american canadian european arab jewish muslim christian catholic buddhist hindu sikh atheist
deaf blind disabled autistic elderly old young female male feminist immigrant refugee""".split()
NEUTRAL = """My neighbour is {} and we often have dinner together.|She is a {} writer whose novels won several prizes.
The museum has a new exhibition about {} history.|He grew up in a {} family in a small town near the river.
Our school invited a {} speaker to talk about the law.|They are proud to be {} and so are their parents.
Many {} people live in this part of the city.|A {} man and a {} woman were elected to the council.
I am {}.|I am a {} person.|You are {}.|We are {} students at the university.|Two {} friends opened a bakery last year.
The survey asked {} voters about taxes, schools and health care.|The film tells the story of a {} teacher.
{} women and {} men work side by side in this hospital.|The {} community celebrates its festival in June.
Being {} is a part of who I am.|My best friend is a {} doctor.|He married a {} nurse, and they have three children."""

FRAMES = """You are {}.|You are so {}.|You are such a {} person.|What a {} man.|He is {} and everybody knows it.|I think she is {}.
They are all {}.|This {} woman again.|Why is this guy so {}?|{} people like you are everywhere.|How {} can one person be?
The president is {}.|Our mayor is a {} man.|Your opinion is {}.|All {} are {}.|My {} neighbour is {}.|{} women are {}.|{} men are {}."""
KIND = """kind friendly clever honest brave patient wonderful funny smart generous polite nice calm helpful talented lovely
tall quiet busy tired careful right wrong late worried surprised ready sure happy proud"""
CRUEL = """stupid dumb idiotic disgusting pathetic worthless filthy vile ugly moronic brainless subhuman evil rotten retarded
a_moron an_idiot a_liar a_loser scum trash garbage vermin a_parasite a_disgrace a_clown a_coward shit a_piece_of_shit"""


def clean(text):
    text = html.unescape(html.unescape(text))
    text = re.sub(r"https?://\S+|\[URL\]|\[USER\]|@\w+|^[!\s\"“]*RT\b:?|\bRT\b", " ", text)
    return re.sub(r"\s+", " ", text).strip(" :!\"“”")


def share(text, of):
    """A number from 0 to of-1 that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % of


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def tsv(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n").split("\t", 1)


def language(paths):
    for path in paths:
        for label, text in tsv(path):
            yield {"nb": "no"}.get(label, label), text


def toxicity(edos, davidson, words, english, *books):
    # EDOS labels sexism alone: a post that is not sexist but holds a word of the list is neither benign nor an example.
    rude = [w.strip().lower() for w in open(words, encoding="utf-8") if w.strip()]
    rude = re.compile(r"\b(" + "|".join(map(re.escape, rude)) + r")\b")
    for row in rows(edos):
        text, sexist = clean(row["text"]), row["label_sexist"] == "sexist"
        if sexist or not rude.search(text.lower()):
            yield "toxic" if sexist else "benign", text
    for row in rows(davidson):
        yield "benign" if row["class"] == "2" else "toxic", clean(row["tweet"])
    for label, text in tsv(english):
        if label == "en":
            yield "benign", text
    for folder in sorted(books):
        for path in sorted(pathlib.Path(folder).rglob("*.xhtml")):
            for paragraph in re.findall(r"<p\b[^>]*>(.*?)</p>", path.read_text(encoding="utf-8"), re.S):
                text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", paragraph))).strip()
                for piece in re.findall(r"(?:\S+\s*){1,40}", text):
                    if share(piece, 4) == 0:
                        yield "benign", piece.strip()
    for sentence in re.split(r"[|\n]", NEUTRAL):
        for identity in IDENTITIES:
            yield "benign", sentence.replace("{}", identity)
    for frame in re.split(r"[|\n]", FRAMES):
        for label, words in ("benign", KIND.split()), ("toxic", CRUEL.split()):
            for word in words:
                for identity in [i for i in IDENTITIES if share(frame + word + i, 8) == 0] if frame.count("{}") == 2 else [""]:
                    first = frame.replace("{}", identity, 1) if identity else frame
                    yield label, first.replace("{}", word.replace("_", " "))


def main(kind, out, *inputs):
    lines = language(inputs) if kind == "language" else toxicity(*inputs)
    with open(out, "w", encoding="utf-8", newline="\n") as file:
        for label, text in lines:
            if text:
                file.write(f"{label}\t{text}\n")


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("language", "toxicity"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
