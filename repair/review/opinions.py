"""What several people said about the same findings: what holds, and how far they agree. Pure.

An opinion is a reviewer's last word about a finding since the last undo; a skip is none.
Where two people must agree (`Queue.two`), a decision holds once two have said the same; of
two such pairs the later one. What a command of the house did (`repair undo` takes back an
edit) is an order and holds at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from repair.review.rows import Decision

ORDER = "undo"  # the scope of a line that is no opinion


@dataclass(frozen=True, slots=True)
class Pair:
    """Two reviewers: what both decided, on how much they said the same, and Cohen's kappa
    (Educational and Psychological Measurement 20, 1960), None where chance explains all."""

    reviewers: tuple[str, str]
    checked: int
    agreed: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of the findings that two or more people decided: how many, and on how many all say
    the same; `disputed` are the ids of the others, `pairs` who agrees with whom."""

    checked: int
    agreed: int
    disputed: tuple[str, ...]
    pairs: tuple[Pair, ...] = ()


def live(log: Iterable[Decision]) -> dict[str, list[Decision]]:
    """By finding the lines that still count, in their order: each reviewer's last word since
    the last undo (skips too), and orders."""
    said: defaultdict[str, dict[tuple[str, bool], Decision]] = defaultdict(dict)
    for line in log:
        lines = said[line.finding_id]
        if line.verdict == "undo":
            lines.clear()
        else:
            who = (line.reviewer, line.scope == ORDER)
            lines.pop(who, None)
            lines[who] = line
    return {finding: list(lines.values()) for finding, lines in said.items() if lines}


def holding(log: Iterable[Decision], two: bool = False) -> dict[str, Decision]:
    """By finding the decision that holds; with `two`, only where two people agree."""
    standing: dict[str, Decision] = {}
    for finding, lines in live(log).items():
        said = _agreed(lines) if two else lines[-1]
        if said is not None:
            standing[finding] = said
    return standing


def _agreed(lines: Iterable[Decision]) -> Decision | None:
    support: Counter[tuple[str, str | None]] = Counter()
    found = None
    for line in lines:
        if line.scope == ORDER:
            found = line
        elif line.verdict != "skip":
            said = (line.verdict, line.replacement)
            support[said] += 1
            if support[said] >= 2:
                found = line
    return found


def agreement(log: Iterable[Decision]) -> Agreement:
    """How far the reviewers agree."""
    checked = agreed = 0
    disputed: list[str] = []
    both: defaultdict[tuple[str, str], list[tuple[Decision, Decision]]] = defaultdict(list)
    for finding, lines in live(log).items():
        said = {d.reviewer: d for d in lines if d.verdict != "skip" and d.scope != ORDER}
        if len(said) < 2:
            continue
        checked += 1
        if len({_word(d) for d in said.values()}) == 1:
            agreed += 1
        else:
            disputed.append(finding)
        for a, b in combinations(sorted(said), 2):
            both[a, b].append((said[a], said[b]))
    pairs = tuple(_pair(who, both[who]) for who in sorted(both))
    return Agreement(checked, agreed, tuple(sorted(disputed)), pairs)


def _word(line: Decision) -> tuple[str, str | None]:
    return line.verdict, line.replacement


def _pair(who: tuple[str, str], said: list[tuple[Decision, Decision]]) -> Pair:
    agreed = sum(_word(a) == _word(b) for a, b in said)
    return Pair(who, len(said), agreed, _kappa([(a.verdict, b.verdict) for a, b in said]))


def _kappa(said: list[tuple[str, str]]) -> float | None:
    """Cohen's kappa over the verdicts: agreement beyond what chance would give two people
    who use each verdict as often as these do."""
    number = len(said)
    first: Mapping[str, int] = Counter(a for a, _ in said)
    other: Mapping[str, int] = Counter(b for _, b in said)
    chance = sum(first[v] * other.get(v, 0) for v in first) / number**2
    seen = sum(a == b for a, b in said) / number
    return None if chance == 1 else round((seen - chance) / (1 - chance), 4)
