"""Fits the weights of TYP010: `python -m repair.typos.fit PAGES.jsonl BOOKS.jsonl [SOUND.txt…]`.

PAGES has `truth`, `ocr` and `cer` a line; pages of 0.1 and above are left out, because their
columns are scrambled. BOOKS has `ocr` and `typed`, the text of another edition. The truths, the
typed texts and every SOUND file (blank lines between documents) are text in which nothing
should be found. Prints the rows for the rule table and, from eight folds over documents,
precision and findings in sound text by recall.

The books teach what a misreading is in text of another kind than the model's; pages alone
teach that there are none. They count little, because editions differ too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from repair.typos.compact import Compact
from repair.typos.misread import places, strongest

NAMES = ("fit", "seen", "here", "next", "repeated", "elsewhere", "stray", "foreign")
FOLDS = 8
RIDGE = 1.0
CER = 0.1
BOOK = 0.2  # what a place of a book counts beside one of a page
LONG, UNEVEN = 4, 2  # characters: more differ where an edition has a note or another wording
RECALLS = (0.15, 0.3, 0.4, 0.45, 0.5, 0.55)
Array = NDArray[np.float64]
Figures = tuple[float, float, float, float]


@dataclass(slots=True)
class Text:
    """A document with its suspicious places; `errors` has the place of each wrong character
    and the number of the misreading that it belongs to."""

    kind: str  # "page", "book" or "sound"
    size: int
    at: list[int]
    features: Array  # a row a place, a column a feature
    errors: dict[int, int] = field(default_factory=dict)

    @property
    def misreadings(self) -> int:
        return len(set(self.errors.values()))

    @property
    def right(self) -> Array:
        """Of each place whether something is wrong there."""
        return np.array([float(at in self.errors) for at in self.at])


def sound(text: str) -> Text:
    """A text without misreadings."""
    return Text("sound", len(text), *suspicious(Compact(text).text))


def suspicious(text: str) -> tuple[list[int], Array]:
    """The suspicious places of a text and their features."""
    found = list(places(text))
    rows = [np.stack([some.features[name] for name in NAMES], axis=1) for some in found]
    at = [int(i) for some in found for i in some.at]
    return at, np.concatenate([np.zeros((0, len(NAMES))), *rows])


def recognised(kind: str, ocr: str, truth: str) -> Text:
    """A recognised text with its errors in hanzi, by alignment with what was printed. Where a
    book differs by more than a misreading or in a mark, nothing is known of its places."""
    read, printed = Compact(ocr).text, Compact(truth).text
    at, features = suspicious(read)
    errors: dict[int, int] = {}
    unknown: set[int] = set()
    for number, (span, long, hanzi) in enumerate(_differences(read, printed)):
        if kind == "book" and (long or not hanzi):
            unknown |= set(span)
        elif hanzi:
            errors |= dict.fromkeys(span, number)
    known = [row for row, place in enumerate(at) if place not in unknown]
    return Text(kind, len(read), [at[row] for row in known], features[known], errors)


def _differences(read: str, printed: str) -> Iterator[tuple[list[int], bool, bool]]:
    """The places of `read` that differ, white space aside, whether more differs than a
    misreading, and whether hanzi do."""
    bare = [i for i, c in enumerate(read) if not c.isspace()]
    a, b = "".join(read.split()), "".join(printed.split())
    for op in Levenshtein.opcodes(a, b):
        if op.tag != "equal":
            left, right = op.src_end - op.src_start, op.dest_end - op.dest_start
            both = a[op.src_start : op.src_end] + b[op.dest_start : op.dest_end]
            span = bare[op.src_start : max(op.src_end, op.src_start + 1)]
            long = left > LONG or abs(left - right) > UNEVEN
            yield span, long, any("\u4e00" <= c <= "\u9fff" for c in both)


def logistic(x: Array, y: Array, count: Array) -> Array:
    """Weights by Newton's method with a ridge, the bias first; `count` is what a row counts."""
    mean, scale = x.mean(0), x.std(0) + 1e-9
    z = np.c_[np.ones(len(x)), (x - mean) / scale]
    w = np.zeros(z.shape[1])
    ridge = RIDGE * np.r_[0.0, np.ones(len(w) - 1)]
    for _ in range(30):
        p = 1 / (1 + np.exp(-z @ w))
        hessian = (z * (count * p * (1 - p))[:, None]).T @ z + np.diag(ridge + 1e-9)
        w = w + np.linalg.solve(hessian, z.T @ (count * (y - p)) - ridge * w)
    weights: Array = np.r_[w[0] - (w[1:] * mean / scale).sum(), w[1:] / scale]
    return weights


def report(texts: Sequence[Text], scores: Sequence[Array], kind: str) -> list[Figures]:
    """recall, threshold, precision in the recognised texts of a kind, findings in 10,000
    characters of sound text."""
    found: list[tuple[float, tuple[int, int] | None]] = []
    false: list[float] = []
    for n, (text, score) in enumerate(zip(texts, scores, strict=True)):
        for s, at in strongest(list(zip(score.tolist(), text.at, strict=True))):
            if text.kind == "sound":
                false.append(s)
            elif text.kind == kind:
                found.append((s, (n, text.errors[at]) if at in text.errors else None))
    total = sum(t.misreadings for t in texts if t.kind == kind)
    size = sum(t.size for t in texts if t.kind == "sound")
    hit: set[tuple[int, int]] = set()
    right = 0
    table: list[Figures] = []
    for n, (s, error) in enumerate(sorted(found, key=lambda f: -f[0]), 1):
        right += error is not None
        hit |= {error} if error else set()
        if len(table) < len(RECALLS) and len(hit) >= RECALLS[len(table)] * total:
            rate = sum(x >= s for x in false) / size * 10_000
            table.append((len(hit) / total, s, right / n, rate))
    return table


def texts_of(pages: Path, books: Path, others: Sequence[str]) -> list[Text]:
    """The recognised texts, and all sound ones."""
    page, book = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in (pages, books)
    )
    clean = [r["truth"] for r in page] + [r["typed"] for r in book] + list(others)
    return [
        *(recognised("page", r["ocr"], r["truth"]) for r in page if r["cer"] < CER),
        *(recognised("book", r["ocr"], r["typed"]) for r in book),
        *map(sound, clean),
    ]


def weights(texts: Sequence[Text]) -> Array:
    """The bias and the weights fitted on all places of some texts."""
    x = np.concatenate([t.features for t in texts])
    y = np.concatenate([t.right for t in texts])
    return logistic(x, y, np.repeat([BOOK if t.kind == "book" else 1.0 for t in texts],
                                    [len(t.at) for t in texts]))  # fmt: skip


def validated(texts: Sequence[Text]) -> list[Array]:
    """The scores of each text's places, from weights fitted without it."""
    scores: list[Array] = [np.zeros(0)] * len(texts)
    for fold in range(FOLDS):
        w = weights([t for i, t in enumerate(texts) if i % FOLDS != fold])
        for i in range(fold, len(texts), FOLDS):
            scores[i] = w[0] + texts[i].features @ w[1:]
    return scores


def main(pages: Path, books: Path, others: list[Path]) -> None:
    """Prints the figures by recall and the rows for the rule table."""
    documents = [d for path in others for d in path.read_text(encoding="utf-8").split("\n\n")]
    texts = texts_of(pages, books, documents)
    print("recall threshold precision findings/10,000 sound")
    for line in report(texts, validated(texts), "page"):
        print("  ".join(f"{x:.3f}" for x in line))
    bias, *w = weights(texts).tolist()
    print(f"bias = {bias:.3f}")
    print("weights = {", ", ".join(f"{n} = {x:.4f}" for n, x in zip(NAMES, w, strict=True)), "}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(p) for p in sys.argv[3:]])
