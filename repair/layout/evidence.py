"""What speaks for one line running on into the next: the model, words, punctuation.

Evidence is log-odds in nats, so that it adds up. The weights of the model's part, of a cut
word, of a comma and of a word that binds come from a logistic regression on 4,600 breaks cut
at random into held-back news (bench/slips.jsonl) against 800 real breaks without a mark at
the end, headlines before their reports (corpus/news), half of each held back: AUC 0.990,
81 % of the cuts and none of the real breaks above 3. `intact` was fitted on the same cuts
against cuts that also lost 2 to 24 characters: AUC 0.958. The other marks (an open bracket,
a stump after a comma, a sentence's rest below, a number cut from its unit) stood at 3 to 18 %
of the cuts and at 0 to 18 of 23,323 real breaks; their weights are set below what that allows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from repair import lm
from repair.layout.lines import HAN
from repair.lm.wordlist import count, total

TAIL, HEAD = 8, 4  # characters above and below the break that the model reads
AGAIN = 3  # characters
NEAR = 80  # characters on either side that count; in them a bracket's other half is looked for
KEPT = 1 << 13  # breaks that are remembered
GRID = 2.0**30  # log-probabilities are sums of multiples of this part
MOST = 8.0  # nats that the model can say at most
WORD = 1.6  # nats of a cut word, beside the model

# The characters that the marks below are told by.
NO_START = "，、。；：！？）】》」』”’％%…·～,)]"
COMMAS, QUOTES = "，、,", "”’」』"
BOUND = "的和與与及或在对對把被将將是为為以从從向使由于於并並而且不"

_COMMA = re.compile(rf"[{COMMAS}](?:[{QUOTES}])?$")
_STUMP = re.compile(r"[，,][^，、,。；;]{1,3}$")
_REST = re.compile(r"[^，、,。！？!?；;：:“”《》]{1,4}。")
# Words that bind what stands before them to what follows: no line of its own ends in one.
_BOUNDS, _NO_STARTS, _COMMA_ENDS = map(frozenset, (BOUND, NO_START, COMMAS + QUOTES))
_NUMBER = re.compile(r"(?!\d{1,3}[.、．)）](?!\d))[\d.%％]|[年月日时時分万萬亿億个個元人]")
_HAN_END, _HAN_START = re.compile(rf"[{HAN}]$"), re.compile(rf"^[{HAN}]")
PAIRS = dict(zip("“《（(「『【", "”》）)」』】", strict=True))
_BLOCK = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+")  # what jieba looks for words in
_BRACKETS = re.compile(f"[{re.escape(''.join([*PAIRS, *PAIRS.values()]))}]")


@dataclass(frozen=True, slots=True)
class Seam:
    """The evidence at the break between two lines. `follows`, `starts` and `ends` are the
    model's, in nats: how much better the line below follows the one above than nothing, how
    much better it follows a full stop than nothing, and how well the line above ends."""

    word: str  # the word that the break cuts, or ""
    marks: tuple[str, ...]  # what punctuation and binding words say, by the keys of MARKS
    model: tuple[float, float, float] | None  # follows, starts, ends; None without a model

    @property
    def runs_on(self) -> float:
        """Log-odds, before any prior, that the break cuts a sentence."""
        score = 0.0
        for mark in self.marks:
            score += MARKS[mark][0]
        if self.model is None:
            return score + 5.0 * bool(self.word)
        follows, starts, ends = self.model
        ours = -2.9 + 0.70 * follows - 0.44 * starts - 0.75 * ends
        return score + WORD * bool(self.word) + max(-MOST, min(MOST, ours))

    @property
    def intact(self) -> float:
        """Log-odds, before any prior, that nothing is lost at a break that cuts a sentence."""
        if self.model is None:
            return 4.0 * bool(self.word)
        follows, starts, ends = self.model
        return 0.7 + 0.58 * follows + 0.13 * starts + 0.04 * ends + 0.7 * bool(self.word)

    def follows(self, least: float) -> bool:
        """Whether a word or a mark says that the line below goes on with this very one, or the
        model does not speak against it: that neither is whole is true of lost lines too."""
        return bool(self.word or self.marks) or self.model is None or self.model[0] >= least

    def said(self) -> str:
        """The evidence in words."""
        parts = [f"the break cuts the word {self.word}"] if self.word else []
        parts += [MARKS[mark][1] for mark in self.marks]
        if self.model is not None:
            parts.append(f"the model follows the break by {self.model[0]:+.1f} nats")
        return ", ".join(parts) or "nothing speaks for running on"


# What punctuation and binding words say: nats and the sentence for a person.
MARKS: dict[str, tuple[float, str]] = {
    "comma": (4.0, "the line above ends in a comma"),
    "stump": (4.0, "the line above ends in a stump of a clause"),
    "rest": (5.0, "the line below begins with the rest of a sentence"),
    "open": (4.0, "a bracket or quote is open above"),
    "closes": (4.0, "one closes below that never opened there"),
    "closing": (8.0, "the line below begins with a mark that begins nothing"),
    "number": (4.0, "a number is cut"),
    "bound": (1.0, "the line above ends in a word that binds"),
    "again": (-6.0, "the line below begins like the one above, as a report like its headline"),
}


def seams(pairs: Sequence[tuple[str, str]]) -> list[Seam]:
    """The evidence at the breaks between pairs of lines (their texts)."""
    keys = [(above[:AGAIN], above[-NEAR:], below[:NEAR]) for above, below in pairs]
    found = {key: seam for key in keys if (seam := _known.get(key))}
    new = [key for key in dict.fromkeys(keys) if key not in found]
    sides = [(above, below) for _, above, below in new]
    for key, word, reading in zip(new, cut_words(sides), _readings(sides), strict=True):
        found[key] = Seam(word, tuple(_marks(*key)), reading)
    if len(_known) > KEPT:
        _known.clear()
    _known.update(found)
    return [found[key] for key in keys]


# What was found at the last breaks: a stage works in rounds, and is asked before it works.
_known: dict[tuple[str, str, str], Seam] = {}


def plain(pairs: Sequence[tuple[str, str]], least: Sequence[float]) -> list[bool]:
    """For each pair whether words or punctuation say something for running on, and with all
    that the model could add the evidence can reach `least`."""
    told: list[bool] = []
    asked: list[int] = []  # words are looked up only if they could help
    for i, ((above, below), low) in enumerate(zip(pairs, least, strict=True)):
        said = _marks(above[:AGAIN], above, below)
        score = sum(MARKS[mark][0] for mark in said) + MOST
        told.append(bool(said) and score >= low)
        if not told[i] and score + WORD >= low:
            asked.append(i)
    for i, word in zip(asked, cut_words([pairs[i] for i in asked]), strict=True):
        told[i] = bool(word)
    return told


def _marks(begin: str, above: str, below: str) -> list[str]:
    """What is said by the line above, of which this is the beginning, and the line below."""
    last, first, end = above[-1:], below[:1], above[-5:]
    said = {
        "comma": last in _COMMA_ENDS and bool(_COMMA.search(end)),
        "stump": ("，" in end or "," in end) and bool(_STUMP.search(end)),
        "rest": "。" in below[1:5] and bool(_REST.match(below)),
        "open": _open(above[-NEAR:]),
        "closes": _closes(below[:NEAR]),
        "closing": first in _NO_STARTS,
        "number": last.isdecimal() and bool(_NUMBER.match(below)),
        "bound": last in _BOUNDS,
        "again": begin == below[:AGAIN],
    }
    return [mark for mark in said if said[mark]]


def _open(tail: str) -> bool:
    """Whether the last bracket or quote of some kind in `tail` opens and does not close. One
    at its very end says nothing: typesetters leave none there, OCR makes them of full stops."""
    closed = set()
    found = _BRACKETS.findall(tail)
    for bracket in reversed(found[:-1] if found and tail[-1] in PAIRS else found):
        if bracket not in PAIRS:
            closed.add(bracket)
        elif PAIRS[bracket] not in closed:
            return True
    return False


def _closes(head: str) -> bool:
    """Whether the first bracket or quote of some kind in `head` closes."""
    closing = set()
    for bracket in _BRACKETS.findall(head):
        if bracket in PAIRS:
            closing.add(PAIRS[bracket])
        elif bracket not in closing:
            return True
    return False


def cut_word(above: str, below: str) -> str:
    """The dictionary word that a break between the two texts would cut, or ""."""
    return cut_words([(above, below)])[0]


def cut_words(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The dictionary word that each break between two texts would cut, or ""."""
    words = [""] * len(pairs)
    seams = {
        i: (above[-6:], below[:6])
        for i, (above, below) in enumerate(pairs)
        if _HAN_END.search(above[-1:]) and _HAN_START.match(below)
    }
    if not seams:
        return words
    texts = [tail + head for tail, head in seams.values()]
    plainly = folded("\n".join(texts)).split("\n")
    for (i, (tail, _)), text, plain in zip(seams.items(), texts, plainly, strict=True):
        words[i] = _cut_word(text, plain, len(tail))
    return words


@lru_cache(KEPT)
def _cut_word(around: str, folded: str, at: int) -> str:
    begins = [a for a in range(at) if count(folded[a : at + 1]) is not None]  # mostly none
    if not any(count(folded[a:b]) for a in begins for b in range(at + 1, len(folded) + 1)):
        return ""
    for block in _BLOCK.finditer(folded):
        if block.start() < at < block.end():
            start, end = _word_at(block[0], at - block.start())
            if start < at - block.start() < end:
                return around[block.start() + start : block.start() + end]
    return ""


def _word_at(block: str, at: int) -> tuple[int, int]:
    """The first word of the likeliest row of words that ends behind `at`: what jieba's `cut`
    without its HMM finds, for a few characters in a third of the time."""
    all_words = math.log(total())
    size = len(block)
    best = [0.0] * (size + 1)  # the log-probability from each place on
    ends = [0] * size  # of the word that begins there
    for start in range(size - 1, -1, -1):
        end = start + 1
        top, ends[start] = -all_words + best[end], end  # a character that is no word
        times = count(block[start:end])
        found = False
        while times is not None:
            if times:
                score = math.log(times) - all_words + best[end]
                if not found or score >= top:
                    top, ends[start], found = score, end, True
            end += 1
            times = count(block[start:end]) if end <= size else None
        best[start] = top
    start = 0
    while ends[start] <= at:
        start = ends[start]
    return start, ends[start]


def folded(text: str) -> str:
    """The text as the words are written: in simplified characters, where there is a model."""
    model = _model()
    return model.fold(text) if model else text


def _readings(
    pairs: Sequence[tuple[str, str]],
) -> Sequence[tuple[float, float, float] | None]:
    """The model's part of the evidence; one call of the model for all pairs."""
    model = _model()
    if model is None or not pairs:
        return [None] * len(pairs)
    asked: list[str] = ["。"]
    for above, below in pairs:
        tail, head = above[-TAIL:], below[:HEAD]
        asked += (tail + head, "。" + head, head, tail + "。", tail)
    # to the grid: a sum must not depend on what was asked before it in the same call
    scores = np.rint(model.totals(asked) * GRID) / GRID
    joined, sentence, alone, ended, before = scores[1:].reshape(-1, 5).T
    follows = np.clip(joined - before - alone, -10.0, 10.0)
    starts = np.clip(sentence - scores[0] - alone, -8.0, 8.0)
    ends = np.maximum(-12.0, ended - before)
    return list(zip(follows.tolist(), starts.tolist(), ends.tolist(), strict=True))


@cache
def _model() -> lm.Model | None:
    try:
        return lm.load()
    except (lm.ModelFileError, OSError):
        return None
