"""The context-free class of one line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from repair.model import Mark
from repair.patterns import lazy
from repair.residue import formula, gate, inserts, metadata, paths, spam
from repair.residue.dates import DATE, iso
from repair.residue.fold import HANZI
from repair.residue.lexicon import Pattern, Some, Token, Weight, lexicon, site_words
from repair.residue.lines import (
    ANCHOR,
    BAR,
    BLANK,
    FIELD,
    FORM,
    FORMULA,
    GLUED,
    KEEP,
    KNOWN,
    PATH,
    SPACED,
    TRADE,
    WORDS,
    Action,
    Cut,
    Line,
    Verdict,
)  # fmt: skip

# The hints of what says something of the line itself.
RULED = WORDS | KNOWN | FORM | FIELD | TRADE | BAR | GLUED | SPACED | PATH | FORMULA
_FORM = "the whole line has the form of its kind"
_KANA = lazy("[\u3041-\u30fa]")
_HAN = lazy(f"[{HANZI}]")
_BUTTONS = ("RES001", "RES010", "RES011")
_BOXED = lazy(r"[·|\s]*(?:\[.{1,8}\]|>+\s?\S{1,8}|\S{1,8}\s?>+)[·|\s]*")
_NUMBERED = lazy(r"\(?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[.、)](?!\d)")
_CODE = lazy(r"\d{3}\s+[^\d\s]+$")
SHORT = 120  # characters of a line most of which may be known residue
FEW = 20  # letters of a line of site's words; a longer one says something
_CLAUSES = lazy("[。，；]|如何|应当|为何|怎|[的了][HAN]".replace("HAN", HANZI))
_STOPS = "。！？"
_TAIL = lazy(r"[。！？][”’』」)）]?(?=[^。！？]{2,60}$)")
_CLOSED = lazy(r"</(\w+)")


@dataclass(slots=True)
class Read:
    """What a line says by itself."""

    verdict: Verdict
    marks: list[Mark] = field(default_factory=list)


def classify(line: Line) -> Read:
    """The class of the line without regard to its neighbours; its hints say which rules are
    worth a try."""
    text = line.text.strip()
    if not text:
        return Read(BLANK)
    if not line.hints & RULED:
        return Read(KEEP)
    read = _read(line, text)
    # most lines say nothing, so what forbids it is asked last
    if read and gate.passes(text, bool(line.hints & ANCHOR)) and not _KANA.search(text):
        return read
    return Read(KEEP)


def _read(line: Line, text: str) -> Read | None:
    """What is said of the line: all of it is residue, or sentences of it, or a part."""
    cuts = inserts.find(line) if line.hints & TRADE else ()
    if any(cut.confidence >= inserts.SURE or cut.rule == inserts.SITE for cut in cuts):
        return Read(Verdict(Action.KEEP, cuts=_lasting(line, cuts)))
    read = _whole(line, line.folded) if len(text) <= gate.LONG * 2 else None
    gone = read is not None and read.verdict.action is Action.REMOVE
    if gone and any(cut.rule == inserts.SPAM for cut in cuts):
        gone = bool(spam.found(_without(line.folded, line.start, cuts)))  # else some of it is sound
    surer = read and (gone or read.verdict.cuts)
    if cuts and not surer:
        return Read(Verdict(Action.KEEP, cuts=cuts))
    return read or _cut(line)


def _lasting(line: Line, cuts: tuple[Cut, ...]) -> tuple[Cut, ...]:
    """The cuts; asked about if more would go of what they leave when it stands alone."""
    sure = [cut for cut in cuts if cut.confidence >= inserts.SURE]
    kept, folded = (_without(text, line.start, sure) for text in (line.text, line.folded))
    left = Line(0, len(kept), kept, folded, RULED)
    read = _whole(left, folded)
    more = read and (read.verdict.action is Action.REMOVE or read.verdict.cuts)
    if not more and not _tail(left, folded):
        return cuts
    return tuple(replace(cut, confidence=min(cut.confidence, 0.9)) for cut in cuts)


def _without(text: str, start: int, cuts: Iterable[Cut]) -> str:
    """The line's text without the cuts; `start` is its offset."""
    for cut in sorted(cuts, key=lambda cut: -cut.start):
        text = text[: cut.start - start] + text[cut.end - start :]
    return text


def _cut(line: Line) -> Read | None:
    """What is cut out of a line that stays."""
    cuts = _tail(line, line.folded) if line.hints & (WORDS | FORM) else ()
    if not cuts and line.hints & TRADE:
        cuts = spam.words_inside(line, line.folded)
    return Read(Verdict(Action.KEEP, cuts=cuts)) if cuts else None


def _whole(line: Line, folded: str) -> Read | None:
    text, hints = folded.strip(), line.hints
    path = paths.breadcrumb(text) if hints & PATH else None
    if path:
        marks = []
        if path.section:
            at = line.start + len(folded) - len(folded.lstrip())
            name = line.text[at - line.start + path.start : at - line.start + path.end]
            marks = [Mark(at + path.start, at + path.end, "section", name.strip(" ·:[]　"))]
        return Read(path.verdict, marks)
    form = lexicon().line(text, line.forms) if hints & FORM else None
    if form:
        cuts = _around(line, folded, form)
        if cuts:
            return Read(Verdict(Action.KEEP, cuts=_lasting(line, cuts)))
        sure = form.weight is Weight.SURE
        told = Verdict(
            Action.REMOVE if sure else Action.ASK, form.rule, 0.9985 if sure else 0.7, _FORM
        )
        if sure or not _surer(text):
            return Read(spam.judge(text) or told, _issued(line, folded, form.rule))
    tokens = lexicon().consume(text, line.clauses) if hints & WORDS else None
    consumed = decide(text, tokens) if tokens else None
    if consumed:
        said = metadata.read(line, folded) if re.search(r"\d{4}", text) else None
        marks = [m for m in said.marks if m.kind in ("date", "time")] if said else []
        return Read(consumed, marks)
    said = metadata.read(line, folded) if hints & FIELD else None
    if said:
        return Read(said.verdict, said.marks)
    if hints & SPACED and _spaced(text):
        joined = "".join(text.split())
        tokens = lexicon().consume(joined)
        spaced = (tokens and decide(joined, tokens)) or formula.judge(joined)
        if spaced and spaced.action is Action.REMOVE:
            return Read(spaced)
    bracket = spam.bracket(line, folded) if hints & TRADE else None
    if bracket:
        return Read(Verdict(Action.KEEP, cuts=(bracket,)))
    verdict = (
        (paths.bar(text, line.clauses) if hints & BAR else None)
        or (spam.judge(text) if hints & TRADE else None)
        or (paths.glued(text, line.clauses) if hints & GLUED else None)
        or (formula.judge(text) if hints & FORMULA else None)
    )
    if verdict:
        return Read(verdict)
    read = _density(text, line.clauses) if hints & KNOWN else None
    return read or (_site_words(text) if hints & TRADE else None)


def _around(line: Line, folded: str, form: Pattern) -> tuple[Cut, ...]:
    """What stands behind the part of the line that a form names `stays`: 历史[编辑] is a heading
    and a link."""
    if "stays" not in form.regex.groupindex:
        return ()
    text = folded.strip()
    found = form.regex.match(text)
    if not found:
        return ()
    at = line.start + folded.index(text) + found.end("stays")
    told = f"behind the line's own words {text[found.end('stays') :].strip()}"
    return (Cut(at, line.end, form.rule, 0.9985, told),)


def _spaced(text: str) -> bool:
    """Whether a space stands between all Chinese characters, four or more: 点 击 关 注."""
    first = _HAN.search(text)
    if not first or text[first.end() : first.end() + 5 : 2] != "   ":
        return False
    at = [found.start() for found in _HAN.finditer(text)]
    spaces = " " * (len(at) - 1)
    return text[at[0] + 1 : at[-1] : 2] == spaces and at[-1] - at[0] == 2 * len(spaces) > 4


def _issued(line: Line, folded: str, rule: str) -> list[Mark]:
    """The day of the paper that a running head or an imprint names."""
    found = DATE.search(folded) if rule in ("RES020", "RES025") else None
    day = iso(found) if found else None
    if not found or not day:
        return []
    return [Mark(line.start + found.start(), line.start + found.end(), "date", day)]


def _surer(text: str) -> bool:
    """Whether a line that a weak form only asks about is removed by what stands in it."""
    tokens = lexicon().consume(text)
    said = (tokens and decide(text, tokens)) or paths.bar(text) or formula.judge(text)
    return bool(said and said.action is Action.REMOVE)


def decide(text: str, tokens: tuple[Token, ...]) -> Verdict | None:
    """The class of a line that is consumed whole by these tokens."""
    sure = [t for t in tokens if t.weight is Weight.SURE]
    weak = [t for t in tokens if t.weight is Weight.WEAK]
    channels = [t for t in tokens if t.weight is Weight.CHANNEL]
    proof = sure or weak or channels
    if _CODE.match(text):  # "401 未登录" is a row of a list of codes
        return None
    if not proof or not (_HAN.search(text) or sure or len(weak) > 1):
        return None
    words = " · ".join(dict.fromkeys(text[t.start : t.end] for t in [*sure, *weak, *channels]))
    told = f"nothing is left but {words[:80]}"
    rule = max(proof, key=lambda t: (t.end - t.start, -t.start)).rule
    letters = sum(c.isalnum() for c in text)
    if not sure and len(weak) == 1 and (letters == 1 or _part(text, weak[0], channels)):
        return Verdict(Action.KEEP, "RES007", 0.3, told)
    if (sure or weak) and _NUMBERED.match(text):  # "1. 用户登录" is a heading of a text about it
        return Verdict(Action.ASK, rule, 0.5, told)
    if sure:
        return Verdict(Action.REMOVE, rule, 0.9995, told)
    if len(weak) > 2 or (len(weak) > 1 and len(text) > 4) or (weak and len(channels) > 1):
        return Verdict(Action.REMOVE, rule, 0.9985, told)
    if weak and rule in _BUTTONS and _BOXED.fullmatch(text):
        return Verdict(Action.REMOVE, rule, 0.9985, f"{told}, boxed as a button")
    if weak:
        return Verdict(Action.ASK, rule, 0.9, told)
    if len(channels) > 4:
        return Verdict(Action.ASK, "RES007", 0.9, told)
    return Verdict(Action.KEEP, "RES007", 0.3, told)  # a hint for a menu with an item a line


def _part(text: str, word: Token, channels: list[Token]) -> bool:
    """Whether a button's word is part of something else: a section's name stands against it
    without a space (分享经济), or most of the line is a number."""
    joined = any(c.start == word.end or c.end == word.start for c in channels)
    return joined or 2 * (word.end - word.start) < len(_HAN.findall(text))


def _density(text: str, clauses: Some) -> Read | None:
    """A short line most of which is known residue, but not all: asked about."""
    if len(text) > SHORT:
        return None
    tokens = lexicon().sure(text, clauses)
    if not tokens:
        return None
    letters = sum(map(str.isalnum, text))
    covered = sum(map(str.isalnum, "".join(text[t.start : t.end] for t in tokens)))
    enough = 0.75 if text[-1] in "。；" else 0.5  # a sentence needs more
    if letters < 8:
        enough = 0.8
    if letters < 4 or covered < enough * letters:
        return None
    words = " · ".join(text[t.start : t.end] for t in tokens)
    told = f"{covered} of {letters} characters are known: {words[:60]}"
    return Read(Verdict(Action.ASK, tokens[0].rule, 0.6, told))


@cache
def _trade() -> re.Pattern[str]:
    return re.compile("|".join(sorted(site_words(), key=lambda word: (-len(word), word))))


def _site_words(text: str) -> Read | None:
    """A short line that is no sentence and is mostly made of a site's words: asked about."""
    letters = sum(map(str.isalnum, text))
    if not 4 <= letters <= FEW or _CLAUSES.search(text):
        return None
    found = _trade().findall(text)
    covered = sum(map(len, found))
    if len(set(found)) < 2 or 2 * covered < letters:
        return None
    told = "mostly words of a site's trade: " + " · ".join(dict.fromkeys(found))
    return Read(Verdict(Action.ASK, "RES042", 0.6, told))


def _tail(line: Line, folded: str) -> tuple[Cut, ...]:
    """Known residue after the last full stop of a line of prose."""
    said = folded.rstrip()
    last = _TAIL.search(said) if said[-1:] not in _STOPS else None
    if not last or last.end() < 6:
        return ()
    tail = folded[last.end() :].strip()
    tokens = lexicon().consume(tail, line.clauses) if line.hints & WORDS else None
    verdict = decide(tail, tokens) if tokens else None
    if not verdict and line.hints & FORM:
        form = lexicon().line(tail, line.forms)
        opened = (f"<{tag}" in said for tag in _CLOSED.findall(tail))
        if form and form.weight is Weight.SURE and not any(opened):  # else half a pair stays
            verdict = Verdict(Action.REMOVE, form.rule, 0.9985, tail)
    if not verdict or verdict.action is not Action.REMOVE:
        return ()
    start = line.start + last.end()
    return (Cut(start, line.end, "RES023", 0.9985, f"after the sentence {verdict.evidence}"),)
