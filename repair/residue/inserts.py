"""Spam and a novel site's calls inside prose: whole sentences of a line that stays, or runs.

What a reader wants to decide on is the sentence, not a word of it. What stands in quotation marks
is said by somebody, so it proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from repair import rules
from repair.patterns import lazy
from repair.residue import spam
from repair.residue.lines import Cut, Line

# The shares and the reach are chosen on the cases of tests/residue/inserts.jsonl, and so that
# nothing is found in 1,200 documents each of seven sound corpora.
SPAM, RUN, SITE = "RES032", "RES031", "RES033"
SURE, _ASKED, _PART = 0.9985, 0.8, 0.6  # confidence
_SENTENCE = lazy(r"[^。;!?]*(?:[。;!?]+[)\]]?|[^。;!?]$)")
_SAID = lazy(r"[\w\"]")  # letters, or something quoted
_HAS_END = lazy("[。;!?]")
_ADDRESS = r"(?:https?://)?[a-z0-9.-]+\.[a-z]{2,5}[a-z0-9/._-]*"
_DENSE = 0.5  # of a sentence: less of the trade is a run in a sentence of someone else's
_NEAR = 150  # characters before and behind a sentence in which a report may say what it is
_FULL = 0.6  # enough to go without asking
_SOLD = 0.75  # enough without a trade that no firm advertises


class _Rules(NamedTuple):
    contact: re.Pattern[str]  # an account, a telephone, a site: somewhere to go
    evasive: re.Pattern[str]  # an account spelt as nobody spells it who has nothing to hide
    weakly: re.Pattern[str]  # words of theirs that sound text has as well
    outlawed: re.Pattern[str]  # a trade that no firm advertises
    account: re.Pattern[str]  # somewhere to go that no office has
    address: re.Pattern[str]
    lawful: frozenset[str]  # of the outlawed trades those that some firm may have
    reported: re.Pattern[str]  # a report or a rule about it
    calls: re.Pattern[str]  # a site that shows novels calls its readers
    more: re.Pattern[str]  # what such calls go on with, and what proves nothing


@cache
def _rules() -> _Rules:
    table = rules.table("residue")
    trade, site = table[SPAM].data, table[SITE].data
    keys = "contact", "evasive", "weakly", "outlawed", "reported"
    return _Rules(
        **{key: re.compile(trade[key]) for key in keys},
        account=re.compile(trade["account"]),
        address=re.compile(_ADDRESS),
        lawful=frozenset(trade["lawful"]),
        calls=re.compile("|".join(_calls())),
        more=re.compile("|".join(site["companions"])),
    )


def _calls() -> list[str]:
    return [call.replace("SITE", _ADDRESS) for call in rules.table("residue")[SITE].data["calls"]]


def patterns() -> list[str]:
    """One of them matches, or a word that only the trade uses stands, in a line with an insert."""
    trade = rules.table("residue")[SPAM].data
    return [*_calls(), trade["evasive"], trade["weakly"]]


class _Span(NamedTuple):
    """What is to be cut, offsets in the line."""

    start: int
    end: int
    rule: str
    confidence: float
    evidence: str


def find(line: Line) -> tuple[Cut, ...]:
    """What is to be cut out of the line, in order; nothing if nothing of it would stay.

    What is sure goes first and the rest is read again, so that a second pass finds nothing new."""
    if spam.listed(line.folded):
        return ()
    text, folded, at = line.text, line.folded, list(range(len(line.text)))
    gone: list[_Span] = []
    prose = _HAS_END.search(folded) is not None
    while True:
        bare = spam.unquoted(text, folded)
        spans = _joined(_sentences(bare, prose))
        sure = [span for span in spans if span.confidence >= SURE]
        for span in reversed(sure):
            start, end = span[:2]
            gone.append(span._replace(start=at[start], end=at[end - 1] + 1))
            text, folded = text[:start] + text[end:], folded[:start] + folded[end:]
            del at[start:end]
        if not sure:
            break
    for start, end, *_ in spans:
        bare = bare[:start] + " " * (end - start) + bare[end:]
    if not _SAID.search(bare):
        return ()
    gone += [span._replace(start=at[span.start], end=at[span.end - 1] + 1) for span in spans]
    outer: list[_Span] = []
    for span in sorted(gone, key=lambda span: (span.start, -span.end)):
        if not outer or span.start >= outer[-1].end:
            outer.append(span)
    return tuple(Cut(line.start + span.start, line.start + span.end, *span[2:]) for span in outer)


def _joined(spans: Iterator[_Span]) -> list[_Span]:
    """Spans of one rule that touch, as one decision."""
    joined: list[_Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and (last.end, last.rule, last.confidence) == (span.start, *span[2:4]):
            joined[-1] = last._replace(end=span.end)
        else:
            joined.append(span)
    return joined


def _sentences(bare: str, prose: bool) -> Iterator[_Span]:
    ended = _HAS_END.search(bare)
    several = bool(ended and ended.end() < len(bare.rstrip()))
    for found in _SENTENCE.finditer(bare):
        start, end = found.span()
        start += 0 if start else len(bare) - len(bare.lstrip())  # an indent stays
        said = bare[start:end]
        if not said.strip():
            continue
        sites = list(_calling(said, start)) if prose else []
        yield from sites
        if not sites:
            near = max(start - _NEAR, 0), end + _NEAR
            reported = _rules().reported.search(bare, *near) is not None
            yield from _selling(said, start, several, reported)


def _calling(said: str, at: int) -> Iterator[_Span]:
    """A novel site's calls in a sentence: sure where they are all of it, or closed in brackets."""
    own = _rules()
    calls = [m.span() for m in own.calls.finditer(said) if m.group()]
    if not calls:
        return
    more = [m.span() for m in own.more.finditer(said) if m.group()]
    for start, end in _runs(said, [*calls, *more]):
        if not any(start <= call[0] < end for call in calls):
            continue
        until = end
        while until < len(said) and said[until] in "。;!?":
            until += 1
        free = not _SAID.search(said, 0, start)
        free = free and (until == len(said) or (said[start] in "([" and said[until - 1] in ")]"))
        inside = [call for call in calls if start <= call[0] < end]
        last = max(call[1] for call in inside)
        several = len(inside) > 1 or inside[0][0] > start or last < end
        alone = not several and own.address.search(said, start, end)
        begin, stop = (len(said[:start].rstrip()), until) if free else (start, end)
        sure = free and not alone  # an office has a new address, too
        told = f"what sites that show novels write between their sentences: {said[start:end]}"
        yield _Span(at + begin, at + stop, SITE, SURE if sure else _PART, told)


def _selling(said: str, at: int, several: bool, reported: bool) -> Iterator[_Span]:
    """A sentence of spam, or a run of the trade's words and an account in another one."""
    density, own = spam.Density(said), _rules()
    evasive = own.evasive.search(said)
    contact = own.contact.search(said)
    outlawed = own.outlawed.search(said)
    if not (density.strong or evasive or (contact and own.weakly.search(said))):
        return
    told = "words of the trade (" + ", ".join(dict.fromkeys(density.terms))[:60] + ")"
    items = [(start, start + len(word)) for start, word in spam.found(said)]
    contacts = [m.span() for p in (own.contact, own.evasive) for m in p.finditer(said)]
    rest = said
    for start, end in (*items, *contacts):
        rest = rest[:start] + " " * (end - start) + rest[end:]
    full = outlawed or len(density.strong) > 1 or density.share >= _SOLD
    free = not density.framed and '"' not in said and not spam.Density(rest).clause
    spent = several and full and free and density.share >= _DENSE
    if spent and (contact or spam.judge(said.strip())):
        trades = set(own.outlawed.findall(said))
        account = own.account.search(said)
        sure = account and len(trades) > 1 and not own.lawful.issuperset(trades)
        sure = sure and density.share >= _FULL and not reported
        where = f" and {contact.group()}" if contact else ""
        yield _Span(
            at, at + len(said), SPAM, SURE if sure else _ASKED,
            f"{density.share:.0%} of the sentence are {told}{where}, without a predicate or "
            "a frame of law or report",
        )  # fmt: skip
        return
    if reported:
        return
    for start, end in _runs(said, [*items, *contacts]):
        run = spam.Density(said[start:end])
        led = any(start <= one[0] < end for one in contacts)
        if (led and (own.outlawed.search(run.line) or (evasive and run.terms))) or (
            len(run.strong) > 1 and own.outlawed.search(run.line) and not density.framed
        ):
            why = f"{told}, and nothing else in the sentence is theirs"
            yield _Span(at + start, at + end, RUN, _PART, why)


def _runs(said: str, items: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The items joined with those before them where only marks stand between."""
    runs: list[tuple[int, int]] = []
    for start, end in sorted(items):
        if runs and not _SAID.search(said, runs[-1][1], start):
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs
