"""Variants for people: lines for a terminal, and one self-contained HTML page.

Nothing of a text is trusted: control characters are shown as escapes, and HTML is escaped.
"""

from __future__ import annotations

import html as markup
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any

from repair.collate.provenance import detect

Record = Mapping[str, Any]
AROUND = 14  # code points of context in the terminal
# The kinds in the order of the legend, with their colours: ANSI, then light and dark CSS.
COLOURS = {
    "misreading": (31, "#c62828", "#ff8a80"),
    "sound": (35, "#ad1457", "#f48fb1"),
    "doubled": (33, "#b26a00", "#ffcc80"),
    "omission": (34, "#1565c0", "#90caf9"),
    "insertion": (36, "#00838f", "#80deea"),
    "moved": (32, "#2e7d32", "#a5d6a7"),
    "number": (91, "#d84315", "#ffab91"),
    "edition": (95, "#6a1b9a", "#ce93d8"),
    "script": (94, "#4527a0", "#b39ddb"),
    "punctuation": (90, "#5d6a75", "#b0bec5"),
    "column-break": (90, "#6d4c41", "#bcaaa4"),
    "numbering": (90, "#6a737c", "#a5abb1"),
    "width": (90, "#7a7f85", "#9aa0a6"),
    "spacing": (90, "#8d9399", "#8a9096"),
}
QUIET = ("punctuation", "numbering", "width", "spacing")  # hidden on the page until asked for
SIDES = {
    "a": "the first is likely wrong",
    "b": "the second is likely wrong",
    "both": "both are likely wrong",
    "none": "neither is wrong",
    "unknown": "nobody can say who is wrong",
}


def human(
    a: str, b: str, variants: Sequence[Record], name_a: str, name_b: str, *, colour: bool = False
) -> str:
    """The variants as lines for a terminal, the counts by kind at the end."""
    out = [f"A {_plain(name_a)} ({detect(a)})", f"B {_plain(name_b)} ({detect(b)})", ""]
    for number, record in enumerate(variants, 1):
        kind = record["kind"]
        place = f"{_line(a, record['a']['start'])} | {_line(b, record['b']['start'])}"
        head = f"{number}. {kind}  A {place}  {_plain(record['pattern'])}"
        out.append(_painted(head.replace(" | ", ", B "), kind, colour))
        if record["outside"]:
            sizes = [len(record[side]["text"]) for side in "ab"]
            out.append(f"   outside the text in common: A {sizes[0]}, B {sizes[1]} characters")
            continue
        out += (f"   {side} {_context(text, record[side.lower()], kind, colour)}"
                for side, text in (("A", a), ("B", b)))  # fmt: skip
        if record["substantive"]:
            told = f"; {_plain(record['reason'])}" if record["reason"] else ""
            out.append(f"   {SIDES[record['error_side']]} ({record['confidence']:.2f}){told}")
    counts = Counter(record["kind"] for record in variants)
    shown = ", ".join(f"{counts[kind]} {kind}" for kind in COLOURS if counts[kind])
    out += ["", f"{len(variants)} differences: {shown}" if variants else "no differences"]
    return "\n".join(out) + "\n"


def _line(text: str, at: int) -> str:
    """Line and column of an offset, from 1."""
    line = text.count("\n", 0, at) + 1
    return f"{line}:{at - text.rfind(chr(10), 0, at)}"


def _context(text: str, span: Record, kind: str, colour: bool) -> str:
    start, end = span["start"], span["end"]
    said = text[start:end]
    if len(said) > 4 * AROUND:
        said = f"{said[: 2 * AROUND]}…{said[-2 * AROUND :]}"
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    middle = _painted(f"[{_plain(said)}]", kind, colour)
    return f"{_plain(before)}{middle}{_plain(after)}"


def _painted(text: str, kind: str, colour: bool) -> str:
    return f"\x1b[{COLOURS[kind][0]}m{text}\x1b[0m" if colour else text


def _plain(text: str) -> str:
    """On one line, with what a terminal would act on written as escapes."""
    return "".join(
        "⏎" if c == "\n" else c if c.isprintable() or c == "\u3000" else json.dumps(c)[1:-1]
        for c in text
    )


def html(a: str, b: str, variants: Sequence[Record], name_a: str, name_b: str) -> str:
    """One page without any outside resource: both texts, the variants coloured by kind, a
    map of where they lie, a list with the reasons, and filters."""
    counts = Counter(record["kind"] for record in variants)
    kinds = [kind for kind in COLOURS if counts[kind]]
    template = Template((files("repair.collate") / "page.html").read_text("utf-8"))
    return template.substitute(
        light=_css(1),
        dark=_css(2),
        classes="".join(f".{kind}{{--c:var(--{kind})}}\n" for kind in COLOURS),
        title=f"{_safe(name_a)} × {_safe(name_b)}",
        filters="".join(_filter(kind, counts[kind]) for kind in kinds),
        outside=sum(bool(record["outside"]) for record in variants),
        total=len(variants),
        name_a=f"{_safe(name_a)} <small>{detect(a)}</small>",
        name_b=f"{_safe(name_b)} <small>{detect(b)}</small>",
        text_a=_text(a, variants, "a"),
        text_b=_text(b, variants, "b"),
        map_a=_map(len(a), variants, "a"),
        map_b=_map(len(b), variants, "b"),
        rows="".join(_row(n, record) for n, record in enumerate(variants)),
    )


def _css(theme: int) -> str:
    return "".join(f"--{kind}:{colours[theme]};" for kind, colours in COLOURS.items())


def _safe(text: str) -> str:
    """Escaped, with invisible controls shown."""
    shown = "".join(c if c in "\n\t" or c.isprintable() or c.isspace() else "\ufffd" for c in text)
    return markup.escape(shown)


def _class(record: Record) -> str:
    kind: str = record["kind"]
    return f"{kind} outside" if record["outside"] else kind


def _filter(kind: str, count: int) -> str:
    on = "" if kind in QUIET else " checked"
    return (
        f'<label class="{kind}"><input type="checkbox" value="{kind}"{on}> '
        f"<i></i>{kind} <b>{count}</b></label>"
    )


def _text(text: str, variants: Sequence[Record], side: str) -> str:
    """A text with its variants marked; one inside another (a slip in what moved) is nested."""
    opened: list[int] = []
    out: list[str] = []
    at = 0
    for place, opens, number in _edges(variants, side):
        out.append(_safe(text[at:place]))
        at = place
        if opens:
            kind = _class(variants[number])
            empty = " none" if variants[number][side]["text"] == "" else ""
            out.append(f'<mark class="{kind}{empty}" data-n="{number}" tabindex="0">')
            opened.append(number)
        else:
            again: list[int] = []
            while opened[-1] != number:  # crossing marks are closed and opened again
                again.append(opened.pop())
            opened.pop()
            out.append("</mark>" * (len(again) + 1))
            for other in reversed(again):
                out.append(f'<mark class="{_class(variants[other])}" data-n="{other}">')
                opened.append(other)
    out.append(_safe(text[at:]))
    return "".join(out)


def _edges(variants: Sequence[Record], side: str) -> Iterable[tuple[int, bool, int]]:
    """The starts and ends of the marks in order: at one place ends come first, but an empty
    mark opens before it closes."""
    edges: list[tuple[tuple[int, int, int], bool, int]] = []
    for number, record in enumerate(variants):
        start, end = record[side]["start"], record[side]["end"]
        empty = start == end
        edges.append(((start, 1 if empty else 3, 2 * number if empty else -end), True, number))
        edges.append(((end, 1 if empty else 0, 2 * number + 1 if empty else -start), False, number))
    for (place, _, _), opens, number in sorted(edges):
        yield place, opens, number


def _map(size: int, variants: Sequence[Record], side: str) -> str:
    """The places of the variants along the text, as bars of a hundred units."""
    bars: list[str] = []
    for number, record in enumerate(variants):
        start, end = record[side]["start"], record[side]["end"]
        top = 100 * start / max(1, size)
        height = max(0.25, 100 * (end - start) / max(1, size))
        bars.append(
            f'<rect class="{_class(record)}" data-n="{number}" y="{top:.2f}" width="10" '
            f'height="{height:.2f}"/>'
        )
    return "".join(bars)


def _row(number: int, record: Record) -> str:
    kind, side = record["kind"], record["error_side"]
    wrong = {"a": "A", "b": "B", "both": "A, B", "none": "–", "unknown": "?"}[side]
    return (
        f'<tr class="{_class(record)}" data-n="{number}" tabindex="0"><td>{number + 1}</td>'
        f"<td><i></i>{kind}</td><td>{_cut(record['a']['text'])}</td>"
        f"<td>{_cut(record['b']['text'])}</td><td>{wrong}</td>"
        f"<td>{record['confidence']:.2f}</td><td>{_safe(record['reason'])}</td></tr>"
    )


def _cut(text: str) -> str:
    return _safe(text if len(text) <= 60 else f"{text[:30]}…{text[-29:]}") or "∅"
