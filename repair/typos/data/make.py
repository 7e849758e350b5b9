"""Makes alike.tsv: `python -m repair.typos.data.make` (some minutes).

For each character of GB2312 the 60 others that look most like it by `confusions.shape`, best
first; a shortlist by stroke order (pycorrector's `stroke.txt`, Apache-2.0) saves the rest.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import Indel

from repair.collate import confusions

SHORTLIST, KEPT = 600, 60
HERE = Path(__file__).parent


def strokes() -> dict[str, str]:
    """The stroke order of the characters of GB2312."""
    spec = find_spec("pycorrector")
    if spec is None or spec.origin is None:
        raise SystemExit("pycorrector is not installed")
    path = Path(spec.origin).parent / "data" / "stroke.txt"
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    level = {
        bytes((a, b)).decode("gb2312", "ignore")
        for a in range(0xB0, 0xF8)
        for b in range(0xA1, 0xFF)
    }
    return {row[0]: row[1] for row in rows if len(row) == 2 and row[0] in level}


def main() -> None:
    orders = strokes()
    lines = []
    for char, order in sorted(orders.items()):
        near = process.extract(
            order, orders, scorer=Indel.normalized_similarity, limit=SHORTLIST
        )  # fmt: skip
        shape = {other: confusions.shape(char, other) for _, _, other in near if other != char}
        best = sorted(shape, key=lambda other: (-shape[other], other))[:KEPT]
        lines.append(f"{char}\t{''.join(best)}\n")
    head = "# character, the characters that look most like it; made by repair/typos/data/make.py\n"
    (HERE / "alike.tsv").write_text(head + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
