"""The figures of a batch, from its records: what `report.json` holds. Pure.

    totals = Totals()
    totals.add(document, edit_records, finding_records, article_records)   # each document
    totals.merge(other)                                                    # of another worker
    value = summarise(totals, seconds)

`document` is a mapping with `doc_id`, `characters` and, if known, `codec` and `exact`;
`seconds` maps a stage (and "total") to the time it took. Totals do not grow with the batch:
of documents, folders and patterns only the foremost are kept by name. Everything but the
times is the same for the same batch: samples are those with the smallest ids.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest
from itertools import groupby
from typing import Any

from repair.pipeline import ORDER
from repair.report.notes import DAMAGED, OUTLIER, REMOVED, TEXT, warnings

Record = Mapping[str, Any]
# Edges of the confidence plot: what matters lies near 1.
SURE = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
DAMAGE_BINS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # changes a 10,000 characters
MUST = ("title", "date", "source")  # what an article should say
SAMPLES = 3  # of each rule
FILES = 200  # that the table shows, the most damaged ones
PATTERNS = 30
COUNTED = 50_000  # patterns and folders that are counted by name; rarer ones are let go


class Tally:
    """Counts over the edits, or over the findings."""

    def __init__(self) -> None:
        self.count = self.removed = 0
        self.stages: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.kinds: dict[str, tuple[str, str]] = {}  # rule -> stage, kind
        self.sure: Counter[str] = Counter()  # of a rule, the confidences in millionths
        self.bins = [0] * (len(SURE) + 1)
        self.patterns: Counter[str] = Counter()
        self.samples: dict[str, list[Record]] = {}

    def add(self, record: Record) -> int:
        """One more record; the characters that it removes."""
        rule, confidence = record["rule"], float(record["confidence"])
        self.count += 1
        self.stages[record["stage"]] += 1
        self.rules[rule] += 1
        self.kinds.setdefault(rule, (record["stage"], record["kind"]))
        self.sure[rule] += round(confidence * 1_000_000)
        self.bins[bisect_right(SURE, confidence)] += 1
        lost = max(0, len(record["before"]) - len(record["after"]))
        self.removed += lost
        self.patterns[record["pattern"]] += 1
        self._sample(record)
        return lost

    def _sample(self, record: Record) -> None:
        # The smallest ids: a choice that no order of the input changes.
        kept = self.samples.setdefault(record["rule"], [])
        if len(kept) < SAMPLES or record["id"] < kept[-1]["id"]:
            insort(kept, record, key=_id)
            del kept[SAMPLES:]

    def merge(self, other: Tally) -> None:
        """Adds what another one counted."""
        self.count += other.count
        self.removed += other.removed
        for name in ("stages", "rules", "sure", "patterns"):
            getattr(self, name).update(getattr(other, name))
        self.kinds = other.kinds | self.kinds
        self.bins = [a + b for a, b in zip(self.bins, other.bins, strict=True)]
        for samples in other.samples.values():
            for record in samples:
                self._sample(record)
        foremost(self.patterns)

    def best_samples(self) -> list[dict[str, Any]]:
        """Of each rule some records."""
        names = ("id", "doc_id", "line", "rule", "kind", "before", "after", "confidence",
                 "evidence", "context")  # fmt: skip
        return [
            {name: record.get(name) for name in names}
            for rule in sorted(self.samples)
            for record in self.samples[rule]
        ]

    def top_patterns(self) -> list[dict[str, Any]]:
        """The most frequent patterns."""
        ordered = sorted(self.patterns.items(), key=lambda item: (-item[1], item[0]))
        return [{"pattern": pattern, "count": count} for pattern, count in ordered[:PATTERNS]]


class Rows:
    """The documents of a kind that a person should see: how many, and the most damaged."""

    def __init__(self, most: int) -> None:
        self.most, self.count = most, 0
        self.worst: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        """One more document."""
        self.count += 1
        self.keep(row)

    def wanted(self, damage: float, name: str) -> bool:
        """Whether a document is among the most damaged so far."""
        return len(self.worst) < self.most or (-damage, name) < _damage_first(self.worst[-1])

    def keep(self, row: dict[str, Any]) -> None:
        """Shows a document that is counted, if it is among the most damaged."""
        if self.wanted(row["damage"], row["doc_id"]):
            insort(self.worst, row, key=_damage_first)
            del self.worst[self.most :]

    def merge(self, other: Rows) -> None:
        """Adds those of another one."""
        self.count += other.count
        for row in other.worst:
            self.keep(row)


class Totals:
    """All counts of a batch."""

    def __init__(self) -> None:
        self.applied, self.asked = Tally(), Tally()
        self.documents = self.characters = self.articles = self.untouched = self.inexact = 0
        self.held = 0  # edits of the layers, without those of the markup before it
        self.codecs: Counter[str] = Counter()
        self.inferred: Counter[str] = Counter()
        self.missing: Counter[str] = Counter()
        self.files, self.emptied, self.bare = Rows(FILES), Rows(FILES), Rows(FILES)
        self.damage = [0] * (len(DAMAGE_BINS) + 1)
        self.sites: dict[str, list[int]] = {}  # folder -> documents, characters, removed

    def add(
        self,
        document: Record,
        edits: Iterable[Record],
        findings: Iterable[Record],
        articles: Sequence[Record],
    ) -> None:
        """One more document with all its records."""
        name, size = document["doc_id"], int(document["characters"])
        changes = self.applied.count, self.asked.count
        removed = sum(map(self.applied.add, edits))
        for record in findings:
            self.asked.add(record)
        made, asked = self.applied.count - changes[0], self.asked.count - changes[1]
        missing = self.missing
        for record in articles:
            for kind in record.get("inferred") or ():
                self.inferred[kind] += 1
            for kind in MUST:
                if not record.get(kind):
                    missing[kind] += 1
        damage = round((made + asked) * 10_000 / max(1, size), 2) if made + asked else 0.0
        self.documents += 1
        self.characters += size
        self.articles += len(articles)
        self.untouched += not made and not asked
        self.inexact += not document.get("exact", True)
        self.codecs[str(document.get("codec") or "unknown")] += 1
        self.damage[bisect_left(DAMAGE_BINS, damage) if damage else 0] += 1
        emptied = size > TEXT and removed > REMOVED * size
        bare = size > TEXT and not articles
        if emptied or bare or self.files.wanted(damage, name):
            row = _row(name, size, len(articles), made, asked, removed, damage)
            self.files.add(row)
            if emptied:
                self.emptied.add(row)
            if bare:
                self.bare.add(row)
        else:
            self.files.count += 1
        self._site(_folder(name), (1, size, removed))

    def add_sound(self, documents: Sequence[tuple[str, int, int]]) -> None:
        """The same for documents in whose text and articles nothing was found: the name of
        each, its characters and its articles."""
        articles = sum([count for _, _, count in documents])
        for folder, some in groupby(documents, key=lambda one: _folder(one[0])):
            sizes = [size for _, size, _ in some]
            self._site(folder, (len(sizes), sum(sizes), 0))
            self.characters += sum(sizes)
        self.documents += len(documents)
        self.articles += articles
        self.untouched += len(documents)
        self.codecs["utf-8"] += len(documents)
        self.damage[0] += len(documents)
        self.files.count += len(documents)
        for kind in MUST if articles else ():
            self.missing[kind] += articles
        if self.files.wanted(0.0, min(documents)[0]):
            for document in nsmallest(self.files.most, documents):
                self.files.keep(_row(*document))
        for name, size, count in documents:
            if size > TEXT and not count:
                self.bare.add(_row(name, size, count))

    def _site(self, name: str, counts: Sequence[int]) -> None:
        known = self.sites.setdefault(name, [0, 0, 0])
        for n, count in enumerate(counts):
            known[n] += count

    def merge(self, other: Totals) -> None:
        """Adds what another worker counted."""
        for name in ("documents", "characters", "articles", "untouched", "inexact", "held"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("codecs", "inferred", "missing"):
            getattr(self, name).update(getattr(other, name))
        for name in ("applied", "asked", "files", "emptied", "bare"):
            getattr(self, name).merge(getattr(other, name))
        self.damage = [a + b for a, b in zip(self.damage, other.damage, strict=True)]
        for site, counts in other.sites.items():
            self._site(site, counts)
        if len(self.sites) > 2 * COUNTED:
            removed = Counter({site: counts[2] for site, counts in self.sites.items()})
            foremost(removed)
            self.sites = {site: self.sites[site] for site in removed}


def _row(
    name: str,
    size: int,
    articles: int,
    edits: int = 0,
    findings: int = 0,
    removed: int = 0,
    damage: float = 0.0,
) -> dict[str, Any]:
    return {
        "doc_id": name,
        "characters": size,
        "articles": articles,
        "edits": edits,
        "findings": findings,
        "removed": removed,
        "damage": damage,
    }


def _folder(name: str) -> str:
    return name.rpartition("/")[0] or "."


def foremost(counts: Counter[str]) -> None:
    """Lets the rare ones go where there are very many: the first ones stay exact but for
    what was seen of them before they became frequent."""
    if len(counts) > 2 * COUNTED:
        kept = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:COUNTED]
        counts.clear()
        counts.update(dict(kept))


def summarise(totals: Totals, seconds: Mapping[str, float]) -> dict[str, Any]:
    """The figures as plain JSON values; see `render` for what each is for."""
    applied, asked = totals.applied, totals.asked
    total = float(seconds.get("total", sum(seconds.values())))
    value = {
        "documents": totals.documents,
        "characters": totals.characters,
        "articles": totals.articles,
        "edits": applied.count,
        "findings": asked.count,
        "removed": applied.removed,
        "untouched": totals.untouched,
        "seconds": {name: round(float(value), 3) for name, value in seconds.items()},
        "rate": round(totals.characters / total) if total else 0,
        "stages": _stages(applied, asked),
        "rules": _rules(applied, asked, totals.characters),
        "files": totals.files.worst,
        "sites": _sites(totals),
        "confidence": {"edges": list(SURE), "edits": applied.bins, "findings": asked.bins},
        "damage": {"edges": list(DAMAGE_BINS), "documents": totals.damage},
        "patterns": asked.top_patterns(),
        "samples": {"edits": applied.best_samples(), "findings": asked.best_samples()},
        "inferred": dict(sorted(totals.inferred.items())),
        "missing": dict(sorted(totals.missing.items())),
        "codecs": dict(sorted(totals.codecs.items())),
        "inexact": totals.inexact,
    }
    seen = {
        "emptied": (totals.emptied.count, totals.emptied.worst),
        "bare": (totals.bare.count, totals.bare.worst),
        "worst": _worst(totals),
    }
    return value | {"warnings": warnings(value, seen)}


def _worst(totals: Totals) -> tuple[int, list[dict[str, Any]]]:
    """The documents with far more damage than the middle one, of those kept by name; the
    middle is known to a step of DAMAGE_BINS."""
    half = middle = 0
    for n, count in enumerate(totals.damage):
        half += count
        if 2 * half >= totals.documents:
            middle = DAMAGE_BINS[min(n, len(DAMAGE_BINS) - 1)]
            break
    limit = max(DAMAGED, OUTLIER * middle)
    rows = [r for r in totals.files.worst if r["damage"] > limit and r["characters"] > TEXT]
    return len(rows), rows


def _id(record: Record) -> str:
    return str(record["id"])


def _damage_first(row: Record) -> tuple[float, str]:
    return -row["damage"], row["doc_id"]


def _stages(applied: Tally, asked: Tally) -> list[dict[str, Any]]:
    known = [*ORDER, "collate"]
    names = known + sorted((applied.stages.keys() | asked.stages.keys()) - set(known))
    return [
        {"stage": name, "edits": applied.stages[name], "findings": asked.stages[name]}
        for name in names
    ]


def _rules(applied: Tally, asked: Tally, characters: int) -> list[dict[str, Any]]:
    kinds = asked.kinds | applied.kinds
    rows = []
    for rule in sorted(kinds):
        edits, findings = applied.rules[rule], asked.rules[rule]
        sure = (applied.sure[rule] + asked.sure[rule]) / 1_000_000
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


def _sites(totals: Totals) -> list[dict[str, Any]]:
    """What was removed by folder (a site's documents lie together), the most first."""
    ordered = sorted(totals.sites, key=lambda site: (-totals.sites[site][2], site))
    rows = []
    for site in ordered[:PATTERNS]:
        documents, characters, removed = totals.sites[site]
        rows.append(
            {
                "site": site,
                "documents": documents,
                "characters": characters,
                "removed": removed,
                "share": round(removed / max(1, characters), 4),
            }
        )
    return rows
