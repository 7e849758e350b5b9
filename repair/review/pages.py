"""What the review page answers to each request: pieces of HTML made from the queue.

Every method takes what was asked and gives HTML and the events that the page's script is
told (`decided`, `undone`, `meanwhile`). They run in threads and keep nothing but a few
documents, so several processes may answer for one queue.
"""

from __future__ import annotations

import uuid
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from repair.review import views
from repair.review.asked import CHECK, DISPUTED, Answer, Asked
from repair.review.counting import Counts
from repair.review.evidence import translated
from repair.review.filters import second
from repair.review.queue import OPEN, Filter, Queue
from repair.review.rows import Decision
from repair.review.schema import key
from repair.review.show import crop, plain, show
from repair.review.words import translator

Record = Mapping[str, Any]
Documents = Callable[[str], tuple[str, Sequence[Record]]]
OTHERS = 12  # further places of the pattern that are listed under the card
GROUPS = 100  # patterns that the list shows
SAMPLES = 5  # of a bulk decision
CONTEXT = 60  # characters on either side of a reading
KEPT = 8  # documents kept in memory for the document view


class Pages:
    """What each request answers; runs in threads, keeps nothing but a few documents."""

    def __init__(self, queue: Queue, documents: Documents) -> None:
        self.queue, self._documents = queue, documents
        self._kept: OrderedDict[str, tuple[str, Sequence[Record]]] = OrderedDict()
        self._counts = Counts(queue)
        self.environment = _environment()
        views.rule_titles()  # read and compiled before somebody waits for them
        for template in self.environment.list_templates():
            self.environment.get_template(template)

    def recount(self) -> None:
        """The counts are asked for anew: something was decided elsewhere."""
        self._counts.forget()

    def render(self, template: str, language: str, **values: Any) -> str:
        page = self.environment.get_template(template)
        html: str = page.render(t=translator(language), language=language, **values)
        return html

    def filters(self, asked: Asked) -> Answer:
        """The filter form, with the exact counts for the header."""
        facets = self.queue.facets()
        chosen = {n: asked.get(n) for n in (*facets, "status", "min", "max")}
        return Answer(
            self.render(
                "filters.html",
                asked.language,
                facets=facets,
                chosen=chosen,
                key=key,
                two=self.queue.two,
                counts=self._counts.exact(),
            )
        )

    def card(self, asked: Asked, **events: Any) -> Answer:
        """The finding asked for, else the next of the pattern, else of the first pattern."""
        record, groups = None, None
        wanted = asked.get("id")
        if wanted:
            record = self.queue.lease(asked.where, asked.session, wanted)
        pattern = record["pattern_key"] if record else asked.get("pattern")
        if record is None and pattern:
            record = self.queue.lease(_within(asked.where, pattern), asked.session)
        if record is None or "pattern" not in events.get("decided", {}):
            groups = self.queue.groups(asked.where, GROUPS)
        for group in groups or () if record is None else ():
            pattern = group.key
            record = self.queue.lease(_within(asked.where, pattern), asked.session)
            if record is not None:
                break
        if record is None:
            pattern = ""
        where = _within(asked.where, pattern)
        size = sum(self.queue.counts(where).values()) if pattern else 0
        others = self.queue.page(where, OTHERS + 1) if pattern else []
        waiting = {} if record else self._waiting(asked)
        html = self.render(
            "card.html",
            asked.language,
            card=views.card(record, None if asked.blind else self._decision(record), asked.blind)
            if record
            else None,
            opinions=self.queue.opinions(record["id"])
            if record and asked.get("status") == DISPUTED
            else (),
            others=[views.card(o) for o in others if record and o["id"] != record["id"]][:OTHERS],
            size=size,
            bulk=size > 1 and set(asked.where.status) <= set(OPEN),
            groups=groups,
            pattern=pattern,
            counts=self._counts.now(),
            waiting=waiting,
            filtered=asked.where != Filter(status=("pending",)),
        )
        return Answer(html, **events)

    def _waiting(self, asked: Asked) -> dict[str, int]:
        """What there still is to do for this person when nothing is left here: by status."""
        counts = {"pending": Filter(status=("pending",)), "skipped": Filter(status=("skipped",))}
        if self.queue.two:
            counts |= {CHECK: second(asked.reviewer), DISPUTED: _DISPUTES}
        now = asked.get("status") or "pending"
        return {
            status: number
            for status, where in counts.items()
            if status != now and (number := sum(self.queue.counts(where).values()))
        }

    def _decision(self, record: Record) -> Any:
        return self.queue.effective(record["id"]) if record["status"] != "pending" else None

    def decide(self, asked: Asked) -> Answer:
        """One finding: a verdict, or the number of a candidate. Then the next card."""
        finding, verdict, replacement = asked.get("id"), asked.get("verdict"), None
        if asked.get("choice"):
            record = self.queue.finding(finding)
            if record is None:
                raise KeyError(finding)
            number = int(asked.get("choice"))
            if number < 1:
                raise IndexError(number)
            chosen = record["candidates"][number - 1]["text"]
            verdict = "accept" if chosen == record["after"] else "edit"
            replacement = chosen if verdict == "edit" else None
        elif verdict == "edit":
            replacement = asked.get("replacement").replace("\r\n", "\n")
        action = uuid.uuid4().hex
        again = asked.where.status != ("pending",)  # looking at decided ones on purpose
        covered = self.queue.decide(
            finding, verdict, replacement, reviewer=asked.reviewer,  # type: ignore[arg-type]
            only_open=not again, action=action,
        )  # fmt: skip
        rest = asked.with_(id="")
        if not covered:
            self._counts.forget()
            said = self.queue.effective(finding)
            return self.card(rest, meanwhile={"by": plain(said.reviewer) if said else ""})
        if len(asked.where.status) == 1:
            self._counts.moved(asked.where.status[0], verdict)
        else:
            self._counts.forget()
        events = {"decided": {"action": action, "count": 1, "pattern": asked.get("pattern")}}
        if asked.blind:
            events |= self._differs(finding)
        return self.card(rest, **events)

    def _differs(self, finding: str) -> dict[str, Any]:
        """Told once the second person has decided, if the first one said otherwise."""
        lines = [d for d in self.queue.opinions(finding) if d.verdict != "skip"]
        said = [d for d in lines if (d.verdict, d.replacement) != _word(lines[-1])]
        if lines[-1:] and said:
            what = {"by": plain(said[-1].reviewer), "verdict": said[-1].verdict}
            return {"differs": what}
        return {}

    def bulk(self, asked: Asked) -> Answer:
        """Before a decision about a pattern: how many, and samples from its whole range."""
        verdict, pattern = asked.get("bulk"), asked.get("pattern")
        where = _within(asked.where, pattern)
        size = sum(self.queue.counts(where).values())
        cards = [views.card(r) for r in self.queue.samples(where, SAMPLES)]
        name = cards[0].record["pattern"] if cards else ""
        return Answer(
            self.render(
                "bulk.html", asked.language, verdict="reject" if verdict == "reject" else "accept",
                pattern=pattern, size=size, samples=cards, name=name,
            )
        )  # fmt: skip

    def decide_all(self, asked: Asked) -> Answer:
        """A whole pattern, within the filter."""
        self._counts.forget()
        action = uuid.uuid4().hex
        covered = self.queue.decide(
            asked.get("pattern"), asked.get("verdict"), reviewer=asked.reviewer,  # type: ignore[arg-type]
            scope="pattern", where=asked.where, action=action,
        )  # fmt: skip
        return self.card(asked, decided={"action": action, "count": len(covered)})

    def again(self, asked: Asked, action: str, decisions: int) -> Answer:
        """After an action was taken back: the first finding that it was about."""
        self._counts.forget()
        first = self.queue.of_action(action) if action else None
        status = asked.get("status") if asked.blind else "pending"
        return self.card(asked.with_(id=first or "", status=status), undone={"count": decisions})

    def team(self, asked: Asked) -> Answer:
        """Who agrees with whom, and what is disputed."""
        said, log = self.queue.agreement(), Counter(d.reviewer for d in self.queue.log())
        waiting = sum(self.queue.counts(second(asked.reviewer)).values())
        html = self.render(
            "team.html", asked.language, said=said, people=sorted(log.items()), waiting=waiting,
            two=self.queue.two, me=asked.reviewer,
        )  # fmt: skip
        return Answer(html)

    # ---- whole documents

    def _document(self, doc_id: str) -> tuple[str, Sequence[Record]]:
        if doc_id not in self._kept:
            self._kept[doc_id] = self._documents(doc_id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return self._kept[doc_id]

    def _record(self, finding_id: str, focus: str) -> tuple[Record, bool]:
        """A record of the queue, else an edit of the focus finding's document; and whether
        it is an edit."""
        record = self.queue.finding(finding_id)
        if record is not None:
            return record, bool(record["applied"])
        near = self.queue.finding(focus)
        if near is None:
            raise KeyError(finding_id)
        layer, journal = self._document(near["doc_id"])
        for edit in journal:
            if edit["id"] == finding_id:
                start, end = edit["start"], edit["end"]
                around = {
                    "before": layer[max(0, start - CONTEXT) : start],
                    "after": layer[end : end + CONTEXT],
                }
                return {**edit, "context": around}, True
        raise KeyError(finding_id)

    def document(self, asked: Asked) -> Answer:
        """The document of a finding, around it or around `at`."""
        record = self.queue.finding(asked.get("id"))
        if record is None:
            raise KeyError(asked.get("id"))
        layer, journal = self._document(record["doc_id"])
        at = asked.number("at")
        findings = self.queue.findings(Filter(doc_id=record["doc_id"]))
        view = views.document(
            record["doc_id"], layer, journal, [f for f in findings if not f["applied"]],
            self.queue.verdicts(record["doc_id"]), record["start"] if at is None else int(at),
        )  # fmt: skip
        return Answer(self.render("document.html", asked.language, view=view, focus=record["id"]))

    def piece(self, asked: Asked) -> Answer:
        """One edit or finding of the document view."""
        record, is_edit = self._record(asked.get("id"), asked.get("focus"))
        said = self.queue.effective(record["id"])
        return Answer(
            self.render(
                "piece.html", asked.language, card=views.card(record, said), is_edit=is_edit,
                focus=asked.get("focus"),
            )
        )  # fmt: skip

    def decide_piece(self, asked: Asked) -> Answer:
        """Decides in the document view, and shows it again."""
        self._counts.forget()
        record, is_edit = self._record(asked.get("id"), asked.get("focus"))
        action = uuid.uuid4().hex
        if is_edit:
            self.queue.adopt([record])
        self.queue.decide(
            record["id"], asked.get("verdict"), reviewer=asked.reviewer, action=action  # type: ignore[arg-type]
        )  # fmt: skip
        view = self.document(asked.with_(id=asked.get("focus"), at=str(record["start"])))
        events = {} if asked.get("verdict") == "undo" else {"action": action, "count": 1}
        return Answer(view.html, decided=events or {"count": 0})

    def target(self, asked: Asked) -> Answer:
        """The place that a finding moves its text to, with the text in it."""
        record = self.queue.finding(asked.get("id"))
        if record is None or record["move_to"] is None:
            raise KeyError(asked.get("id"))
        layer, _ = self._document(record["doc_id"])
        at = record["move_to"]
        html = self.render(
            "target.html", asked.language, moved=show(crop(record["after"])),
            left=show(layer[max(0, at - CONTEXT) : at]), right=show(layer[at : at + CONTEXT]),
        )  # fmt: skip
        return Answer(html)

    def witness(self, asked: Asked) -> Answer:
        """This text and a witness side by side, each in its context, differences marked."""
        record = self.queue.finding(asked.get("id"))
        if record is None:
            raise KeyError(asked.get("id"))
        reading = record["witnesses"][int(asked.get("n"))]
        try:
            layer, _ = self._document(reading["doc_id"])
        except (LookupError, OSError, ValueError):
            layer = ""
        start, end = reading["start"], reading["end"]
        found = layer[start:end] == reading["text"]
        left = layer[max(0, start - CONTEXT) : start] if found else ""
        right = layer[end : end + CONTEXT] if found else ""
        pieces = views.side_by_side(record, left, reading["text"], right)
        return Answer(self.render("witness.html", asked.language, reading=reading, pieces=pieces))


_DISPUTES = Filter(disputed=True)


def _word(line: Decision) -> tuple[str, str | None]:
    return line.verdict, line.replacement


def _within(where: Filter, pattern: str) -> Filter:
    return replace(where, pattern=pattern)


def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup, escape

    def labelled(value: Any) -> Any:
        return show(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    def storable(text: str) -> Markup:
        """For a form's field, where no label can stand: escaped, but else as it is."""
        return escape(text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd"))

    environment = Environment(
        loader=PackageLoader("repair.review", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=labelled,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "show": show, "plain": plain, "storable": storable, "told": translated,
        "named": views.named,
    }  # fmt: skip
    environment.globals |= {"crop": crop}
    return environment
