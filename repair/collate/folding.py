"""Makes the table by which texts are folded, from Unicode's tables and OpenCC:

    python -m repair.collate.folding    # writes data/fold.bin

It is shipped because it takes longer to make than to fold a thousand documents.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np

from repair.collate.fold import decode, encode
from repair.collate.grams import Codes

# Several signs for one mark: (what it becomes, what becomes it).
MARKS = (
    ('"', "“”„‟〝〞「」﹁﹂＂"),
    ("'", "‘’‚‛『』﹃﹄＇"),
    ("-", "‐‑‒–—―─−－﹣"),
    ("~", "～〜∼"),
    ("·", "•‧∙・･"),
    ("…", "⋯"),
)
# Blocks in which Unicode's compatibility mapping changes the form and not the sense.
FORMS = ((0x2E80, 0x2FE0), (0xF900, 0xFB00), (0xFE10, 0xFE20), (0xFE30, 0xFE70), (0xFF00, 0xFFF0))
HAN = ((0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2FA20))
INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # Unicode's general categories


def made() -> Codes:
    """What each code point becomes; 0 drops it."""
    folds = np.arange(0x110000, dtype=np.uint32)
    for first, stop in FORMS:
        for code in range(first, stop):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1:
                folds[code] = ord(plain)
    for mark, signs in MARKS:
        for sign in signs:
            folds[ord(sign)] = ord(mark)
    simple = _simplified()
    folds = simple[folds]
    for first, stop in ((0, 0x3001), (0xFE00, 0xFE10), (0xFEFF, 0xFF00), (0xE0000, 0xE0200)):
        for code in range(first, stop):
            if unicodedata.category(chr(code)) in INVISIBLE:
                folds[code] = 0
    folds[0xFE00:0xFE10] = 0  # variation selectors
    return folds


def _simplified() -> Codes:
    """Traditional to simplified, character by character."""
    import opencc

    codes = np.arange(0x110000, dtype=np.uint32)
    points = np.concatenate([codes[first:stop] for first, stop in HAN])
    lines = np.stack((points, np.full_like(points, ord("\n"))), axis=1)
    converted = encode(opencc.OpenCC("t2s").convert(decode(lines.ravel())))
    codes[points] = converted[::2]  # each becomes one
    return codes


def main() -> None:
    """Writes the code points that change, and what they become."""
    folds = made()
    changed = np.flatnonzero(folds != np.arange(len(folds)))
    path = Path(__file__).parent / "data" / "fold.bin"
    np.stack((changed, folds[changed])).astype("<u4").tofile(path)


if __name__ == "__main__":
    main()
