#!/usr/bin/env python3
"""Make the training lines `label TAB text` of the three built-in models; docs/models.md says from what.

usage: prepare-models.py language  OUT_FOLDER ONE_IN WORDS_FOLDER LINGUA.tsv...      (one in ONE_IN lines is held out)
       prepare-models.py toxicity  OUT_FOLDER EDOS.csv DAVIDSON.csv LDNOOBW-EN.txt SENTENCES.tsv WORDNET_FOLDER NET_FOLDER BOOK_FOLDER...
       prepare-models.py toxicity-de OUT_FOLDER GERMEVAL.txt SENTENCES.tsv GERMAN_TEXTS.json...
"""
import csv
import hashlib
import html
import json
import pathlib
import re
import sys

import toxicity_comments
import toxicity_remarks
import toxicity_sentences
import toxicity_sentences_de

# Groups that EDOS does not label: what its posts say of them is not known.
OTHERS = re.compile(r"\b(jew|muslim|islam|black|white|negro|arab|african|mexican|immigrant|migrant|refugee|gay|lesbian|trans|homosexual|queer"
                    r"|asian|indian|chinese|christian|race|racist|nazi|zionist|left|liberal|leftist|cuck|soyboy|tard)\w*", re.I)
EROTIC = re.compile(r"\b(dick|cock|pussy|tits|titties|boobs|cum|blowjob|porn|nudes?|naked|sex|horny|suck my|penis|vagina|orgasm|anal|milf|nut)\b", re.I)
TERMS = pathlib.Path(__file__).parent.parent / "src/CorpusForge/Filter/Models"
PLAIN = str.maketrans({c: " " for c in ".,;:!?()[]\"*#&/-"} | dict(zip("äöü", "aou")))
KINDS = {"1.": "threat", "2.3": "sexual", "3.1": "insult"}


# What the labels of GermEval say of the heads, and what they leave open.
GERMEVAL = {"OTHER": "benign", "ABUSE": "toxic,hate,?insult,?threat,?sexual", "INSULT": "toxic,insult,?hate,?threat,?sexual", "PROFANITY": "?toxic,insult,?threat,?sexual"}


def harsh_words(name):
    lines = (TERMS / name).read_text(encoding="utf-8").splitlines()
    return {word for line in lines for role, _, words in [line.partition("\t")]
            if role in ("attack", "bad", "hate", "harm", "profane", "slur", "sharp", "sour") for word in words.split()}


HARSH = harsh_words("toxicity.terms")


def clean(text):
    text = html.unescape(html.unescape(text)).replace("|LBR|", " ")
    text = re.sub(r"https?://\S+|\[URL\]|\[USER\]|@\w+|^[!\s\"“]*RT\b:?|\bRT\b", " ", text)
    return re.sub(r"\s+", " ", text).strip(" :!\"“”")


def harsh(text, words=HARSH):
    """Whether a word of it plays a hostile part."""
    return any(word in words for word in re.sub("['’]", "", text.lower()).translate(PLAIN).split())


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


# Tesseract's names of languages; the words of tesseract-ocr-NAME are in WORDS_FOLDER/NAME.txt.
WORDS = dict(zip(
    "afr amh ara aze bel ben bos bul cat ces cym dan deu ell eng epo est eus fas fil fin fra gle guj heb hin hrv hun hye ind isl ita jpn kat kaz kor lat lav"
    " lit mar mkd mon msa nld nor pan pol por ron rus sin slk slv spa sqi srp swa swe tam tel tha tir tur ukr urd vie yor chi-sim chi-tra".split(),
    "af am ar az be bn bs bg ca cs cy da de el en eo et eu fa tl fi fr ga gu he hi hr hu hy id is it ja ka kk ko la lv"
    " lt mr mk mn ms nl no pa pl pt ro ru si sk sl es sq sr sw sv ta te th ti tr uk ur vi yo zh zh".split(), strict=True))
MARKED = set("am bn gu hi mr pa si ta te th ti".split())
PAIRS, FRAGMENTS = 3000, 8


def numbers(text):
    """Eight numbers that depend on the text alone."""
    digest = hashlib.sha256(text.encode()).digest()
    return [int.from_bytes(digest[i:i + 4], "big") for i in range(0, 32, 4)]


def language(words, paths, held_out):
    """Pairs of label and text: the lines themselves, pieces of their sentences, and pairs of words of the lists."""
    for path in paths:
        for label, text in tsv(path):
            label = {"nb": "no"}.get(label, label)
            if not text or held_out(label, text):
                continue
            yield label, text
            parts = text.split()
            for i in range(FRAGMENTS if len(parts) >= 6 else 0):
                size, start, *_ = numbers(f"{i} {text}")
                size = 1 + size % 4
                start %= len(parts) - size + 1
                yield label, " ".join(parts[start:start + size])
    english = set(lines(words, "eng"))
    for name, label in sorted(WORDS.items()):
        # Words in capitals are names and headings; English ones are on the lists of every language.
        kept = {w for w in lines(words, name) if w == w.lower() and (label == "en" or w not in english)}
        if label in MARKED:
            kept = {w for w in kept if len(w) >= 2 and not re.search(r"[0-9A-Za-z]", w)}
        else:
            kept = {w for w in kept if len(w) >= (1 if label in ("ja", "ko", "zh") else 3) and not re.search(r"[\d\W_]", w.replace("'", "").replace("’", ""))}
        kept = sorted(kept, key=lambda w: (numbers(w), w))[:2 * PAIRS]
        for first, second in zip(kept[::2], kept[1::2]):
            yield label, f"{first} {second}"


def lines(folder, name):
    with open(pathlib.Path(folder) / f"{name}.txt", encoding="utf-8", errors="ignore", newline="\n") as file:
        return [line.rstrip("\r\n") for line in file]


def language_files(out, one_in, words, *paths):
    with open(pathlib.Path(out) / "held-out.tsv", "w", encoding="utf-8", newline="\n") as held, \
            open(pathlib.Path(out) / "train.tsv", "w", encoding="utf-8", newline="\n") as train:
        def held_out(label, text):
            if share("held out " + text, int(one_in)) != 0:
                return False
            held.write(f"{label}\t{text}\n")
            return True
        for label, text in language(words, paths, held_out):
            train.write(f"{label}\t{text}\n")


def toxicity(edos, davidson, list_of_words, sentences_of_languages, wordnet, net, *books):
    """Triples of source, text and heads; heads as `classifier train-toxicity` reads them."""
    rude = [w.strip().lower() for w in open(list_of_words, encoding="utf-8") if w.strip()]
    rude = re.compile(r"\b(" + "|".join(map(re.escape, rude)) + r")\b")
    for row in rows(edos):
        text, sexist = clean(row["text"]), row["label_sexist"] == "sexist"
        kinds = [kind for code, kind in KINDS.items() if row["label_vector"].startswith(code)]
        if sexist:
            yield "edos", text, ",".join(["toxic,hate", *kinds, *(f"?{k}" for k in ("insult", "sexual") if k not in kinds)])
        elif rude.search(text.lower()):
            yield "edos", text, "?toxic,?hate,?threat,insult,?sexual"
        elif not OTHERS.search(text):
            # Abuse of another kind than sexism has no label here, so that harsh words leave it open.
            yield "edos", text, "?toxic,?hate,?insult,?threat" if harsh(text) else "?insult,?threat"
    for row in rows(davidson):
        text = clean(row["tweet"])
        erotic = ",sexual" if EROTIC.search(text) else ""
        yield "davidson", text, {"0": "toxic,hate,?insult,?threat", "1": "toxic,insult,?threat", "2": ""}[row["class"]] + erotic if row["class"] != "2" else "benign"
    for label, text in tsv(sentences_of_languages):
        if label == "en":
            yield "lingua", text, "benign"
        elif share("other" + text, 8) == 0:
            yield "other", text, "benign"
    # What words mean, and plain technical prose: without harsh words, since these texts do not show how people use them.
    for part in "noun", "verb", "adj", "adv":
        with open(pathlib.Path(wordnet) / f"data.{part}", encoding="latin-1") as file:
            for line in file:
                gloss = line.rstrip("\n").partition(" | ")[2].strip()
                if not line.startswith("  ") and share(gloss, 4) == 0 and not harsh(gloss):
                    yield "wordnet", gloss, "benign"
    for text in sorted(set(documentation(net))):
        if share(text, 6) == 0 and not harsh(text):
            yield "net", text, "benign"
    for folder in sorted(books):
        for path in sorted(pathlib.Path(folder).rglob("*.xhtml")):
            for paragraph in re.findall(r"<p\b[^>]*>(.*?)</p>", path.read_text(encoding="utf-8"), re.S):
                text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", paragraph))).strip()
                for piece in re.findall(r"(?:\S+\s*){1,40}", text):
                    if share(piece, 2) == 0:
                        yield "books" if share(piece, 6) == 0 else "more books", piece.strip(), "benign"


def documentation(folder):
    """The sentences of .NET's XML documentation, names of code in place of links to it."""
    for path in sorted(pathlib.Path(folder).glob("*.xml")):
        for text in re.findall(r"<(?:summary|remarks|para|returns|param name=\"\w+\")>(.*?)</", path.read_text(encoding="utf-8-sig"), re.S):
            text = re.sub(r'<\w+ \w+="(?:\w:)?([^"]*)" */>', lambda link: link.group(1).split(".")[-1], text)
            text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text))).strip()
            if len(text) > 60:
                yield text


def german(germeval, sentences_of_languages, *texts):
    """The same of German."""
    words = harsh_words("toxicity-de.terms")
    for text, _, label in (line.rstrip("\n").split("\t") for line in open(germeval, encoding="utf-8")):
        yield "germeval", clean(text), GERMEVAL[label]
    for label, text in tsv(sentences_of_languages):
        if label == "de":
            yield "lingua", text, "benign"
    for text in sorted({text for path in texts for text in strings(json.loads(pathlib.Path(path).read_text(encoding="utf-8")))}):
        if not harsh(text, words):
            yield "texts", text, "benign"


def strings(value):
    """The sentences among the values of JSON, without marks and with names in place of what they stand for."""
    if isinstance(value, str):
        text = re.sub(r"[*`#_]", " ", re.sub(r"\{(\w+)[^}]*\}|%\((\w+)\)s", r"\1\2", re.sub(r"<[^>]+>", "", value)))
        yield from (line for line in (re.sub(r"\s+", " ", line).strip() for line in text.split("\n")) if len(line) > 40)
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def english_files(out, *inputs):
    toxicity_files(out, toxicity(*inputs), 1, (toxicity_sentences, 500, 50), (toxicity_comments, 400, 75), (toxicity_remarks, 400, 0))


def german_files(out, *inputs):
    toxicity_files(out, german(*inputs), 2, (toxicity_sentences_de, 60, 6))


def toxicity_files(out, lines, tenths, *grammars):
    """Some tenths of the posts and books calibrate, a tenth measures; made sentences calibrate by frames that nothing else uses."""
    files = {part: open(pathlib.Path(out) / f"{part}.tsv", "w", encoding="utf-8", newline="\n") for part in ("train", "made", "calibrate", "test")}
    for source, text, heads in lines:
        if text:
            number = share("part" + text, 10)
            part = "test" if number == 1 else "calibrate" if number <= tenths else "train"
            # EDOS labels sexism alone, so that its posts say little about how sure to be of the rest.
            if part == "calibrate" and source == "edos" and share("third" + text, 8) != 0:
                continue
            if part == "calibrate" and source in ("wordnet", "net", "other", "texts", "more books"):
                continue
            files[part].write(f"{heads}\t{text}\n")
    for grammar, made, calibration in grammars:
        for part, seed, size in ("made", 20, made), ("calibrate", 21, calibration):
            # Without lines that calibrate, all frames teach.
            for heads, text in grammar.sentences(seed, size, reserved=part == "calibrate" if calibration else None):
                files[part].write(f"{heads}\t{text}\n")
    for file in files.values():
        file.close()


KINDS_OF_FILES = {"language": language_files, "toxicity": english_files, "toxicity-de": german_files}


def main(kind, out, *inputs):
    KINDS_OF_FILES[kind](out, *inputs)


if __name__ == "__main__":
    if len(sys.argv) < 5 or sys.argv[1] not in KINDS_OF_FILES:
        sys.exit(__doc__)
    main(*sys.argv[1:])
