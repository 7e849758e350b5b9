"""The review flow by keyboard in a terminal, for work over ssh.

    run(queue, table, reviewer)        # until q; the same keys as on the page

One key decides and moves on. Nothing from a document reaches the terminal but printable
characters (`show.plain`), so no document can move the cursor or colour its neighbours.
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from repair.phrasebook import PhraseError, Table, from_finding
from repair.review import always, views
from repair.review.filters import PENDING
from repair.review.queue import Filter, Queue, QueueError
from repair.review.show import crop, plain

KEYS = {
    "y": "accept",
    "n": "reject",
    "e": "type a replacement",
    "1-9": "choose a candidate",
    "s": "skip",
    "u": "take back the last decision",
    "A": "accept the whole pattern",
    "N": "reject the whole pattern",
    "Y": "accept always: a rule of your own",
    "X": "never ask again: a rule of your own",
    "r": "your own rules",
    "i": "the whole evidence and the witnesses",
    "/": "show only a rule or a stage",
    "?": "this help",
    "q": "finish",
}
SAMPLES = 5
Read = Callable[[], str]  # one key
Ask = Callable[[str], str]  # one line


def run(queue: Queue, table: Table, reviewer: str = "reviewer", where: Filter = PENDING) -> None:
    """Asks about the findings that `where` names on this terminal. QueueError where there
    is none."""
    from rich.console import Console

    if not sys.stdin.isatty():
        raise QueueError("the terminal review needs a terminal; try the web page or an export")
    console = Console(highlight=False)
    with _keyboard() as (read, ask):
        terminal = Terminal(queue, table, reviewer, console, read, ask, where)
        try:
            with suppress(KeyboardInterrupt):
                terminal.go()
        finally:
            queue.release([terminal.holder])


@contextmanager
def _keyboard() -> Iterator[tuple[Read, Ask]]:
    """Reads a key, reads a line. What was typed ahead is kept; the terminal is as before
    afterwards, whatever happens."""
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    lines = termios.tcgetattr(descriptor)

    def read() -> str:
        return os.read(descriptor, 1).decode("ascii", "replace") or "q"

    def ask(prompt: str) -> str:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, lines)
        try:
            return input(prompt)
        except EOFError:
            return ""
        finally:
            tty.setcbreak(descriptor, termios.TCSADRAIN)

    tty.setcbreak(descriptor, termios.TCSADRAIN)
    try:
        yield read, ask
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, lines)


@dataclass(slots=True)
class Terminal:
    """One person at one keyboard; `read` and `ask` are given so that tests can type."""

    queue: Queue
    table: Table
    reviewer: str
    console: Any  # a rich Console
    read: Read
    ask: Ask
    where: Filter = PENDING
    holder: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    actions: list[str] = field(default_factory=list)
    decided: int = 0
    began: float = field(default_factory=time.monotonic)

    def go(self) -> None:
        """Until q, or until nothing is open."""
        record, pattern = None, ""
        while True:
            record = self._next(pattern)
            if record is None:
                waiting = self.queue.counts().get("skipped", 0)
                more = f"; {waiting} were skipped" if waiting else ""
                self._say(f"Nothing waits for a decision here{more}. u undo, q finish")
                if self.read() != "u" or not self._undo():
                    return
                continue
            pattern = record["pattern_key"]
            self._show(record)
            while True:
                key = self.read()
                if key == "q":
                    return
                if self._press(key, record):
                    break

    def _next(self, pattern: str) -> dict[str, Any] | None:
        if pattern:
            here = replace(self.where, pattern=pattern)
            found = self.queue.lease(here, self.holder)
            if found is not None:
                return found
        for group in self.queue.groups(self.where, limit=50):
            found = self.queue.lease(replace(self.where, pattern=group.key), self.holder)
            if found is not None:
                return found
        return None

    def _press(self, key: str, record: dict[str, Any]) -> bool:
        """What a key does; whether another finding is to be shown."""
        if key in ("y", "n", "s"):
            verdict = {"y": "accept", "n": "reject", "s": "skip"}[key]
            return self._decide(record, verdict)
        if key.isdigit() and 0 < int(key) <= len(record["candidates"]):
            chosen = record["candidates"][int(key) - 1]["text"]
            same = chosen == record["after"]
            return self._decide(record, "accept" if same else "edit", None if same else chosen)
        if key == "e":
            typed = self.ask("replacement (empty: leave it): ")
            return bool(typed) and self._decide(record, "edit", typed)
        if key in ("A", "N"):
            return self._decide_all(record, "accept" if key == "A" else "reject")
        if key in ("Y", "X"):
            return self._always(record, "accept" if key == "Y" else "ignore")
        if key == "r":
            self._rules()
        if key == "u":
            return self._undo()
        if key == "/":
            asked = self.ask("rule or stage (empty: all): ").strip()
            rule = asked if asked.isupper() else None
            self.where = replace(self.where, rule=rule, stage=None if rule else asked or None)
            return True
        if key == "i":
            self._details(record)
        if key == "?":
            for name, words in KEYS.items():
                self._say(f"  {name:>3}  {words}")
        return False

    def _decide(self, record: dict[str, Any], verdict: str, typed: str | None = None) -> bool:
        action = uuid.uuid4().hex
        covered = self.queue.decide(
            record["id"], verdict, typed,  # type: ignore[arg-type]
            reviewer=self.reviewer, only_open=self.where.not_by is None, action=action,
        )  # fmt: skip
        if covered:
            self.actions.append(action)
            self.decided += 1
        else:
            self._say("Somebody has decided this meanwhile.")
        return True

    def _decide_all(self, record: dict[str, Any], verdict: str) -> bool:
        where = replace(self.where, pattern=record["pattern_key"])
        size = sum(self.queue.counts(where).values())
        for sample in self.queue.samples(where, SAMPLES):
            self._passage(sample)
        if self.ask(f"{verdict} all {size} of this pattern? [y/N] ").strip().lower() != "y":
            return False
        action = uuid.uuid4().hex
        covered = self.queue.decide(
            record["pattern_key"], verdict,  # type: ignore[arg-type]
            reviewer=self.reviewer, scope="pattern", where=self.where, action=action,
        )  # fmt: skip
        self.actions.append(action)
        self.decided += len(covered)
        return True

    def _always(self, record: dict[str, Any], verdict: str) -> bool:
        try:
            rule = from_finding(record, verdict)
        except PhraseError as error:
            self._say(f"This cannot be a rule: {plain(str(error))}")
            return False
        found = always.covers(self.queue, record, rule)
        what = "accept always" if verdict == "accept" else "never ask again"
        whole = " (whole lines only)" if rule.line else ""
        self._say(f"{what}: {plain(rule.before)} → {plain(rule.after) or '(nothing)'}{whole}")
        for sample in found[:SAMPLES]:
            self._passage(sample)
        question = f"a rule for every later batch too; decides {len(found)} here [y/N] "
        if self.ask(question).strip().lower() != "y":
            return False
        action = uuid.uuid4().hex
        try:
            done = always.make(self.queue, self.table, record, rule, self.reviewer, action)
        except PhraseError as error:
            self._say(f"This cannot be a rule: {plain(str(error))}")
            return False
        self.actions.append(action)
        self.decided += len(done)
        return True

    def _rules(self) -> None:
        for row in self.table.rows():
            self._say(f"  {row['verdict']:>6}  {plain(row['before'])} → {plain(row['after'])}")
        self._say(f"kept in {plain(str(self.table.path))}; repair phrases --undo takes one back")

    def _undo(self) -> bool:
        if not self.actions:
            self._say("There is nothing to undo.")
            return False
        action = self.actions.pop()
        rules, decisions = always.take_back(self.queue, self.table, action, self.reviewer)
        self.decided -= decisions
        self._say(f"{decisions} taken back{' and the rule' if rules else ''}.")
        return True

    # ---- showing

    def _say(self, words: str) -> None:
        self.console.print(words, markup=False)

    def _show(self, record: dict[str, Any]) -> None:
        counts = self.queue.counts()
        hours = (time.monotonic() - self.began) / 3600
        rate = f", {self.decided / hours:,.0f} per hour" if self.decided > 5 else ""
        self.console.rule(style="dim")
        title = views.rule_titles().get(record["rule"].split("+")[0], record["kind"])
        self._say(f"{counts.get('pending', 0):,} pending, {self.decided:,} decided{rate}")
        self.console.print(f"{record['rule']} {title}  {record['confidence']:.2f}", style="bold")
        self._say(f"{plain(record['doc_id'])}:{record['line']}:{record['column']}")
        self._passage(record)
        if record["evidence"]:
            self.console.print(plain(crop(record["evidence"])), style="italic", markup=False)
        for number, candidate in enumerate(record["candidates"][:9], 1):
            text = plain(crop(candidate["text"], 80)) or "(nothing)"
            self._say(
                f"  {number}  {text}  {candidate['confidence']:.2f}  {plain(candidate['source'])}"
            )
        self.console.print(
            "y accept  n reject  e edit  s skip  u undo  A/N all  Y/X always  ? help  q finish",
            style="dim",
        )

    def _passage(self, record: Mapping[str, Any]) -> None:
        from rich.text import Text

        context = record["context"] or {}
        line = Text(plain(context.get("before", "")), style="dim")
        line.append(plain(crop(record["before"])), style="red strike")
        if record["after"] != record["before"]:
            line.append("→", style="dim")
            line.append(plain(crop(record["after"])) or "(nothing)", style="green")
        line.append(plain(context.get("after", "")), style="dim")
        self.console.print(line)

    def _details(self, record: dict[str, Any]) -> None:
        self._say(plain(record["evidence"]))
        for reading in record["witnesses"]:
            place = f"{plain(reading['doc_id'])} ({reading['provenance']})"
            self._say(f"  {place}: {plain(crop(reading['text']))}")
        if record["move_to"] is not None:
            self._say(f"  moves to offset {record['move_to']}")
