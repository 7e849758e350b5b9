"""What OCR engines write: hOCR, ALTO and PAGE XML. The lines of text are taken out, one a
line, blocks with an empty line between; each word's confidence and box stay with it as a
mark and become evidence on the findings that touch it.

Formats: hOCR 1.2 (kba.github.io/hocr-spec), ALTO 2 to 4 (loc.gov/standards/alto), PAGE
2013 to 2019 (ocr-d.de). Entities are not resolved and nothing is loaded from anywhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from repair.corpus.inputs import InputError
from repair.model import Document, Finding, Mark, Markup, Result
from repair.patterns import lazy
from repair.spans import meeting

HEAD = 8192  # of a file, in which its kind shows
WORD = "ocr-word"  # the kind of mark: value is "confidence page x,y,w,h"
KNOWN = re.compile(rb"<(?:\w+:)?alto\b|<(?:\w+:)?PcGts\b|class\s*=\s*[\"']ocr_page|ocr-system")
PIXELS = r"\d{1,9}"  # more is no place on a page
WIDE = lazy(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Word:
    """One word as the engine read it; the confidence in per cent, the box in its pixels."""

    text: str
    confidence: float | None
    page: int
    box: tuple[int, int, int, int] | None  # x, y, width, height


Block = list[list[Word]]  # lines of words


def known(kind: str, data: bytes) -> bool:
    """Whether a file is what an OCR engine writes."""
    return kind in ("html", "xml") and KNOWN.search(data[:HEAD]) is not None


def extracted(document: Document, path: str) -> Document:
    """The document of the text in the file; InputError names it where its markup is broken."""
    blocks = list(_blocks(document, path))
    parts: list[str] = []
    marks: list[Mark] = []
    at = 0
    for block in blocks:
        for words in block:
            for before, word in zip([None, *words], words, strict=False):
                gap = _gap(before, word)
                at += len(gap)
                parts += (gap, word.text)
                if word.confidence is not None:
                    marks.append(Mark(at, at + len(word.text), WORD, _value(word)))
                at += len(word.text)
            parts.append("\n")
            at += 1
        parts.append("\n")
        at += 1
    text = "".join(parts).rstrip("\n")
    markup = Markup(document.text, (), tuple(marks))
    return document._replace(text=text + "\n" if text else "", layer="extracted", markup=markup)


def told(result: Result) -> Result:
    """The result with the confidence of the least sure word on each finding."""
    markup = result.document.markup
    words = [m for m in markup.marks if m.kind == WORD] if markup else []
    if not words:
        return result
    findings = tuple(_told(finding, words) for finding in result.findings)
    return result._replace(findings=findings)


def _told(finding: Finding, words: list[Mark]) -> Finding:
    met = meeting(words, finding.start, finding.end)
    if not met:
        return finding
    confidence, page, box = min((m.value for m in met), key=lambda v: float(v.split()[0])).split()
    where = f", box {box}" if box != "-" else ""
    evidence = f"OCR confidence {confidence} %, page {page}{where}"
    return replace(
        finding, evidence=f"{finding.evidence}; {evidence}" if finding.evidence else evidence
    )


def _value(word: Word) -> str:
    box = ",".join(map(str, word.box)) if word.box else "-"
    return f"{word.confidence:.0f} {word.page} {box}"


def _gap(before: Word | None, word: Word) -> str:
    """What stands between two words: nothing beside a Chinese character."""
    if before is None or not before.text or not word.text:
        return ""
    return "" if WIDE.match(before.text[-1]) or WIDE.match(word.text[0]) else " "


def _blocks(document: Document, path: str) -> Iterator[Block]:
    from lxml import etree  # type: ignore[import-untyped]

    data = document.text.lstrip("\ufeff").encode("utf-8", "replace")
    safe: dict[str, Any] = {"encoding": "utf-8", "no_network": True}
    page = b"ocr_page" in data and b"<alto" not in data[:HEAD]
    try:
        if page:
            root = etree.fromstring(data, etree.HTMLParser(**safe))
        else:
            root = etree.fromstring(
                data, etree.XMLParser(resolve_entities=False, load_dtd=False, **safe)
            )
    except etree.XMLSyntaxError as error:
        raise InputError(path, f"broken XML ({error.msg})", str(error.lineno)) from None
    if root is None:
        return iter(())
    if page:
        return _hocr(root)
    return _alto(root) if _name(root) == "alto" else _page(root)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _all(element: Any, *names: str) -> Iterator[Any]:
    return (one for one in element.iter() if _name(one) in names)


def _hocr(root: Any) -> Iterator[Block]:
    page = 0
    lines = ("ocr_line", "ocr_caption", "ocr_header", "ocr_textfloat", "ocrx_line")
    block: Block = []
    for element in root.iter():
        kind = (element.get("class") or "").split() if isinstance(element.tag, str) else []
        if "ocr_page" in kind:
            page += 1
        if block and any(k in ("ocr_page", "ocr_carea", "ocr_par") for k in kind):
            yield block
            block = []
        if any(k in lines for k in kind):
            words = [
                _hocr_word(w, page) for w in element.iter()
                if isinstance(w.tag, str) and "ocrx_word" in (w.get("class") or "").split()
            ]  # fmt: skip
            if not words:
                words = [Word(" ".join("".join(element.itertext()).split()), None, page, None)]
            block.append(words)
    if block:
        yield block


def _hocr_word(element: Any, page: int) -> Word:
    title = element.get("title") or ""
    box = re.search(rf"bbox {' '.join([f'({PIXELS})'] * 4)}\b", title)
    sure = re.search(r"x_wconf ([\d.]+)", title)
    place = None
    if box:
        left, top, right, bottom = map(int, box.groups())
        place = (left, top, right - left, bottom - top)
    text = "".join("".join(element.itertext()).split())
    return Word(text, _number(sure[1]) if sure else None, page, place)


def _alto(root: Any) -> Iterator[Block]:
    for number, page in enumerate(_all(root, "Page"), 1):
        for block in _all(page, "TextBlock"):
            yield [
                [_alto_word(word, number) for word in _all(line, "String", "HYP")]
                for line in _all(block, "TextLine")
            ]


def _alto_word(element: Any, page: int) -> Word:
    sides = [element.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    sure = _number(element.get("WC"))
    return Word(
        element.get("CONTENT") or "", None if sure is None else 100 * sure, page, _box(sides)
    )


def _box(sides: Iterable[str | None]) -> tuple[int, int, int, int] | None:
    numbers = [_number(side) for side in sides]
    x, y, width, height = (None if n is None else round(n) for n in numbers)
    if x is None or y is None or width is None or height is None:
        return None
    return x, y, width, height


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _page(root: Any) -> Iterator[Block]:
    for number, page in enumerate(_all(root, "Page"), 1):
        for region in _all(page, "TextRegion"):
            lines = [one for one in region if _name(one) == "TextLine"]
            if lines:
                yield [_page_line(line, number) for line in lines]


def _page_line(line: Any, page: int) -> list[Word]:
    words = [one for one in line if _name(one) == "Word"]
    return [_page_word(one, page) for one in words or [line]]


def _page_word(element: Any, page: int) -> Word:
    """A word, or a line that is not split into words; of several readings the first."""
    ranked = sorted(
        (one for one in element if _name(one) == "TextEquiv"),
        key=lambda one: _number(one.get("index")) or 0,
    )
    text, sure = "", None
    if ranked:
        sure = _number(ranked[0].get("conf"))
        found = next(_all(ranked[0], "Unicode"), None)
        text = "".join(found.itertext()) if found is not None else ""
    points: list[tuple[int, int]] = []
    coords = next((one for one in element if _name(one) == "Coords"), None)
    if coords is not None:
        found_points = re.findall(
            rf"(?<!\d)(-?{PIXELS}),(-?{PIXELS})(?!\d)", coords.get("points") or ""
        )
        points = [(int(x), int(y)) for x, y in found_points]
    box = None
    if points:
        left, top = min(x for x, _ in points), min(y for _, y in points)
        right, bottom = max(x for x, _ in points), max(y for _, y in points)
        box = (left, top, right - left, bottom - top)
    return Word(" ".join(text.split()), None if sure is None else 100 * sure, page, box)
