"""The nearest recipes of Data-Juicer and datatrove, one process, for `benchmarks.scale`.

Both mend encoding with ftfy, convert or keep the script, clean up, and find near-duplicates by
MinHash. datatrove's own blocks run here, but that characters stand for the words of spaCy,
whose Chinese tokenizer cuts into characters by default. Data-Juicer (py-data-juicer) brings
streamlit and forty other packages, so its operators are composed by hand, each as it does it:
`fix_unicode_mapper`, `chinese_convert_mapper`, `clean_links_mapper`, `clean_email_mapper`,
`whitespace_normalization_mapper` and `document_minhash_deduplicator` with their defaults
(256 permutations, windows of five; of characters, as it advises for Chinese).
"""

from __future__ import annotations

import hashlib
import re
import struct
import tempfile
from collections.abc import Callable

import ftfy
import numpy as np
import opencc

Recipe = Callable[[str], object]

PERMUTATIONS, WINDOW = 256, 5
PRIME, HIGHEST = np.uint64((1 << 61) - 1), np.uint64((1 << 32) - 1)
_link = re.compile(r"(?i)\b((?:https?|ftp)://|www\.)[-\w+&@#/%=~|$?!:,.]*[-\w+@#/%=~|$]")
_mail = re.compile(r"[A-Za-z0-9.\-+_]+@[a-z0-9.\-+_]+\.[a-z]+")
_blank = re.compile(r"[\u00a0\u2000-\u200b\u202f\u205f\u3000\t]")


def data_juicer() -> Recipe:
    """The operators one after the other."""
    convert = opencc.OpenCC("t2s").convert
    rng = np.random.default_rng(42)
    a = rng.integers(1, int(PRIME), PERMUTATIONS, dtype=np.uint64)
    b = rng.integers(0, int(PRIME), PERMUTATIONS, dtype=np.uint64)

    def recipe(text: str) -> object:
        text = convert(ftfy.fix_text(text))
        text = _blank.sub(" ", _mail.sub("", _link.sub("", text))).strip()
        grams = {text[i : i + WINDOW] for i in range(max(1, len(text) - WINDOW + 1))}
        hashes = np.array(
            [struct.unpack("<I", hashlib.sha1(g.encode()).digest()[:4])[0] for g in grams],
            np.uint64,
        )
        signature = ((hashes[:, None] * a + b) % PRIME) & HIGHEST
        return text, signature.min(axis=0)

    return recipe


def datatrove() -> Recipe | None:
    """Its formatters and its MinHash signature, or None where it isn't installed."""
    try:
        from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
        from datatrove.pipeline.formatters import FTFYFormatter, SymbolLinesFormatter
        from datatrove.utils.word_tokenizers import WordTokenizer
        from xxhash import xxh64_intdigest
    except ImportError:
        return None

    class Characters(WordTokenizer):
        def word_tokenize(self, text: str) -> list[str]:
            return list(text)

        def sent_tokenize(self, text: str) -> list[str]:
            return [text]

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [(i, i + 1) for i in range(len(text))]

    mend, clean = FTFYFormatter(), SymbolLinesFormatter()
    folder = tempfile.gettempdir()  # nothing is written
    dedup = MinhashDedupSignature(folder, MinhashConfig(), language=Characters("zh"))
    # its default hash, which wants bytes from release 4.0 of xxhash on
    dedup._hash_func = lambda gram: xxh64_intdigest(gram.encode())

    def recipe(text: str) -> object:
        text = clean.format(mend.format(text))
        return text, dedup.get_signature(dedup.get_shingles(text))

    return recipe
