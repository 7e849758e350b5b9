"""Fits the weights of TYP010: `python -m repair.typos.fit OCR_PAGES.jsonl [SOUND.txt…]`.

OCR_PAGES has `truth`, `ocr` and `cer` a line; pages of 0.1 and above are left out, because
their columns are scrambled. The truths and every SOUND file (blank lines between documents)
are text in which nothing should be found. Prints the rows for the rule table and, from eight
folds over documents, precision and findings in sound text by recall.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from repair.typos.compact import Compact
from repair.typos.misread import Place, places, strongest

FOLDS = 8
RIDGE = 1.0
CER = 0.1
RECALLS = (0.3, 0.4, 0.45, 0.5, 0.55)
Array = NDArray[np.float64]


@dataclass(slots=True)
class Text:
    """A document with its suspicious places; `errors` has the place of each wrong character
    and the number of the misreading that it belongs to."""

    size: int
    places: list[Place]
    errors: dict[int, int] = field(default_factory=dict)
    clean: bool = True

    @property
    def misreadings(self) -> int:
        return len(set(self.errors.values()))


def recognised(ocr: str, truth: str) -> Text:
    """A recognised page with its errors in hanzi, by alignment with what was printed."""
    read, printed = Compact(ocr).text, Compact(truth).text
    bare = [[i for i, c in enumerate(t) if not c.isspace()] for t in (read, printed)]
    a, b = ("".join(t[i] for i in at) for t, at in zip((read, printed), bare, strict=True))
    errors: dict[int, int] = {}
    number = 0
    for op in Levenshtein.opcodes(a, b):
        both = a[op.src_start : op.src_end] + b[op.dest_start : op.dest_end]
        if op.tag == "equal" or not any("\u4e00" <= c <= "\u9fff" for c in both):
            continue
        number += 1
        for i in range(op.src_start, max(op.src_end, op.src_start + 1)):
            if i < len(bare[0]):
                errors[bare[0][i]] = number
    return Text(len(a), places(read), errors, clean=False)


def matrix(texts: list[Text], names: list[str]) -> Array:
    rows = [[1.0, *(p.features[n] for n in names)] for t in texts for p in t.places]
    return np.array(rows, np.float64).reshape(len(rows), len(names) + 1)


def logistic(x: Array, y: Array) -> Array:
    """Weights by Newton's method with a ridge, the bias first."""
    mean, scale = x[:, 1:].mean(0), x[:, 1:].std(0) + 1e-9
    z = np.c_[np.ones(len(x)), (x[:, 1:] - mean) / scale]
    w = np.zeros(z.shape[1])
    ridge = RIDGE * np.r_[0.0, np.ones(len(w) - 1)]
    for _ in range(30):
        p = 1 / (1 + np.exp(-z @ w))
        hessian = (z * (p * (1 - p))[:, None]).T @ z + np.diag(ridge + 1e-9)
        w = w + np.linalg.solve(hessian, z.T @ (y - p) - ridge * w)
    weights: Array = np.r_[w[0] - (w[1:] * mean / scale).sum(), w[1:] / scale]
    return weights


def report(texts: list[Text], scores: list[Array]) -> list[tuple[float, float, float, float]]:
    """recall, threshold, precision, findings in 10,000 characters of sound text."""
    found: list[tuple[float, tuple[int, int] | None]] = []
    sound: list[float] = []
    for n, (text, score) in enumerate(zip(texts, scores, strict=True)):
        for s, p in strongest(list(zip(score.tolist(), text.places, strict=True))):
            if text.clean:
                sound.append(s)
            else:
                found.append((s, (n, text.errors[p.at]) if p.at in text.errors else None))
    total = sum(t.misreadings for t in texts)
    size = sum(t.size for t in texts if t.clean)
    hit: set[tuple[int, int]] = set()
    right = 0
    table: list[tuple[float, float, float, float]] = []
    for n, (s, error) in enumerate(sorted(found, key=lambda f: -f[0]), 1):
        right += error is not None
        hit |= {error} if error else set()
        if len(table) < len(RECALLS) and len(hit) >= RECALLS[len(table)] * total:
            rate = sum(x >= s for x in sound) / size * 10_000
            table.append((len(hit) / total, s, right / n, rate))
    return table


def texts_of(pages: Path, sound: list[str]) -> list[Text]:
    """The recognised pages, then their truths and the sound documents."""
    rows = [json.loads(line) for line in pages.read_text(encoding="utf-8").splitlines()]
    clean = [r["truth"] for r in rows] + sound
    return [recognised(r["ocr"], r["truth"]) for r in rows if r["cer"] < CER] + [
        Text(len(t), places(Compact(t).text)) for t in clean
    ]


def names_of(texts: list[Text]) -> list[str]:
    """The features, in the order of the weights."""
    return list(next(p for t in texts for p in t.places).features)


def weights(texts: list[Text], names: list[str]) -> Array:
    """The bias and the weights fitted on all places of some texts."""
    labels = np.array([float(p.at in t.errors) for t in texts for p in t.places])
    return logistic(matrix(texts, names), labels)


def validated(texts: list[Text]) -> list[tuple[float, float, float, float]]:
    """The report of scores each of which comes from weights fitted without its document."""
    names = names_of(texts)
    scores: list[Array] = [np.zeros(0)] * len(texts)
    for fold in range(FOLDS):
        w = weights([t for i, t in enumerate(texts) if i % FOLDS != fold], names)
        for i in range(fold, len(texts), FOLDS):
            scores[i] = matrix([texts[i]], names) @ w
    return report(texts, scores)


def main(pages: Path, sound: list[Path]) -> None:
    """Prints the figures by recall and the rows for the rule table."""
    documents = [d for path in sound for d in path.read_text(encoding="utf-8").split("\n\n")]
    texts = texts_of(pages, documents)
    print("recall threshold precision findings/10,000 sound")
    for line in validated(texts):
        print("  ".join(f"{x:.3f}" for x in line))
    names = names_of(texts)
    w = weights(texts, names)
    print(f"bias = {w[0]:.3f}")
    print(
        "weights = {", ", ".join(f"{n} = {x:.4f}" for n, x in zip(names, w[1:], strict=True)), "}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(p) for p in sys.argv[2:]])
