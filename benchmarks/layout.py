"""The figures of the layout stage: `python -m benchmarks.layout [part …]`.

Parts: pages (breaks of OCR pages), columns (cuts made in held-back news), sound (corpora
whose lines are paragraphs), words (how often a break cuts a word), speed.
"""

from __future__ import annotations

import json
import lzma
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from typing import Any

from benchmarks.results import publish, shared, table
from repair.config import Config
from repair.layout import each, needs, plain, stage
from repair.layout.evidence import cut_word
from repair.layout.lines import Line
from repair.layout.reading import read
from repair.model import Context, Edit, Finding, StageResult
from repair.scan import join

Row = tuple[str, str, str, str]
SOUND = ("news", "laws_prc", "twlaw", "gazette_tw", "gov_reports", "cmrc2018", "drcd")
LINES, CHUNK = 100_000, 200
CONTEXT = Context(Config())


def records(name: str) -> list[dict[str, Any]]:
    lines = shared(f"bench/{name}").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def said(text: str) -> StageResult:
    return stage(text, CONTEXT)


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} % ({part} of {whole})" if whole else "none"


# --- OCR pages ---------------------------------------------------------------------------


def true_breaks(ocr: str, truth: str) -> dict[int, bool]:
    """For each line of the page but the last, by the offset of its end: whether the truth has
    a paragraph break there. Breaks that the alignment cannot place are left out."""
    from rapidfuzz.distance import Levenshtein

    ink = [i for i, char in enumerate(ocr) if not char.isspace()]
    clean = "".join(ocr[i] for i in ink)
    bare, ends = "", set()
    for paragraph in truth.split("\n"):
        bare += re.sub(r"\s", "", paragraph)
        ends.add(len(bare))
    place = {}
    for code in Levenshtein.opcodes(clean, bare):
        if code.tag == "equal":
            for k in range(code.src_end - code.src_start):
                place[code.src_start + k] = code.dest_start + k
    rank = {offset: n for n, offset in enumerate(ink)}
    found: dict[int, bool] = {}
    for above, below in pairwise(read(ocr)):
        last = [place.get(rank[i]) for i in range(above.start, above.end) if i in rank][-4:]
        first = [place.get(rank[i]) for i in range(below.start, below.end) if i in rank][:4]
        left = next((p + k for k, p in enumerate(reversed(last), 1) if p is not None), None)
        right = next((p - k for k, p in enumerate(first) if p is not None), None)
        if left is None or right is None or abs(left - right) > 6:
            continue
        found[above.end] = any(min(left, right) - 1 <= e <= max(left, right) + 1 for e in ends)
    return found


def pages(show: bool = False) -> Iterator[Row]:
    groups: dict[str, Counter[str]] = {
        "all pages": Counter(),
        "character errors below 10 %": Counter(),
    }
    for record in records("ocr_pages.jsonl"):
        ocr = record["ocr"]
        result = said(ocr)
        joined = {e.start for e in result.edits if e.rule in ("LAY001", "LAY002")}
        asked = {f.start for f in result.findings if f.rule in ("LAY001", "LAY002", "LAY003")}
        count = Counter[str]()
        for at, ends in true_breaks(ocr, record["truth"]).items():
            verdict = "joined" if at in joined else "asked" if at in asked else "kept"
            kind = "real" if ends else "cut"
            count[f"{verdict} {kind}"] += 1
            if show and (verdict == "asked" or (verdict == "joined") == ends):
                print(record["id"], verdict, kind,
                      repr(ocr[at - 14 : at]), repr(ocr[at : at + 16]))  # fmt: skip
        groups["all pages"] += count
        if record["cer"] < 0.1:
            groups["character errors below 10 %"] += count
    for name, c in groups.items():
        cut = c["joined cut"] + c["asked cut"] + c["kept cut"]
        real = c["joined real"] + c["asked real"] + c["kept real"]
        yield name, "cut paragraphs joined", share(c["joined cut"], cut), f"{c['asked cut']} asked"
        yield name, "real breaks joined", share(c["joined real"], real), f"{c['asked real']} asked"
        right = c["joined cut"] + c["kept real"]
        yield name, "breaks right without asking", share(right, cut + real), ""


# --- cuts in held-back news --------------------------------------------------------------


def columns(show: bool = False) -> Iterator[Row]:
    """Passages of news not in corpus/, one cut in each at random, every fourth with 2 to 24
    characters lost in the cut."""
    dice = random.Random(7)
    texts = sorted({record["truth"] for record in records("slips.jsonl")})
    texts = [t for t in texts if len(t) >= 80 and "\n" not in t]
    count = Counter[str]()
    for n, text in enumerate(texts * 5):
        at = dice.randrange(30, len(text) - 30)
        lost = dice.randrange(2, 25) if n % 4 == 0 else 0
        above, below = text[:at], text[at + lost :]
        if above[-1] in "。！？；：…”’）)」』》!?;: " or below[:1].isspace():
            continue
        result = said(f"{text}\n\n{above}\n\n{below}\n\n今天就说到这里。")
        here = len(text) + 2 + len(above)
        joined = any(e.start == here for e in result.edits)
        asked = any(f.start == here for f in result.findings)
        kind = "lost" if lost else "cut"
        verdict = "joined" if joined else "asked" if asked else "kept"
        count[f"{kind} {verdict}"] += 1
        if show and kind == "cut" and verdict != "joined":
            print(verdict, repr(above[-14:]), repr(below[:14]))
    for kind, name in (("cut", "paragraphs cut in two"), ("lost", "cuts that lost text")):
        whole = sum(count[f"{kind} {v}"] for v in ("joined", "asked", "kept"))
        for verdict in ("joined", "asked", "kept"):
            yield name, verdict, share(count[f"{kind} {verdict}"], whole), ""


# --- sound text --------------------------------------------------------------------------


def sample(name: str, lines: int = LINES) -> list[str]:
    with lzma.open(shared(f"corpus/{name}.txt.xz"), "rt", encoding="utf-8") as file:
        return [line.strip() for line in islice(file, lines) if line.strip()]


def sound(show: bool = False) -> Iterator[Row]:
    """Lines that are paragraphs, as documents of 200 lines; every change is false, but for
    the hard wraps that twlaw, gazette_tw and gov_reports really have."""
    for name in SOUND:
        lines = sample(name)
        size = sum(map(len, lines))
        for gap in ("\n", "\n\n"):
            edits, findings = Counter[str](), Counter[str]()
            for start in range(0, len(lines), CHUNK):
                text = gap.join(lines[start : start + CHUNK])
                result = said(text)
                edits.update(e.rule for e in result.edits)
                findings.update(f.rule for f in result.findings)
                if show:
                    found: list[Edit | Finding] = [*result.edits, *result.findings]
                    for e in found:
                        print(name, e.rule, type(e).__name__, f"{e.confidence:.3f}",
                              repr(text[max(e.start - 16, 0) : e.start]), repr(e.before[:20]),
                              repr(text[e.end : e.end + 16]), e.evidence)  # fmt: skip
            per = 100_000 / len(lines)
            yield (
                name,
                f"per 100,000 lines set apart by {gap!r}",
                f"{edits.total() * per:.1f} edits, {findings.total() * per:.1f} findings",
                f"edits {dict(edits)}, findings {dict(findings)}, "
                f"{10_000 * findings.total() / size:.3f} findings per 10,000 characters",
            )


def words(show: bool = False) -> Iterator[Row]:
    han = re.compile(r"[\u3400-\u9fff]$"), re.compile(r"[\u3400-\u9fff]")

    def rate(pairs: list[tuple[Line, Line]]) -> str:
        kept = [
            (a.text, b.text) for a, b in pairs if han[0].search(a.text) and han[1].match(b.text)
        ]
        return share(sum(bool(cut_word(a, b)) for a, b in kept), len(kept))

    wrapped = [p for r in records("ocr_pages.jsonl") for p in pairwise(read(r["ocr"]))]
    yield "ocr_pages", "breaks between two characters that cut a word", rate(wrapped), ""
    for name in ("news", "laws_prc", "gazette_tw"):
        text = "\n".join(sample(name, 20_000))
        yield (
            name,
            "breaks between two characters that cut a word",
            rate(list(pairwise(read(text)))),
            "",
        )


def speed(show: bool = False) -> Iterator[Row]:
    """What the pipeline does with a batch: the gate for many texts at once, then the stage for
    those that need it. CPU time beside that of ftfy over a part of the texts."""
    import ftfy

    from benchmarks.scale import CORPORA, documents, megabytes

    for name in CORPORA:
        for what, size, number, many in (
            ("document", 5000, 200, 100),
            ("paragraph", 1, 2000, 2000),
        ):
            texts = documents(name, size, number)
            need = needs(join(texts), CONTEXT).tolist()
            sound = [text for text, needed in zip(texts, need, strict=True) if not needed]
            other = [text for text, needed in zip(texts, need, strict=True) if needed]
            some = texts[: number // 10]
            theirs = megabytes(some) / least(lambda: [ftfy.fix_text(t) for t in some])  # noqa: B023
            for kind, part in (("needs nothing", sound), ("needs the stage", other)):
                if part:
                    seconds = least(lambda: together(part, many))  # noqa: B023
                    rate = megabytes(part) / seconds
                    yield (
                        name,
                        f"{share(len(part), len(texts))}: a {what} that {kind}",
                        f"{1e6 * seconds / len(part):.1f} µs, {rate:.1f} MB/s",
                        f"{rate / theirs:.1f} times ftfy.fix_text",
                    )


def together(texts: list[str], many: int) -> list[object]:
    """What the stage says of the texts, so many looked at at once."""
    said: list[object] = []
    for start in range(0, len(texts), many):
        part = texts[start : start + many]
        look = join(part)
        needed = needs(look, CONTEXT).tolist()
        other = [text for text, need in zip(part, needed, strict=True) if need]
        said += each(other, [CONTEXT] * len(other))
        said += plain(look, [n for n, need in enumerate(needed) if not need])
    return said


def least(work: Callable[[], object]) -> float:
    """CPU seconds of the best of three rounds, after one that warms up."""
    times = []
    for _ in range(4):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times[1:])


PARTS = {"pages": pages, "columns": columns, "sound": sound, "words": words, "speed": speed}


def main() -> None:
    names = [name for name in sys.argv[1:] if name in PARTS] or list(PARTS)
    rows = [row for name in names for row in PARTS[name]("--show" in sys.argv)]
    head = ("on", "measure", "figure", "note")
    if names == list(PARTS):
        publish("layout", "Layout", head, rows)
    else:
        print(table(head, rows))


if __name__ == "__main__":
    main()
