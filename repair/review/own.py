"""The page's part for the user's own rules: made of a decision, listed, taken back."""

from __future__ import annotations

import uuid
from typing import Any

from repair.phrasebook import Phrase, PhraseError, Table, from_finding
from repair.review import always, views
from repair.review.asked import Answer, Asked
from repair.review.pages import SAMPLES, Pages


class OwnRules:
    """What these requests answer; the rest of the page is `pages`."""

    def __init__(self, pages: Pages, table: Table) -> None:
        self.pages, self.queue, self.table = pages, pages.queue, table

    def _record(self, asked: Asked) -> dict[str, Any]:
        record = self.queue.finding(asked.get("id"))
        if record is None:
            raise KeyError(asked.get("id"))
        return record

    def ask(self, asked: Asked) -> Answer:
        """Before a rule is made: what it says, where it holds in this queue, with samples."""
        record, verdict = self._record(asked), _verdict(asked)
        try:
            rule = from_finding(record, verdict)
            refused = ""
        except PhraseError as error:
            rule, refused = Phrase(record["before"], record["after"], verdict), str(error)
        found = [] if refused else always.covers(self.queue, record, rule)
        cards = [views.card(r) for r in sorted(found, key=lambda r: str(r["id"]))[:SAMPLES]]
        html = self.pages.render(
            "always.html", asked.language, rule=rule, refused=refused, size=len(found),
            samples=cards, id=record["id"], path=str(self.table.path),
        )  # fmt: skip
        return Answer(html)

    def make(self, asked: Asked) -> Answer:
        """Makes the rule as the form has it, and decides what it covers here."""
        record, action = self._record(asked), uuid.uuid4().hex
        rule = Phrase(
            asked.get("before"), asked.get("after"), _verdict(asked), asked.get("line") == "true"
        )
        ids = always.make(self.queue, self.table, record, rule, asked.reviewer, action)
        self.pages.recount()
        return self.pages.card(
            asked.with_(id="", pattern=record["pattern_key"]),
            decided={"action": action, "count": len(ids)},
        )

    def undo(self, asked: Asked) -> Answer:
        """Withdraws what one key press decided, a rule that it made among it, and shows its
        finding again."""
        action = asked.get("action")
        done = always.take_back(self.queue, self.table, action, asked.reviewer)[1] if action else 0
        return self.pages.again(asked, action, done)

    def show(self, asked: Asked) -> Answer:
        """All rules, the newest first."""
        rows = list(reversed(self.table.rows()))
        html = self.pages.render("rules.html", asked.language, rows=rows, path=str(self.table.path))
        return Answer(html)

    def take_back(self, asked: Asked) -> Answer:
        """Takes a rule out; what it decided in this queue is open again."""
        named = {name: asked.get(name) for name in ("before", "after", "verdict")}
        done = 0
        for row in self.table.remove(**named):
            if row.get("action"):
                said = self.queue.undo(action=row["action"], reviewer=asked.reviewer)
                done += said.decisions
        self.pages.recount()
        return Answer(self.show(asked).html, undone={"count": done})


def _verdict(asked: Asked) -> str:
    return "ignore" if asked.get("verdict") == "ignore" else "accept"
