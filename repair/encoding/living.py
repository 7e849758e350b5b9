"""Sound text of a living alphabet, which the codecs' alphabets must not be taken for.

Misread bytes fall anywhere in an alphabet; sentences of a language are made of few letters in
a regular order. The lists hold what is frequent in each: Korean's particles and endings,
Japanese's (written from grammar), and for Cyrillic the order of capitals and small letters.
"""

from __future__ import annotations

from repair.patterns import lazy

HANGUL = lazy("[\uac00-\ud7a3]")
KOREAN = lazy("[이다는을의에가고하지로서한기사자도대인를은리아시과와해부어여니들정전]")
KANA = lazy("[\u3041-\u30f6ー]")
JAPANESE = lazy("[のはにをたがでてとしるいなもうかこれらすまアイスルントラリー]")
CYRILLIC = lazy("[\u0400-\u045f]")
# A capital after a small letter, or a sign between letters, as misread bytes show.
DISORDER = lazy("[\u0430-\u045f][\u0400-\u042f]|[\u0400-\u045f][^\\w\\s.,!?:;\"'()«»–—/-]")
MOST = 0.8  # share of the characters beyond ASCII that are of the alphabet
FREQUENT = {"korean": 0.25, "japanese": 0.45}  # share of the frequent ones; sound text has more


def sound(text: str) -> bool:
    """Whether a stretch is sound Korean, Japanese or Cyrillic."""
    beyond = sum(c >= "\x80" for c in text)
    hangul = len(HANGUL.findall(text))
    if hangul and hangul >= MOST * beyond:
        return len(KOREAN.findall(text)) >= FREQUENT["korean"] * hangul
    kana = len(KANA.findall(text))
    if kana * 4 >= beyond and kana > 3:
        return len(JAPANESE.findall(text)) >= FREQUENT["japanese"] * kana
    cyrillic = CYRILLIC.findall(text)
    small = sum(c.islower() for c in cyrillic)
    orderly = len(cyrillic) >= MOST * beyond and small * 2 >= len(cyrillic) > 0
    return orderly and DISORDER.search(text) is None
