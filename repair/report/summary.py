"""The figures of a batch, from its records: what `report.json` holds. Pure.

    value = summarise(edit_records, finding_records, article_records, documents, seconds)

`documents` are mappings with `doc_id`, `characters` and, if known, `codec` and `exact`;
`seconds` maps a stage (and "total") to the time it took. Each argument is read once, in a
stream. Everything but the times is the same for the same batch: samples are those with the
smallest ids.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from repair.pipeline import ORDER
from repair.report.notes import warnings

Record = Mapping[str, Any]
BINS = 20  # of the confidence plots
DAMAGE_BINS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # changes a 10,000 characters
SAMPLES = 3  # of each rule
FILES = 200  # that the table shows, the most damaged ones
PATTERNS = 30


def summarise(
    edit_records: Iterable[Record],
    finding_records: Iterable[Record],
    article_records: Iterable[Record],
    documents: Iterable[Record],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """The figures as plain JSON values; see `render` for what each is for."""
    applied, asked = _Tally(), _Tally()
    for record in edit_records:
        applied.add(record)
    for record in finding_records:
        asked.add(record)
    articles: Counter[str] = Counter()
    inferred: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for record in article_records:
        articles[record["doc_id"]] += 1
        inferred.update(list(record.get("inferred") or ()))
        missing.update(k for k in ("title", "date", "source") if not record.get(k))
    files, codecs, inexact = _files(documents, applied, asked, articles)
    characters = sum(row["characters"] for row in files)
    total = float(seconds.get("total", sum(seconds.values())))
    value = {
        "documents": len(files),
        "characters": characters,
        "articles": sum(articles.values()),
        "edits": applied.count,
        "findings": asked.count,
        "removed": applied.removed,
        "untouched": sum(not row["edits"] and not row["findings"] for row in files),
        "seconds": {name: round(float(value), 3) for name, value in seconds.items()},
        "rate": round(characters / total) if total else 0,
        "stages": _stages(applied, asked),
        "rules": _rules(applied, asked, characters),
        "files": sorted(files, key=lambda row: (-row["damage"], row["doc_id"]))[:FILES],
        "sites": _sites(files),
        "confidence": {"edits": applied.bins, "findings": asked.bins},
        "damage": _damage(files),
        "patterns": asked.top_patterns(),
        "samples": {"edits": applied.best_samples(), "findings": asked.best_samples()},
        "inferred": dict(sorted(inferred.items())),
        "missing": dict(sorted(missing.items())),
        "codecs": dict(sorted(codecs.items())),
        "inexact": inexact,
    }
    return value | {"warnings": warnings(value, files)}


def _id(record: Record) -> str:
    return str(record["id"])


class _Tally:
    """Counts over the edits, or over the findings."""

    def __init__(self) -> None:
        self.count = self.removed = 0
        self.stages: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.documents: Counter[str] = Counter()
        self.removed_in: Counter[str] = Counter()
        self.kinds: dict[str, tuple[str, str]] = {}  # rule -> stage, kind
        self.sure: defaultdict[str, float] = defaultdict(float)
        self.bins = [0] * BINS
        self.patterns: Counter[str] = Counter()
        self.samples: defaultdict[str, list[Record]] = defaultdict(list)

    def add(self, record: Record) -> None:
        rule, confidence = record["rule"], float(record["confidence"])
        self.count += 1
        self.stages[record["stage"]] += 1
        self.rules[rule] += 1
        self.documents[record["doc_id"]] += 1
        self.kinds.setdefault(rule, (record["stage"], record["kind"]))
        self.sure[rule] += confidence
        self.bins[min(BINS - 1, max(0, int(confidence * BINS)))] += 1
        lost = max(0, len(record["before"]) - len(record["after"]))
        self.removed += lost
        self.removed_in[record["doc_id"]] += lost
        self.patterns[record["pattern"]] += 1
        # The smallest ids: a choice that no order of the input changes.
        kept = self.samples[rule]
        insort(kept, record, key=_id)
        del kept[SAMPLES:]

    def best_samples(self) -> list[dict[str, Any]]:
        names = ("id", "doc_id", "line", "rule", "kind", "before", "after", "confidence",
                 "evidence", "context")  # fmt: skip
        return [
            {name: record.get(name) for name in names}
            for rule in sorted(self.samples)
            for record in self.samples[rule]
        ]

    def top_patterns(self) -> list[dict[str, Any]]:
        ordered = sorted(self.patterns.items(), key=lambda item: (-item[1], item[0]))
        return [{"pattern": pattern, "count": count} for pattern, count in ordered[:PATTERNS]]


def _stages(applied: _Tally, asked: _Tally) -> list[dict[str, Any]]:
    known = [*ORDER, "collate"]
    names = known + sorted((applied.stages.keys() | asked.stages.keys()) - set(known))
    return [
        {"stage": name, "edits": applied.stages[name], "findings": asked.stages[name]}
        for name in names
    ]


def _rules(applied: _Tally, asked: _Tally, characters: int) -> list[dict[str, Any]]:
    kinds = asked.kinds | applied.kinds
    rows = []
    for rule in sorted(kinds):
        edits, findings = applied.rules[rule], asked.rules[rule]
        sure = applied.sure[rule] + asked.sure[rule]
        rows.append(
            {
                "rule": rule,
                "stage": kinds[rule][0],
                "kind": kinds[rule][1],
                "edits": edits,
                "findings": findings,
                "confidence": round(sure / (edits + findings), 4),
                "density": round((edits + findings) * 10_000 / max(1, characters), 3),
            }
        )
    return rows


def _files(
    documents: Iterable[Record], applied: _Tally, asked: _Tally, articles: Counter[str]
) -> tuple[list[dict[str, Any]], Counter[str], int]:
    rows: list[dict[str, Any]] = []
    codecs: Counter[str] = Counter()
    inexact = 0
    for document in documents:
        name, size = document["doc_id"], int(document["characters"])
        changes = applied.documents[name] + asked.documents[name]
        rows.append(
            {
                "doc_id": name,
                "characters": size,
                "articles": articles[name],
                "edits": applied.documents[name],
                "findings": asked.documents[name],
                "removed": applied.removed_in[name],
                "damage": round(changes * 10_000 / max(1, size), 2),
            }
        )
        codecs[str(document.get("codec") or "unknown")] += 1
        inexact += not document.get("exact", True)
    return rows, codecs, inexact


def _sites(files: Iterable[Record]) -> list[dict[str, Any]]:
    """What was removed by folder (a site's documents lie together), the most first."""
    sizes: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for row in files:
        site = row["doc_id"].rpartition("/")[0] or "."
        sizes[site] += row["characters"]
        removed[site] += row["removed"]
        count[site] += 1
    ordered = sorted(sizes, key=lambda site: (-removed[site], site))
    return [
        {
            "site": site,
            "documents": count[site],
            "characters": sizes[site],
            "removed": removed[site],
            "share": round(removed[site] / max(1, sizes[site]), 4),
        }
        for site in ordered[:PATTERNS]
    ]


def _damage(files: Iterable[Record]) -> dict[str, list[int]]:
    """How many documents have how many changes and questions a 10,000 characters."""
    counts = [0] * (len(DAMAGE_BINS) + 1)
    for row in files:
        damage = row["damage"]
        counts[0 if damage == 0 else sum(damage > edge for edge in DAMAGE_BINS)] += 1
    return {"edges": list(DAMAGE_BINS), "documents": counts}
