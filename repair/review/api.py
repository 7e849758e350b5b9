"""The operations of `repair serve`, in one table: address, what is taken, what is answered.

service.py serves the table, openapi.py prints it. An operation gets checked values, runs in
a thread, and gives a JSON value, or JSON itself as bytes; Refused says why it does not.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import sqlalchemy as sa

from repair import __version__
from repair.config import CHOICES, STAGES, Config, ConfigError, make
from repair.phrasebook import LONGEST, VERDICTS
from repair.review import rows
from repair.review.apply import rebuild
from repair.review.openapi import Path
from repair.review.pages import Documents
from repair.review.queue import Filter, Queue
from repair.review.schema import findings, key
from repair.review.shapes import Refused, Schema, obj
from repair.review.work import Workers

TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
ID: Schema = {"type": "string", "pattern": "^[0-9A-Za-z_-]{1,64}$"}
GROUP: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$", "description": "a group's key"}
RULE: Schema = {"type": "string", "pattern": r"^[A-Z]{3}[0-9]{3}(\+[A-Z]{3}[0-9]{3})*$"}
ACTION: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
CURSOR: Schema = {
    "type": "string",
    "pattern": "^[0-9a-f]{16}\\.[0-9]{1,15}\\.[0-9A-Za-z_-]{1,64}$",
    "description": "`next` of the page before",
}
LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
REVIEWER: Schema = {**NAME, "default": "api"}
IN_PATH = Path("id", ID)
PHRASE: Schema = obj(
    ["before", "after", "verdict"],
    before={"type": "string", "minLength": 1, "maxLength": LONGEST},
    after={"type": "string", "maxLength": LONGEST},
    verdict={"type": "string", "enum": list(VERDICTS)},
    line={"type": "boolean", "default": False},
)

# What findings are chosen by, in a query or as `where` of a decision.
CHOSEN: dict[str, Schema] = {
    "stage": {"type": "string", "enum": list(STAGES)},
    "rule": RULE,
    "kind": NAME,
    "doc_id": NAME,
    "min_confidence": SHARE,
    "max_confidence": SHARE,
}
STATUSES = ["pending", "applied", "accepted", "rejected", "edited", "skipped", "stale"]
QUERY: dict[str, Schema] = {
    "status": {"type": "array", "items": {"type": "string", "enum": STATUSES}, "maxItems": 7},
    "pattern": GROUP,
    **CHOSEN,
}


def _config_schema() -> Schema:
    """The keys of repair.toml: each is a choice or a list of strings, but for the phrases."""
    words = {"type": "array", "items": NAME, "maxItems": 1000}
    stages = {"type": "array", "items": {"type": "string", "enum": list(STAGES)}, "maxItems": 10}
    # a folder of this machine (neural) is nothing that a client may name
    known: dict[str, Schema] = {f.name: words for f in fields(Config) if f.name != "neural"}
    choices = {name: {"type": "string", "enum": list(values)} for name, values in CHOICES.items()}
    rows = {"type": "array", "items": PHRASE, "maxItems": 1000}
    return obj(**{**known, **choices, "stages": stages, "phrases": rows})


def _decision(verdict: Schema, **more: Schema) -> Schema:
    said = {"target": ID, "verdict": verdict, **more}
    scope = {"type": "string", "enum": ["one", "pattern"], "default": "one"}
    only_open = {"type": "boolean", "default": False, "description": "not if decided meanwhile"}
    return obj(said, **said, scope=scope, where=obj(**CHOSEN), reviewer=REVIEWER,
               only_open=only_open)  # fmt: skip


DECISION: Schema = {
    "oneOf": [
        _decision({"type": "string", "const": "edit"}, replacement=TEXT),
        _decision({"type": "string", "enum": ["accept", "reject", "skip"]}),
    ]
}
SINCE: Schema = {"type": "number", "minimum": 0, "maximum": 1e11, "description": "seconds, UTC"}
UNDO: Schema = obj(
    ["what"],
    what=obj(finding=ID, pattern=GROUP, rule=RULE, by=NAME, since=SINCE, action=ACTION)
    | {"minProperties": 1},
    reviewer=REVIEWER,
)

# ---- answers. Open for more keys, as programs should read them.


def _answer(**properties: Schema) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(kind: str) -> Schema:
    return {"type": [kind, "null"]}


_SPAN = _answer(start=COUNT, end=COUNT, text=TEXT)
SCHEMAS: dict[str, Schema] = {
    "Record": _answer(
        **dict.fromkeys(("id", "doc_id", "doc_sha256", "path", "layer"), TEXT),
        **dict.fromkeys(("start", "end", "line", "column"), COUNT),
        **dict.fromkeys(("before", "after", "rule", "kind", "stage"), TEXT),
        confidence=NUMBER,
        candidates=_list(_answer(text=TEXT, confidence=NUMBER, source=TEXT)),
        witnesses=_list(_answer(doc_id=TEXT, start=COUNT, end=COUNT, text=TEXT, provenance=TEXT)),
        error_side=TEXT,
        pattern=TEXT,
        replaces=_or_null("string"),
        move_to=_or_null("integer"),
        evidence=TEXT,
        status={"type": "string", "enum": STATUSES},
        context={"type": "object"},
    ),
    "Variant": _answer(
        a=_SPAN, b=_SPAN, kind=TEXT, substantive={"type": "boolean"}, error_side=TEXT,
        confidence=NUMBER, reason=TEXT, pattern=TEXT,
    ),
    "Group": _answer(
        key=GROUP, pattern=TEXT, count=COUNT, confidence=NUMBER, rule=TEXT, kind=TEXT, stage=TEXT
    ),
    "Decision": _answer(
        seq=COUNT, finding_id=TEXT, verdict=TEXT, replacement=_or_null("string"), reviewer=TEXT,
        time=NUMBER, scope=TEXT, action=TEXT,
    ),
}  # fmt: skip


PAIR = _answer(
    reviewers=_list(TEXT), checked=COUNT, agreed=COUNT, kappa=_or_null("number")
)  # Cohen's
Journal = Callable[[], Iterable[Mapping[str, Any]]]  # the edits that the batch applied


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's checked values; `id` is the one in its path."""

    query: Mapping[str, Any]
    body: Any
    id: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table."""

    method: str
    path: str
    name: str
    summary: str
    run: Callable[[Asked], Any]
    answer: Schema
    query: Schema | None = None
    body: Schema | None = None


def operations(
    queue: Queue | None,
    documents: Documents,
    journal: Journal,
    workers: Workers,
    config: Config,
) -> list[Operation]:
    """The table; without a queue, only what needs none."""
    texts = _Texts(workers, config, queue)
    table = [
        Operation(
            "POST", "/v1/fix", "fix",
            "Repairs a text: the object that `repair fix --format json` prints.",
            texts.fix,
            _answer(text=TEXT, edits=_list(_ref("Record")), findings=_list(_ref("Record")),
                    articles=_list({"type": "object"})),
            body=obj(["text"], text=TEXT, config=_config_schema()),
        ),
        Operation(
            "POST", "/v1/compare", "compare",
            "Compares two versions of a text: where they differ and who is likely wrong.",
            texts.compare, _answer(variants=_list(_ref("Variant"))),
            body=obj(["a", "b"], a=TEXT, b=TEXT),
        ),
        Operation(
            "GET", "/v1/status", "status", "The version, the workers, the queue's counts.",
            texts.status,
            _answer(version=TEXT, workers=COUNT, busy=COUNT,
                    queue={"type": ["object", "null"], "additionalProperties": COUNT}),
        ),
    ]  # fmt: skip
    return table if queue is None else table + _Decisions(queue, documents, journal).table()


@dataclass(frozen=True, slots=True)
class _Texts:
    workers: Workers
    config: Config
    queue: Queue | None

    def fix(self, asked: Asked) -> bytes:
        given = asked.body.get("config", {})
        if "neural" in given:
            raise Refused(422, "config: neural is set where the service starts")
        try:
            config = make({**self.config.as_dict(), **given}, "config")
        except ConfigError as error:
            raise Refused(409, str(error)) from None
        return self.workers.run("fix", asked.body["text"], config)

    def compare(self, asked: Asked) -> bytes:
        return self.workers.run("compare", asked.body["a"], asked.body["b"])

    def status(self, asked: Asked) -> Any:
        counts = None if self.queue is None else self.queue.counts()
        number, busy = self.workers.number, self.workers.busy()
        return {"version": __version__, "workers": number, "busy": busy, "queue": counts}


@dataclass(frozen=True, slots=True)
class _Decisions:
    queue: Queue
    documents: Documents
    journal: Journal

    def table(self) -> list[Operation]:
        finding = _answer(finding=_ref("Record"), decision={})
        return [
            Operation(
                "GET", "/v1/groups", "groups",
                "Findings that one decision can cover, confidence × size first.",
                self.groups, _answer(groups=_list(_ref("Group"))),
                query=obj(**QUERY, limit=LIMIT),
            ),
            Operation(
                "GET", "/v1/findings", "findings",
                "Findings page by page; the last page's `next` is null.",
                self.page, _answer(findings=_list(_ref("Record")), next=_or_null("string")),
                query=obj(**QUERY, limit=LIMIT, after=CURSOR),
            ),
            Operation(
                "GET", "/v1/findings/{id}", "finding",
                "One finding, and the decision that holds about it or null.", self.one, finding,
            ),
            Operation(
                "GET", "/v1/findings/{id}/document", "document",
                "The document that a finding is in: its original text, and its text as the "
                "decisions say now.",
                self.document, _answer(doc_id=TEXT, original=TEXT, text=TEXT, conflicts=COUNT),
            ),
            Operation(
                "POST", "/v1/decisions", "decide",
                "Decides about a finding, or with scope pattern about a group's open ones.",
                self.decide, _answer(action=TEXT, findings=_list(TEXT)), body=DECISION,
            ),
            Operation(
                "POST", "/v1/undo", "undo",
                "Takes back the decisions that all keys of `what` name; finding, pattern and "
                "rule name edits of the journal too.",
                self.undo, _answer(decisions=COUNT, edits=COUNT), body=UNDO,
            ),
            Operation(
                "GET", "/v1/agreement", "agreement",
                "How far the people agree who decided the same findings.",
                self.agreement,
                _answer(two={"type": "boolean"}, checked=COUNT, agreed=COUNT,
                        disputed=_list(TEXT), pairs=_list(PAIR)),
            ),
        ]  # fmt: skip

    def groups(self, asked: Asked) -> Any:
        found = self.queue.groups(_filter(asked.query), asked.query.get("limit", LIMIT["default"]))
        return {"groups": [{n: getattr(g, n) for n in g.__slots__} for g in found]}

    def page(self, asked: Asked) -> Any:
        """In the order of `Queue.page`. The cursor is the last one's place, so that a page
        costs the same everywhere and decisions in between shift nothing."""
        c, limit = findings.c, asked.query.get("limit", LIMIT["default"])
        query = sa.select(findings).where(*_filter(asked.query).conditions())
        if "after" in asked.query:
            doc, start, last = asked.query["after"].split(".")
            place = sa.tuple_(sa.literal(doc), sa.literal(int(start)), sa.literal(last))
            query = query.where(sa.tuple_(c.doc_key, c.start, c.id) > place)
        query = query.order_by(c.doc_key, c.start, c.id).limit(limit + 1)
        with self.queue.engine.connect() as connection:
            found = connection.execute(query).all()
        more = found[limit - 1] if len(found) > limit else None
        return {
            "findings": [rows.record(row) for row in found[:limit]],
            "next": more and f"{more.doc_key}.{more.start}.{more.id}",
        }

    def _finding(self, finding_id: str) -> dict[str, Any]:
        found = self.queue.finding(finding_id)
        if found is None:
            raise Refused(404, "no such finding")
        return found

    def one(self, asked: Asked) -> Any:
        found, said = self._finding(asked.id), self.queue.effective(asked.id)
        decision = said and {n: getattr(said, n) for n in said.__slots__}
        return {"finding": found, "decision": decision}

    def document(self, asked: Asked) -> Any:
        """Which document it is, the queue says and never the request."""
        doc_id = self._finding(asked.id)["doc_id"]
        try:
            original, journal = self.documents(doc_id)
        except LookupError:
            raise Refused(404, "no such document") from None
        asks = [f for f in self.queue.findings(Filter(doc_id=doc_id)) if not f["applied"]]
        sha = next((f["doc_sha256"] for f in asks if f["status"] != "stale"), "")
        final = rebuild(original, sha, journal, asks, self.queue.verdicts(doc_id))
        conflicts = len(final.conflicts)
        return {"doc_id": doc_id, "original": original, "text": final.text, "conflicts": conflicts}

    def decide(self, asked: Asked) -> Any:
        body, action = asked.body, uuid.uuid4().hex
        scope = body.get("scope", "one")
        if scope == "one":
            self._finding(body["target"])
        covered = self.queue.decide(
            body["target"], body["verdict"], body.get("replacement"),
            reviewer=body.get("reviewer", REVIEWER["default"]), scope=scope,
            where=_filter(body.get("where", {})), only_open=body.get("only_open", False),
            action=action,
        )  # fmt: skip
        if scope == "one" and not covered:
            raise Refused(409, "somebody has decided it meanwhile")
        return {"action": action, "findings": covered}

    def undo(self, asked: Asked) -> Any:
        reviewer = asked.body.get("reviewer", REVIEWER["default"])
        done = self.queue.undo(**asked.body["what"], reviewer=reviewer, journal=self.journal())
        return {"decisions": done.decisions, "edits": done.edits}

    def agreement(self, asked: Asked) -> Any:
        return {"two": self.queue.two, **asdict(self.queue.agreement())}


def _filter(chosen: Mapping[str, Any]) -> Filter:
    values = {n: v for n, v in chosen.items() if n not in ("limit", "after")}
    values["status"] = tuple(values.get("status", ()))
    if "doc_id" in values:
        values["doc_id"] = key(values["doc_id"])  # a name may hold what no database stores
    return Filter(**values)
