"""`repair fix`, `repair compare`, `repair rules`: one text, two texts, no folder."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repair import records, rules
from repair.config import Config
from repair.corpus.inputs import document_of, plain
from repair.corpus.markup import informed
from repair.corpus.ocr import told
from repair.model import Document, Result


def run(file: str, config: Config) -> Result:
    """Repairs a file, or standard input for `-`. InputError when it cannot be read."""
    from repair import pipeline
    from repair.residue import tables

    document = _read(file, config)
    learnt = tables.merge([tables.collect(document.doc_id, document.text)])
    return told(informed(pipeline.run(document, config, learnt)))


def _read(file: str, config: Config) -> Document:
    if file == "-":
        return document_of(sys.stdin.buffer.read(), "-", "-")
    from repair.corpus.reading import single

    return single(file, config)


def as_json(result: Result) -> str:
    """The result as one JSON object: text, edits, findings, articles."""
    value = {
        "text": result.text,
        "edits": [*records.markup_records(result.document), *records.edit_records(result)],
        "findings": records.finding_records(result.document, result.findings, result.edits),
        "articles": records.article_records(result.document, result.articles, result.edits),
    }
    return records.line(value).rstrip("\n")


def as_diff(result: Result) -> str:
    """A unified diff from the original to the repaired text."""
    name = result.document.path
    return unified(result.document.text, result.text, name)


def unified(before: str, after: str, name: str) -> str:
    """A unified diff whose last lines end in a newline whatever the texts end in."""
    name = plain(name)
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        name,
        f"{name} (repaired)",
    )
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in lines)


def as_explanation(result: Result) -> str:
    """What was done and what is asked, in the order of the places."""
    edits = records.edit_records(result)
    findings = records.finding_records(result.document, result.findings, result.edits)
    shown = sorted([*edits, *findings], key=lambda r: (r["start"], r["end"], r["status"]))
    return "".join(explained(record) for record in shown)


def explained(record: dict[str, Any]) -> str:
    """A record for a person to read."""
    verb = "applied" if record["status"] == "applied" else "asks"
    head = (
        f"{record['line']}:{record['column']} {record['rule']} {record['kind']} "
        f"({verb}, {record['confidence']:.3f})"
    )
    out = [head, f"  {short(record['before'])} → {short(record['after'])}"]
    if record["evidence"]:
        out.append(f"  {short(record['evidence'], 300)}")
    out += [
        f"  {number}. {short(c['text'])}  {c['confidence']:.3f}  {c['source']}"
        for number, c in enumerate(record["candidates"][:9], 1)
    ]
    return "\n".join(out) + "\n"


def short(text: str, most: int = 60) -> str:
    """A text on one line: control and private-use characters as escapes, the middle cut."""
    if len(text) > most:
        text = f"{text[: most * 2 // 3]}…{text[-most // 3 :]}"
    shown = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    return f"‘{shown}’"


def compared(
    a: Path, b: Path, format: str, colour: bool, origins: tuple[str | None, str | None]
) -> tuple[str, int]:
    """Two files compared, rendered, and the number of their differences. An origin that is
    None is found out from the text."""
    from repair.collate import compare, render

    texts = [_read(str(path), Config()).text for path in (a, b)]
    variants = compare(texts[0], texts[1], *origins)
    if format == "jsonl":
        shown = "".join(records.line(variant) for variant in variants)
    elif format == "html":
        shown = render.html(texts[0], texts[1], variants, a.name, b.name)
    else:
        shown = render.human(texts[0], texts[1], variants, a.name, b.name, colour=colour)
    return shown, len(variants)


def scored(file: str, model: str) -> Iterator[str]:
    """Each line of a text with its mean log-probability a character, in nats."""
    from repair import lm

    scorer = lm.load(model or None)
    for line in _read(file, Config()).text.splitlines():
        if line.strip():
            yield f"{float(scorer.score(line).mean()):8.3f}  {line}"


def rules_shown(prefix: str) -> str:
    """The rules whose codes begin so: a line each, or whole when there is only one."""
    chosen = [rule for code, rule in rules.all_rules().items() if code.startswith(prefix)]
    if len(chosen) == 1:
        return _whole(chosen[0])
    return "".join(f"{r.code}  {r.stage:<10}  {r.kind:<24}  {r.title}\n" for r in chosen)


def _whole(rule: rules.Rule) -> str:
    asks = rule.apply_above > 1
    applied = "never, it always asks" if asks else f"from confidence {rule.apply_above}"
    out = [
        f"{rule.code}  {rule.title}",
        f"  stage   {rule.stage}",
        f"  kind    {rule.kind}",
        f"  why     {rule.reason}",
        f"  source  {rule.source}",
        f"  applied {applied}",
    ]
    for example in rule.examples:
        becomes = example.get("after", example.get("proposes", example.get("finds", "")))
        out.append(f"  example {short(example['text'], 80)} → {short(becomes, 80)}")
    out += [f"  silent  {short(trap, 80)}" for trap in rule.traps]
    return "\n".join(out) + "\n"
