"""`phrases.jsonl`: the user's own rules, one JSON object a line, and how they are kept.

    {"verdict": "accept", "before": "行政争议", "after": "行政复议", "line": false,
     "by": "ann", "time": "2026-11-22T08:00:00+00:00", "action": "…"}

`before`, `after` and `verdict` are the rule; with `line` it holds for whole lines only (what
removes a line must not remove its words elsewhere). The other keys are kept for people. The
file lies beside repair.toml, or where its key `phrases` says; the review writes it, and a
person may.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "phrases.jsonl"
VERDICTS = ("accept", "ignore")
SHORTEST = 2  # characters that a phrase must have to be put right wherever it stands
LONGEST = 2000


class PhraseError(ValueError):
    """A row that is no rule, or that contradicts another one."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One rule: `before` is always made `after`, or that change is never asked about."""

    before: str
    after: str
    verdict: str
    line: bool = False


def phrase(row: Mapping[str, Any], where: str = "phrase") -> Phrase:
    """The rule of a row; PhraseError says what is wrong with it."""
    before, after, verdict = row.get("before"), row.get("after"), row.get("verdict")
    line = row.get("line", False)
    if not isinstance(before, str) or not isinstance(after, str) or not isinstance(line, bool):
        raise PhraseError(f"{where}: a phrase needs 'before' and 'after', both text")
    if verdict not in VERDICTS:
        raise PhraseError(f"{where}: 'verdict' must be one of {', '.join(VERDICTS)}")
    if not before or max(len(before), len(after)) > LONGEST:
        raise PhraseError(f"{where}: a phrase has 1 to {LONGEST} characters")
    if verdict == "accept":
        if before == after:
            raise PhraseError(f"{where}: it changes nothing")
        if not line and len("".join(before.split())) < SHORTEST:
            raise PhraseError(f"{where}: '{before}' is too short to be changed everywhere")
        if not line and not after:
            raise PhraseError(f"{where}: only a whole line can be removed everywhere")
    return Phrase(before, after, verdict, line)


def phrases(rows: Iterable[Mapping[str, Any]], where: str = "phrases") -> tuple[Phrase, ...]:
    """The rules of all rows, sorted, each once. PhraseError where two contradict
    each other."""
    found = dict.fromkeys(phrase(row, f"{where}:{n}") for n, row in enumerate(rows, 1))
    ordered = sorted(found, key=lambda p: (p.before, p.after, p.verdict, p.line))
    readings: dict[tuple[str, bool], str] = {}
    for one in (p for p in ordered if p.verdict == "accept"):
        other = readings.setdefault((one.before, one.line), one.after)
        if other != one.after:
            raise PhraseError(f"{where}: '{one.before}' cannot be both '{other}' and '{one.after}'")
        if readings.get((one.after, one.line)) == one.before:
            raise PhraseError(f"{where}: '{one.before}' and '{one.after}' undo each other")
    return tuple(ordered)


class Table:
    """The file; every change is checked, made under a lock, and in one step."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> list[dict[str, Any]]:
        """The rows as they stand; none where there is no file. PhraseError names a bad line."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except UnicodeDecodeError as error:
            raise PhraseError(f"{self.path}: {error}") from None
        rows: list[dict[str, Any]] = []
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise PhraseError(f"{self.path}:{number}: {error}") from None
            if not isinstance(row, dict):
                raise PhraseError(f"{self.path}:{number}: no JSON object")
            phrase(row, f"{self.path}:{number}")
            rows.append(row)
        return rows

    def add(self, new: Phrase, **about: Any) -> None:
        """One more rule, in the place of one that says otherwise about the same change.
        PhraseError where it contradicts another one."""
        with self._changing() as rows:
            rows[:] = [r for r in rows if (r["before"], r["after"]) != (new.before, new.after)]
            rows.append({**asdict(new), **about})
            phrases(rows, str(self.path))

    def remove(self, **named: Any) -> list[dict[str, Any]]:
        """Takes out the rows whose keys have these values, and gives them."""
        with self._changing() as rows:
            gone = [r for r in rows if all(r.get(k) == v for k, v in named.items())]
            rows[:] = [r for r in rows if r not in gone]
        return gone

    @contextmanager
    def _changing(self) -> Iterator[list[dict[str, Any]]]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f".{self.path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            rows = self.rows()
            yield rows
            draft = self.path.with_name(f".{self.path.name}.draft")
            with draft.open("w", encoding="utf-8") as file:
                for row in rows:
                    file.write(_line(row))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)


def _line(row: Mapping[str, Any]) -> str:
    text = json.dumps(row, ensure_ascii=False)
    if any("\ud800" <= char <= "\udfff" for char in text):
        text = json.dumps(row)
    return text + "\n"


def from_finding(record: Mapping[str, Any], verdict: str) -> Phrase:
    """The rule that a decision about this finding suggests: its pattern's words where they
    stand around it, else the words of the place; one that removes a whole line is one of
    whole lines. PhraseError where it is none (a move, a change of a single character)."""
    if record.get("move_to") is not None:
        raise PhraseError("a move belongs to its place and cannot be a rule")
    context = record.get("context") or {}
    left, right = context.get("before", ""), context.get("after", "")
    text = record["before"]
    ends = text.endswith("\n") or right[:1] in ("", "\n")
    if text.strip("\n") and not record["after"] and left[-1:] in ("", "\n") and ends:
        return Phrase(text.strip("\n"), "", verdict, line=True)
    before, after = _widened(record)
    if verdict == "accept":
        phrase(asdict(Phrase(before, after, verdict)))
    return Phrase(before, after, verdict)


def _widened(record: Mapping[str, Any]) -> tuple[str, str]:
    """The two sides of the record's pattern, if the text around it reads so."""
    before, after, pattern = record["before"], record["after"], record["pattern"]
    context = record.get("context") or {}
    left, right = context.get("before", ""), context.get("after", "")
    cut = pattern.find("→")
    while cut >= 0:
        a, b = pattern[:cut], pattern[cut + 1 :]
        at = a.find(before)
        while at >= 0:
            head, tail = a[:at], a[at + len(before) :]
            if left.endswith(head) and right.startswith(tail) and b == head + after + tail:
                return a, b
            at = a.find(before, at + 1)
        cut = pattern.find("→", cut + 1)
    return before, after
