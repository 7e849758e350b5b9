"""Fits the weights of `likely`: `python -m repair.residue.fit SHARED LINES [OUT]`.

SHARED holds `corpus/` and `bench/`, LINES is tests/residue. Residue: the labelled lines, and
the lines of pages that stand outside their article, alone and joined to rows as flattened
menus are; menus put together from the words of the rules. Sound: the articles of the pages,
labelled content and metadata, and of every corpus the lines that `likely` would look at.
Prints, from folds over pages and sources, the share of unseen residue above each score and
the lines of sound text above it; writes the weights only, never lines. `telling` makes tables of
them.
"""

from __future__ import annotations

import json
import lzma
import random
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair.patterns import lazy
from repair.residue import hints, likely, spam
from repair.residue.lexicon import lexicon

FOLDS = 5
LEAST = 3  # lines that an n-gram stands in
KEPT = 20_000
STEPS, RATE, RIDGE = 160, 0.2, 2e-6
PART = 6_000_000  # characters of a corpus
MOST = 20_000  # lines of a corpus
PHRASES = 5_000
CORPORA = (
    "news", "laws_prc", "gov_reports", "gazette_tw", "twlaw", "drcd", "cmrc2018", "python_docs",
)  # fmt: skip
BLOCKS = lazy(
    "address|article|aside|blockquote|body|br|d[dlt]|div|fieldset|fig(?:caption|ure)|footer|form"
    "|h[1-6r]|header|li|main|nav|ol|option|p|pre|section|select|t(?:able|body|d|foot|h|head|r)|ul"
)
_ITEM = lazy(r"/(?:li|dd|td|tr|dl|p|div|a)(?:\[\d+\])?$")
AT = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)  # scores that the report tells of
Floats = NDArray[np.float64]


class Row(NamedTuple):
    """A line, whether it is residue, how much it counts, and the fold it belongs to."""

    text: str
    residue: bool
    weight: float
    group: str
    kind: str


def blocks(markup: str) -> Iterator[tuple[str, str]]:
    """The lines of a page in order, each with the path of the list or block it is part of."""
    from lxml import html  # type: ignore[import-untyped]

    tree = html.fromstring(markup)
    for bad in tree.xpath("//script|//style|//noscript|//template|//comment()|//head"):
        if bad.getparent() is not None:
            bad.drop_tree()
    line: list[str] = []
    path = ""
    for begins, node in _walk(tree):
        if BLOCKS.fullmatch(node.tag):
            text = " ".join("".join(line).split())
            if text:
                yield text, path
            line.clear()
            if begins and node.getparent() is not None:
                path = _ITEM.sub("", tree.getroottree().getpath(node.getparent()))
        line.append((node.text or "") if begins else (" " * (node.tag == "a") + (node.tail or "")))


def _walk(node: Any) -> Iterator[tuple[bool, Any]]:
    """Each element twice: as it begins and as it ends."""
    yield True, node
    for child in node:
        if isinstance(child.tag, str):
            yield from _walk(child)
    yield False, node


def of_pages(folder: Path, chance: random.Random) -> Iterator[Row]:
    """The lines outside the articles, and inside."""
    for name, markup, gold in _pages(folder):
        page = "".join(gold.split())
        for line in gold.split("\n"):
            if line.strip():
                yield Row(line.strip(), False, 4.0, name, "gold")
        outside: dict[str, list[str]] = {}
        for text, path in blocks(markup):
            bare = "".join(text.split())
            if bare in page or len(text) > likely.LONG:
                continue
            outside.setdefault(path, []).append(text)
            if not _headline(text):
                yield Row(text, True, 1.0, name, "page")
        for items in outside.values():
            short = [text for text in items if len(text) <= 8]
            for at in range(0, len(short) - 2, 6):
                part = short[at : at + chance.randint(3, 9)]
                if len(part) > 2:
                    joined = chance.choice((" ", " ", " | ", "|", " · ", "  ", " > ")).join(part)
                    yield Row(joined, True, 1.5, name, "row")


def _headline(text: str) -> bool:
    """Whether a line outside the article reads like another article's title: such lines say
    nothing about residue."""
    return len(text) >= 9 and not re.search(r"[|>·:：]|\s\S+\s", text) and len(text.split()) < 3


def _pages(folder: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted((folder / "cwced").glob("*.html")):
        gold = path.with_suffix(".cleaned.txt").read_text("utf-8", "replace")
        yield path.stem, _decoded(path.read_bytes()), gold
    for row in (folder / "magic_html/gold.jsonl").read_text("utf-8").splitlines():
        gold = json.loads(row)
        path = folder / "magic_html" / f"{gold['id']}.html"
        yield gold["id"], _decoded(path.read_bytes()), gold["content"]


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", "replace")
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)


def of_labelled(bench: Path, tests: Path) -> Iterator[Row]:
    """The labelled lines of the bench and of the tests."""
    for row in map(json.loads, (bench / "residue.jsonl").read_text("utf-8").splitlines()):
        residue = row["label"] in ("nav", "furniture", "spam")
        for text in filter(None, row["text"].split("\n")):
            weight = 4.0 if residue else 8.0
            yield Row(text, residue, weight, row["source"], row["label"])
    for name, residue in (("lines", True), ("negatives", False)):
        for n, row in enumerate((tests / f"{name}.jsonl").read_text("utf-8").splitlines()):
            weight = 4.0 if residue else 20.0
            yield Row(json.loads(row)["line"], residue, weight, f"test{n}", f"tests {name}")


def of_rules(chance: random.Random) -> Iterator[Row]:
    """Menus of the words that the rules know."""
    words = sorted(w for w in lexicon().words if 2 <= len(w) <= 8)
    for n, word in enumerate(words):
        if lexicon().words[word][0].value > 0:
            part = [word, *chance.sample(words, chance.randint(2, 6))]
            yield Row(
                chance.choice((" ", " | ", " · ")).join(part), True, 0.7, f"words{n % 50}", "words"
            )


def of_trade(chance: random.Random) -> Iterator[Row]:
    """Spam put together from the words of the trade."""
    words = sorted(spam.terms())
    for n in range(1500):
        part = chance.sample(words, chance.randint(3, 7))
        yield Row(
            chance.choice((" ", "", "，", "|")).join(part), True, 0.7, f"trade{n % 50}", "trade"
        )


def of_phrases(name: str, texts: list[str], chance: random.Random) -> Iterator[Row]:
    """What might head a section, alone on its line: quoted words, items, parts of headlines."""
    found: set[str] = set()
    for text in texts:
        found.update(re.findall(r"[“《「](\w{2,10})[”》」]", text))
        found.update(
            re.findall(
                r"^[（(]?[一二三四五六七八九十\d]+[）)、．.]\s*(\w{2,12})[；。]?$", text, re.M
            )
        )
        found.update(re.findall(r"^第[^\s第]{1,5}[章節节]\s+(\w{2,12})$", text, re.M))
        found.update(re.findall(r"^(\w{4,12})[\s：]+\w{4,14}$", text, re.M))
    kept = sorted(found)
    chance.shuffle(kept)
    for n, phrase in enumerate(kept[:PHRASES]):
        yield Row(phrase, False, 1.0, f"{name}p{n // 50}", f"{name} phrases")


def of_corpora(folder: Path, chance: random.Random) -> Iterator[Row]:
    """The lines of sound text that would be looked at, the short ones without an end first."""
    for name in CORPORA:
        seen: set[str] = set()
        texts = list(_texts(folder / f"{name}.txt.xz"))
        yield from of_phrases(name, texts, chance)
        for text in texts:
            lines = hints.split(text)
            if lines.look:
                found = lines.look.lines[likely.candidates(lines.look)]
                seen |= {lines.row(i).strip() for i in found.tolist()}
        kept = sorted(seen - {""})
        chance.shuffle(kept)
        for n, line in enumerate(kept[:MOST]):
            yield Row(line, False, 1.0, f"{name}{n // 50}", name)
            if n % 12 == 0 and n + 5 < len(kept):  # cells of a table, names in a row
                part = [x for x in kept[n : n + 5] if len(x) < 9][:4]
                if len(part) > 2:
                    yield Row(" ".join(part), False, 0.3, f"{name}{n // 50}", f"{name} cells")


def _texts(path: Path) -> Iterator[str]:
    """Pieces of a corpus, spread over it."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        text = file.read()
    step = max(len(text) // PART, 1) * 100_000
    for at in range(0, len(text), step):
        begin = text.find("\n", at) + 1
        end = text.find("\n", at + 100_000)
        yield text[begin : end if end > 0 else len(text)]


class Data(NamedTuple):
    """The features of rows: the shape, and the grams' numbers laid end to end."""

    shape: Floats
    grams: NDArray[np.intp]
    lines: NDArray[np.intp]  # the line of each gram
    scale: Floats
    names: list[str]


def data(rows: list[Row]) -> Data:
    """The features of all rows; an n-gram counts where enough lines have it."""
    units, starts = likely.features([r.text for r in rows])
    size = np.diff(np.append(starts, len(units)))
    line = np.repeat(np.arange(len(rows)), size)
    base = np.append(units.astype(np.uint64), np.full(2, 10, np.uint64))
    keys, where = [], []
    for n in (1, 2, 3):
        parts = [base[k : len(units) + k] for k in range(n)]
        key = np.full(len(units), n, np.uint64)
        for part in parts:
            key = key << np.uint64(16) | part
        inner = parts[:1] if n == 1 else parts[1:-1]  # a newline bounds a line, no more
        good = (
            np.all([part != 10 for part in inner], axis=0)
            if inner
            else (parts[0] != 10) | (parts[1] != 10)
        )
        keys.append(key[good])
        where.append(line[good])
    every, lines = np.concatenate(keys), np.concatenate(where)
    unique, inverse, counts = np.unique(every, return_inverse=True, return_counts=True)
    often = counts >= LEAST
    number, keep = np.cumsum(often) - 1, often[inverse]
    names = []
    for key in unique[often].tolist():
        text = key.to_bytes(8, "big").lstrip(b"\0")[1:]
        names.append(text.decode("utf-16-be", "surrogatepass"))
    return Data(
        likely.shape(units, starts), number[inverse][keep], lines[keep],
        1 / np.sqrt(3.0 * size), names,
    )  # fmt: skip


def train(d: Data, y: Floats, weight: Floats, use: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Weights of the shape and of the grams: logistic regression by Adam, full batches."""
    pick = use[d.lines]
    renumber = np.cumsum(use) - 1
    grams, lines = d.grams[pick], renumber[d.lines[pick]]
    shape, scale, y, weight = d.shape[use], d.scale[use], y[use], weight[use]
    n, k = len(d.names), shape.shape[1]
    w = np.zeros(n + k)
    first, second = np.zeros(n + k), np.zeros(n + k)
    weight = weight / weight.sum()
    for step in range(1, STEPS + 1):
        z = shape @ w[n:] + scale * np.bincount(lines, w[:n][grams], len(y))
        error = weight * (1 / (1 + np.exp(-z)) - y)
        gradient = (
            np.r_[np.bincount(grams, (error * scale)[lines], n), error @ shape]
            + RIDGE * np.r_[w[:n], np.zeros(k)]
        )
        first = 0.9 * first + 0.1 * gradient
        second = 0.98 * second + 0.02 * gradient**2
        rate = RATE * min(1.0, 2 * (1 - step / (STEPS + 1)))
        w -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.98**step)) + 1e-9)
    return w[n:], w[:n]


def chosen(d: Data, grams: Floats) -> Floats:
    """The heaviest weights alone, rounded as they are written."""
    seen = np.bincount(d.grams, minlength=len(grams))
    strength = np.abs(grams) * np.log1p(seen)
    least = np.sort(strength)[-KEPT] if len(grams) > KEPT else 0.0
    return np.where(strength >= least, np.round(grams * 100) / 100, 0.0)


def scores(d: Data, shape: Floats, grams: Floats) -> Floats:
    z: Floats = d.shape @ shape + d.scale * np.bincount(d.lines, grams[d.grams], len(d.scale))
    return z


def fold_of(group: str) -> int:
    return zlib.crc32(group.encode()) % FOLDS


def report(rows: list[Row], z: Floats) -> None:
    """By score: the share of each kind above it."""
    several = np.array([likely.least(r.text) == likely.ALONE for r in rows])
    kind = np.array([r.kind for r in rows])
    print(f"{'':30}", *(f"{t:6.1f}" for t in AT))
    for name in dict.fromkeys(kind.tolist()):
        for told, which in (("", several), (", one piece", ~several)):
            found = z[(kind == name) & which]
            if found.size:
                shares = (f"{(found >= t).mean():6.3f}" for t in AT)
                print(f"{name + told:24}{len(found):6}", *shares)


def main(shared: Path, tests: Path, out: Path) -> None:
    """Validates, prints, fits on all and writes."""
    chance = random.Random(4)
    rows = [
        *of_labelled(shared / "bench", tests),
        *of_pages(shared / "bench/pages", chance),
        *of_rules(chance),
        *of_trade(chance),
        *of_corpora(shared / "corpus", chance),
    ]
    rows = [r for r in rows if len(r.text.strip()) > 1 and re.search(r"[\u3400-\u9fff]", r.text)]
    d = data(rows)
    print(len(rows), "lines", len(d.names), "n-grams", flush=True)
    y = np.array([float(r.residue) for r in rows])
    weight = np.array([r.weight for r in rows])
    folds = np.array([fold_of(r.group) for r in rows])
    z = np.zeros(len(rows))
    for fold in range(FOLDS):
        shape, grams = train(d, y, weight, folds != fold)
        out_of = folds == fold
        z[out_of] = scores(d, shape, chosen(d, grams))[out_of]
    report(rows, z)
    shape, grams = train(d, y, weight, np.ones(len(rows), np.bool_))
    grams = chosen(d, grams)
    written = [
        f"shape\t{name}\t{value:.4f}" for name, value in zip(likely.SHAPE, shape, strict=True)
    ]
    for name, value in sorted(zip(d.names, grams, strict=True)):
        if value and name.replace("\n", "").isprintable():
            written.append(f"{len(name)}\t{name.replace(chr(10), '␤')}\t{round(value * 100)}")
    out.write_text("\n".join(written) + "\n", encoding="utf-8")
    print(len(written), "rows", out.stat().st_size, "bytes")


if __name__ == "__main__":
    here = Path(__file__).parent / "data/likely.tsv"
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else here)
