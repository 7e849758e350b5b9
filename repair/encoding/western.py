"""Words and signs of European languages inside Chinese text whose UTF-8 was read as cp1252.

ftfy does this well: its heuristic weighs each pair of bytes. It is given single words, never
Chinese, and the steps that would change Chinese typography are not among those that run.
"""

from __future__ import annotations

from collections.abc import Iterator

from repair.model import Edit, StageResult
from repair.patterns import lazy

CODE = "ENC017"
# What the lead bytes C2, C3 and the E2 of quotation marks and dashes look like, and what follows.
# A sign of the kind beside them belongs to Chinese that could not be restored.
FORM = lazy(
    "(?<![\x80-\u02ff\u2013-\u214f])"
    "(?:[ÂÃ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ•–—˜™š›œžŸ]|â€[\x80-\xbf˜™šœžŸ“”¢¦])+"
    "(?![\x80-\u02ff\u2013-\u214f])"
)
WORD = lazy("[^\\s\u2e80-\uffef“”‘’（）]+")
HANZI = lazy("[\u4e00-\u9fff]")
SOUND = lazy("[\x00-\x7f\xa1-\xff\u0152\u0153\u0160\u0161\u2013-\u2026]+")
REACH = 40  # characters to Chinese on either side


def find(text: str) -> StageResult:
    """The misread words of a text that has Chinese beside them."""
    if not ("Ã" in text or "Â" in text or "â€" in text):
        return StageResult()
    return StageResult(tuple(_edits(text)))


def _edits(text: str) -> Iterator[Edit]:
    from ftfy import fix_encoding

    for match in FORM.finditer(text):
        start, end = match.span()
        if not HANZI.search(text, max(0, start - REACH), end + REACH):
            continue
        word = WORD.match(text, start)
        before = match[0]
        after = fix_encoding(before)
        # A pair that ftfy does not judge by itself it may judge in its word.
        if after == before and word:
            whole = fix_encoding(word[0])
            rest = word[0][len(before) :]
            after = whole.removesuffix(rest) if whole.endswith(rest) else before
        if after != before and SOUND.fullmatch(after):
            data = before.encode("cp1252", "replace")[:8].hex(" ")
            why = f"bytes {data} are utf-8 and were read as cp1252 (ftfy's judgement)"
            yield Edit(start, end, before, after, CODE, 0.998, why)
