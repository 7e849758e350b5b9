"""Collation: several versions of an article, where they differ, and who is likely wrong.

`collate(results, reference)` works on a batch, `compare(a, b)` on two texts. Both only
report; nothing here changes a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from repair.collate import provenance
from repair.collate.match import Pair
from repair.collate.pair import Side, variants
from repair.collate.report import findings
from repair.collate.units import Source, units
from repair.collate.witnesses import Collation, collations
from repair.config import Config
from repair.model import Finding, Result

__all__ = ["Collated", "collate", "collated", "compare"]


@dataclass(frozen=True, slots=True)
class Collated:
    """What the comparison of a batch says."""

    findings: dict[str, list[Finding]]  # by doc_id, of each document that has any
    versions: list[dict[str, Any]]  # which article was compared with which


def collate(
    results: Sequence[Result], reference: frozenset[str] = frozenset()
) -> dict[str, list[Finding]]:
    """The findings alone: see `collated`."""
    return collated(results, reference).findings


def collated(
    results: Sequence[Result],
    reference: frozenset[str] = frozenset(),
    pairs: Iterable[Pair] | None = None,
    config: Config | None = None,
) -> Collated:
    """Compares the articles of a batch; documents named in `reference` are trusted. `pairs`
    are those worth a look, by the units' keys, where they are known already. The
    configuration may state where documents come from.

    Each substantive difference between two versions of an article is one finding, in the
    document that is likely wrong, in offsets of its layer; they do not overlap. The same
    results in any order give the same."""
    ordered = sorted(results, key=lambda result: result.document.doc_id)
    stated = (config or Config()).origin
    names = [result.document.doc_id for result in ordered]
    sources = [
        Source(result, name in reference, stated(name))
        for name, result in zip(names, ordered, strict=True)
    ]
    compared = collations([unit for one in sources for unit in units(one)], pairs)
    return Collated(findings(compared), [_version(collation) for collation in compared])


def _version(collation: Collation) -> dict[str, Any]:
    """One line of `versions.jsonl`: an article, a better version of it, and how many
    substantive differences there are in what they share; 0 means that it is repeated."""
    unit, base = collation.unit, collation.base
    return {
        "doc_id": unit.source.name,
        "index": unit.number,
        "version_doc_id": base.source.name,
        "version_index": base.number,
        "differences": sum(variant.substantive for variant in collation.variants),
    }


def compare(
    a: str, b: str, origin_a: str | None = None, origin_b: str | None = None
) -> list[dict[str, Any]]:
    """All variants of two texts in the order of `a`, those of form only among them.

    An origin is one of `config.ORIGINS`; None finds it out from the text. A record has
    the spans `a` and `b` (`start`, `end` in code points of each text, and `text`), `kind`,
    `substantive`, `error_side` (a, b, none, unknown), `confidence` (that this side is wrong),
    `reason`, `pattern`, and for a move the places `a_to` and `b_to` where it belongs."""
    first = Side(a, origin_a or provenance.detect(a))
    second = Side(b, origin_b or provenance.detect(b))
    return [variant.record() for variant in variants(first, second)]
