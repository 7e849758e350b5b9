"""One version alone: what the typos stage flags, beside pycorrector: `python -m benchmarks.typos`.

On `bench/ocr_pages.jsonl` (pages with `cer` < 0.1). A misreading is a place where an alignment
of optimal cost finds another hanzi, and it is found if a flag lies on it; a flag is right if it
lies on any difference. Sound text: news that the language model was built from; news that it
has not seen (the pages' truths, and the truths of `bench/slips.jsonl` in simplified characters
and full-width marks); articles of web pages that neither it nor the weights have seen. Speed is
that of one core, each text once more after the first time. `--quick` takes less news and leaves
out pycorrector's slow corrector.

pycorrector downloads its models, which is not possible here, so its correctors run as far as
they can: the one for names and idioms as it is, the statistical one (detector, confusion sets,
perplexity) with our character model in the place of its 2.9 GB one. They need torch to be
imported at all (the extra `neural`). The MacBERT corrector has no weights here.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from benchmarks.results import Row, corpus, publish, shared
from repair import lm
from repair.collate import confusions
from repair.config import Config
from repair.model import Context
from repair.rules import table
from repair.typos import fit, stage, terms
from repair.typos.compact import Compact

NEWS = 3_000_000  # characters of news on which the stage must be silent
PEER = 30_000  # characters of sound text and of pages that the slow peer gets
Flags = Callable[[str], Iterable[tuple[int, int]]]  # spans that a tool flags in a text
Says = Callable[[str], list[tuple[str, str, int]]]  # a corrector's errors in a sentence


@dataclass(frozen=True, slots=True)
class Page:
    """A recognised page: the places where it differs from the print, in its own offsets, each
    with the number of the misreading of hanzi that it belongs to, or None."""

    text: str
    wrong: dict[int, int | None]
    misreadings: int


def pages() -> tuple[list[Page], list[str]]:
    """The pages and all truths."""
    rows = [json.loads(r) for r in shared("bench/ocr_pages.jsonl").read_text("utf-8").splitlines()]
    return [page(r["ocr"], r["truth"]) for r in rows if r["cer"] < fit.CER], [
        r["truth"] for r in rows
    ]


def page(ocr: str, truth: str) -> Page:
    """A page with its errors, by the alignment that the weights were fitted with."""
    from rapidfuzz.distance import Levenshtein

    places = [i for i, c in enumerate(ocr) if not c.isspace()]
    a, b = ("".join(t.split()) for t in (ocr, truth))
    wrong: dict[int, int | None] = {}
    number = 0
    for op in Levenshtein.opcodes(a, b):
        if op.tag == "equal":
            continue
        both = a[op.src_start : op.src_end] + b[op.dest_start : op.dest_end]
        hanzi = any("\u4e00" <= c <= "\u9fff" for c in both)
        number += hanzi
        for i in range(op.src_start, max(op.src_end, op.src_start + 1)):
            if i < len(places):
                wrong[places[i]] = number if hanzi else None
    return Page(ocr, wrong, number)


def ours(typos: str) -> Flags:
    """The stage's flags."""
    context = Context(Config(typos=typos))
    return lambda text: ((f.start, f.end) for f in stage(text, context).findings)


def measured(name: str, flags: Flags, read: list[Page], sound: list[tuple[str, list[str]]],
             note: str = "") -> Iterator[Row]:  # fmt: skip
    """A tool's precision and recall, its flags in sound text, its speed."""
    right = made = 0
    hit = total = 0
    for one in read:
        found: set[int] = set()
        for start, end in flags(one.text):
            made += 1
            met = {one.wrong[i] for i in range(start, max(end, start + 1)) if i in one.wrong}
            right += bool(met)
            found |= {n for n in met if n is not None}
        hit += len(found)
        total += one.misreadings
    yield (
        name,
        "precision at recall",
        f"{right / max(1, made):.3f} at {hit / total:.3f}",
        f"{right} of {made} flags, {hit} of {total} misreadings {note}".strip(),
    )
    _, speed = flagged(flags, [one.text for one in read])
    yield name, "characters a second on the pages", f"{speed:,.0f}", ""
    for what, texts in sound:
        size = sum(map(len, texts))
        count, speed = flagged(flags, texts)
        yield (
            name,
            f"flags in 10,000 characters of {what}",
            f"{1e4 * count / size:.3f}",
            f"{count} in {size:,} characters, {speed:,.0f} a second",
        )


def flagged(flags: Flags, texts: list[str]) -> tuple[int, float]:
    """How many flags a tool sets, and how many characters it reads in a second of a core."""
    began = time.process_time()
    count = sum(1 for text in texts for _ in flags(text))
    return count, sum(map(len, texts)) / (time.process_time() - began)


def news(size: int) -> list[str]:
    """Documents of the news corpus."""
    return corpus("news", size).split("\n\n")


def fitted() -> list[str]:
    """The articles of the web pages that the weights were fitted on as sound text."""
    from benchmarks.pages import pages as web_pages

    return [page.text for page in web_pages("cwced")]


def web() -> list[str]:
    """Articles of other web pages: reports, stories, forums, lists."""
    gold = shared("bench/pages/magic_html/gold.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["content"] for line in gold]


def unseen() -> list[str]:
    """News of other days than the model was built from."""
    import opencc

    simplified = opencc.OpenCC("t2s").convert
    rows = map(json.loads, shared("bench/slips.jsonl").read_text("utf-8").splitlines())
    wide = str.maketrans(",:;?!()", "，：；？！（）")
    return [simplified(r["truth"]).translate(wide) for r in rows if r["kind"] in ("trad", "simp")]


def validated() -> Iterator[Row]:
    """The rule of the model alone, each document scored with weights fitted without it."""
    texts = fit.texts_of(
        shared("bench/ocr_pages.jsonl"), shared("bench/ocr_typed_pairs.jsonl"), fitted()
    )
    scores = fit.validated(texts)
    for kind, what in (("page", "pages"), ("book", "scanned books")):
        for recall, _, precision, rate in fit.report(texts, scores, kind):
            yield (
                "TYP010, cross-validated by document",
                f"{what}: precision at recall {recall:.3f}",
                f"{precision:.3f}",
                f"{rate:.3f} flags in 10,000 characters of sound text (truths, typed, cwced)",
            )


def planted(texts: list[str], rng: random.Random) -> Iterator[Row]:
    """Terms that stand at least four times in a text, one of them misread or misheard."""
    other: dict[str, list[str]] = defaultdict(list)
    for line in shared("bench/ocr_substitutions.tsv").read_text("utf-8").splitlines():
        true, seen, *_ = line.split("\t")
        if len(true) == len(seen) == 1:
            other[true].append(seen)
    common = set(table("typos")["TYP007"].data["common"])
    hit = total = 0
    for text in texts:
        count = Counter(text[i : i + 3] for i in range(len(text) - 2))
        often = sorted(
            w for w, n in count.items()
            if n >= 4 and re.fullmatch("[\u4e00-\u9fff]{3}", w) and not common & set(w)
        )  # fmt: skip
        for word in rng.sample(often, min(4, len(often))):
            k = rng.randrange(3)
            read = [c for c in other[word[k]] if "\u4e00" <= c <= "\u9fff"]
            read += confusions.sounding(word[k])
            if read:
                at = rng.choice([m.start() for m in re.finditer(word, text)]) + k
                slip = text[:at] + rng.choice(read) + text[at + 1 :]
                total += 1
                hit += any(f.start == at for f in terms.find(slip))
    yield (
        "TYP007, inconsistent terms",
        "planted odd forms found",
        f"{100 * hit / total:.1f} % ({hit} of {total})",
        "a term of a truth or a web page that stands four times, one of them changed",
    )


# --- pycorrector --------------------------------------------------------------------------


def sentences(says: Says) -> Flags:
    """A corrector of sentences as a tool that flags spans of a text."""

    def flags(text: str) -> Iterator[tuple[int, int]]:
        compact = Compact(text)
        for match in re.finditer(r"[^。！？\n]+[。！？]?", compact.text):
            for wrong, _, at in says(match[0]):
                start = compact.places[match.start() + at]
                yield start, start + len(wrong)

    return flags


def statistical() -> Says:
    """pycorrector's Corrector with our model behind kenlm's two methods."""
    import math

    model = lm.load()

    class Kenlm:
        def __init__(self, _: str) -> None:
            pass

        def score(self, text: str, bos: bool = True, eos: bool = True) -> float:
            return float(model.totals([text.replace(" ", "")])[0]) / math.log(10)

        def perplexity(self, text: str) -> float:
            plain = text.replace(" ", "")
            return math.exp(-float(model.totals([plain])[0]) / max(1, len(plain)))

    sys.modules["kenlm"] = SimpleNamespace(Model=Kenlm)  # type: ignore[assignment]
    from pycorrector.corrector import Corrector

    tool = Corrector(language_model_path=str(lm.SHIPPED))
    return lambda sentence: _errors(tool.correct(sentence))


def proper() -> Says:
    """pycorrector's corrector of names and idioms, as it is."""
    from pycorrector.proper_corrector import ProperCorrector

    tool = ProperCorrector()
    return lambda sentence: _errors(tool.correct(sentence))


def _errors(said: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(wrong, right, at) for wrong, right, at, *_ in said["errors"]]


def peers(read: list[Page], truths: list[str], quick: bool) -> Iterator[Row]:
    """pycorrector's figures on as much of the same text as its speed allows."""
    tools = [("pycorrector, names and idioms", proper)]
    if not quick:
        tools.append(("pycorrector, statistical, our model", statistical))
    few: list[Page] = []
    for one in read:
        if sum(len(p.text) for p in few) < PEER:
            few.append(one)
    sound = [("truths", ["".join(truths)[:PEER]])]
    for name, load in tools:
        try:
            flags = sentences(load())
        except ImportError as missing:
            yield name, "not installed", str(missing), "pip install 'repair[neural]'"
            continue
        yield from measured(name, flags, few, sound, f"on {len(few)} pages")
    yield "pycorrector, MacBERT", "", "", "no weights here: they are downloaded from a hub"


def main() -> None:
    """Prints and keeps the table."""
    ask = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    ask.add_argument("--quick", action="store_true")
    quick = ask.parse_args().quick
    read, truths = pages()
    articles = web()
    sound = [
        ("news", news(NEWS // 10 if quick else NEWS)), ("truths", truths),
        ("other unseen news", unseen()), ("web pages", articles),
    ]  # fmt: skip
    rows: list[Row] = []
    parts = [
        measured("repair, typos = model", ours("model"), read, sound,
                 "(weights fitted on these pages and on books)"),
        measured("repair, cheap checks", ours("cheap"), read, sound),
        validated(),
        planted([*truths, *articles], random.Random(1)),
        peers(read, truths, quick),
    ]  # fmt: skip
    for part in parts:
        for row in part:
            print(*row, sep=" | ", flush=True)
            rows.append(row)
    if not quick:
        publish("typos", "One version alone", ["tool", "figure", "measured", "remarks"], rows)


if __name__ == "__main__":
    main()
