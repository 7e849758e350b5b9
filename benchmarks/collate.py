"""The figures of the collation: `python -m benchmarks.collate [part …]`.

Parts: seeds, pages, altered, typed, align, match (10,000 documents), match100k.
"""

from __future__ import annotations

import json
import lzma
import random
import re
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from benchmarks.results import ROOT, publish, shared
from repair import pipeline
from repair.collate import collate, confusions, match
from repair.collate.align import align, grams
from repair.collate.classify import SUBSTANTIVE
from repair.collate.fold import fold, fold_codes
from repair.collate.pair import Side, Variant, variants
from repair.collate.variants import only_marks
from repair.model import Document, Result

Row = tuple[str, str, str, str]


def records(name: str) -> list[dict[str, Any]]:
    lines = shared(f"bench/{name}").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def result(name: str, text: str, stages: bool = True) -> Result:
    document = Document(name, text, sha256(text.encode()).hexdigest(), name)
    return pipeline.run(document) if stages else Result(document, text)


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} % ({part} of {whole})" if whole else "none"


# --- 000 × 003 ---------------------------------------------------------------------------


def seeds() -> Iterator[Row]:
    paths = sorted((ROOT / "seeds").glob("00[0-4]_*.txt"))
    found = collate([result(p.name[:3], p.read_text("utf-8")) for p in paths])
    count = Counter(f.kind for f in found["000"])
    said = sum(n for kind, n in count.items() if kind in SUBSTANTIVE)
    sides = Counter(f.error_side for f in found["000"])
    yield (
        "000 × 003",
        "substantive differences as findings, of 32 read by eye",
        str(said),
        f"beside {count['punctuation']} of punctuation; sides {dict(sides)}; "
        f"documents with findings: {', '.join(found)}",
    )


# --- OCR pages ---------------------------------------------------------------------------


def differences(ocr: str, truth: str) -> list[tuple[int, int]]:
    """The misread places of an OCR text, by an alignment of its own at optimal cost: spans of
    its code points where a character that is no mark was replaced, lost or invented."""
    from rapidfuzz.distance import Levenshtein

    a, b = fold(ocr), fold(truth)
    places: list[tuple[int, int]] = []
    for code in Levenshtein.opcodes(a.text, b.text):
        mine, theirs = (
            a.text[code.src_start : code.src_end],
            b.text[code.dest_start : code.dest_end],
        )
        if code.tag != "equal" and not only_marks(mine + theirs):
            places.append(a.span(code.src_start, code.src_end))
    return places


def near(start: int, end: int, other: tuple[int, int]) -> bool:
    """Whether two spans share a character or touch: where a repeated character was lost,
    two alignments may put the loss on either side of it."""
    return start <= other[1] + 1 and other[0] <= end + 1


def pages() -> Iterator[Row]:
    for named, stages in (("texts as they are", False), ("after all stages", True)):
        hit = all_places = real = reports = right = judged = 0
        for page in records("ocr_pages.jsonl"):
            if page["cer"] >= 0.1:
                continue
            both = result("ocr", page["ocr"], stages), result("truth", page["truth"], stages)
            found = collate(both)
            mine = [f for f in found.get("ocr", []) if f.kind in SUBSTANTIVE]
            wrong = [w for f in found.get("truth", []) if f.kind in SUBSTANTIVE
                     for w in f.witnesses]  # fmt: skip
            spans = [(f.start, f.end) for f in mine] + [(w.start, w.end) for w in wrong]
            places = differences(page["ocr"], page["truth"])
            all_places += len(places)
            hit += sum(any(near(*p, s) for s in spans) for p in places)
            reports += len(spans)
            real += sum(any(near(*s, p) for p in places) for s in spans)
            judged += len(spans)
            right += sum(f.error_side == "this" for f in mine)
        yield f"OCR pages, {named}", "misreadings reported (aim 99 %)", share(hit, all_places), ""
        yield f"OCR pages, {named}", "reports real (aim 97 %)", share(real, reports), ""
        yield (
            f"OCR pages, {named}",
            "side right (aim 99 %)",
            share(right, judged),
            "origin found out from the texts",
        )


# --- OCR pages whose witness is altered ---------------------------------------------------


def spellings() -> list[tuple[str, str]]:
    """Pairs of characters in which the typed editions and their scans differ though both
    sound the same and neither is a slip: those of these that stand on both sides."""
    text = "".join(r["ocr"] + r["typed"] for r in records("ocr_typed_pairs.jsonl"))
    pairs = (
        "像象",
        "那哪",
        "做作",
        "份分",
        "须需",
        "账帐",
        "唯惟",
        "绝决",
        "订定",
        "画划",
        "采彩",
        "他她",
    )
    return [(x, y) for x, y in pairs if x in text and y in text]


def altered(truth: str, rng: random.Random) -> tuple[str, list[tuple[int, int, str]]]:
    """A text with five spellings of another edition (as many as it has places for), a dropped
    clause, a slip of sound and a doubled character; the places in the new text with kinds."""
    marks: list[tuple[int, int, str, str]] = []  # start, end, replacement, kind

    def free(start: int, end: int) -> bool:
        return all(end + 12 < s or e + 12 < start for s, e, _, _ in marks)

    places = [
        (m.start(), pair[1 - way])
        for pair in spellings()
        for way in (0, 1)
        for m in re.finditer(pair[way], truth)
    ]
    rng.shuffle(places)
    for at, other in places:
        if free(at, at + 1) and len(marks) < 5:
            marks.append((at, at + 1, other, "edition"))
    clauses = [m.span() for m in re.finditer(r"(?<=，)[\u4e00-\u9fff]{6,20}，", truth)]
    rng.shuffle(clauses)
    for start, end in [c for c in clauses if free(*c)][:1]:
        marks.append((start, end, "", "insertion"))
    sounds = list(range(20, len(truth) - 20))
    rng.shuffle(sounds)
    typed = 0
    for at in sounds:
        other = [c for c in heard(truth[at])[:12] if not confusions.same_word(truth[at], c)]
        if typed < 2 and other and free(at, at + 1):
            marks.append((at, at + 1, rng.choice(other), "sound"))
            typed += 1
    out, spans, done = [], [], 0
    for start, end, text, kind in sorted(marks):
        out += [truth[done:start], text]
        size = sum(map(len, out))
        spans.append((size - len(text), size, kind))
        done = end
    return "".join([*out, truth[done:]]), spans


def heard(char: str) -> str:
    """Characters of the same sound, the most common first."""
    return COMMON_SOUNDS.get(char, "")


def common_sounds() -> dict[str, str]:
    from pypinyin import lazy_pinyin

    text = "".join(r["truth"] for r in records("ocr_pages.jsonl"))
    text += "".join(r["typed"] for r in records("ocr_typed_pairs.jsonl"))
    count = Counter(c for c in text if "\u4e00" <= c <= "\u9fff")
    by_sound: dict[str, list[str]] = defaultdict(list)
    for char, _ in count.most_common(3000):
        by_sound[lazy_pinyin(char)[0]].append(char)
    return {c: "".join(x for x in group if x != c) for group in by_sound.values() for c in group}


COMMON_SOUNDS: dict[str, str] = {}


def witness_altered() -> Iterator[Row]:
    COMMON_SOUNDS.update(common_sounds())
    rng = random.Random(5)
    hit: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    total: Counter[str] = Counter()
    slips = false = misread = 0
    for page in records("ocr_pages.jsonl"):
        if page["cer"] >= 0.1:
            continue
        truth, spans = altered(page["truth"], rng)
        given = Side(page["ocr"], "ocr"), Side(truth, "born-digital")
        found = [v for v in variants(*given) if v.substantive]
        used: set[int] = set()
        for start, end, kind in spans:
            total[kind] += 1
            met = [v for v in found if near(v.b_start, v.b_end, (start, end))]
            exact = [v for v in met if v.kind == kind]
            hit[kind] += bool(met)
            kinds[kind] += bool(exact)
            used |= {id(v) for v in met}
            slips += kind == "sound" and any(v.error_side == "b" for v in met)
        rest = [v for v in found if id(v) not in used]
        misread += len(rest)
        false += sum(v.error_side == "b" for v in rest)
    what = "OCR pages, witness altered"
    yield (
        what,
        "altered places with their kind (aim 90 %)",
        share(kinds.total(), total.total()),
        ", ".join(f"{k} {kinds[k]}/{hit[k]}/{total[k]}" for k in total) + " (kind/reported/made)",
    )
    yield what, "typos on the witness's side (aim 80 %)", share(slips, total["sound"]), ""
    yield what, "misreadings held against the witness", share(false, misread), "the cost of it"


# --- typed pairs -------------------------------------------------------------------------


def typed() -> Iterator[Row]:
    count: Counter[str] = Counter()
    right = lone = 0
    began = time.perf_counter()
    for pair in records("ocr_typed_pairs.jsonl"):
        found = variants(Side(pair["ocr"]), Side(pair["typed"]))
        count.update(v.kind for v in found)
        for v in found:
            if v.kind not in {"misreading", "sound"} or not len(v.a) == len(v.b) == 1:
                continue
            if isolated(v, pair["ocr"], pair["typed"]):
                lone += 1
                right += v.error_side == "a"
    seconds = time.perf_counter() - began
    shown = ", ".join(f"{n} {kind}" for kind, n in count.most_common())
    yield "typed pairs", "variants, all classified", str(count.total()), shown
    yield (
        "typed pairs",
        "side of isolated misreadings without provenance (aim 94 %)",
        share(right, lone),
        f"best ready-made model 92.4 %; {seconds:.1f} s for 48 pairs",
    )


def isolated(v: Variant, a: str, b: str) -> bool:
    """Whether a single character differs between six equal ones on either side."""
    left = fold(a[max(0, v.a_start - 12) : v.a_start]).text[-6:]
    right = fold(a[v.a_end : v.a_end + 12]).text[:6]
    return (
        len(left) == len(right) == 6
        and fold(b[max(0, v.b_start - 12) : v.b_start]).text[-6:] == left
        and fold(b[v.b_end : v.b_end + 12]).text[:6] == right
    )


# --- align -------------------------------------------------------------------------------


def noisy(text: str, rng: random.Random) -> str:
    """2 % noise (replaced, lost, invented characters) and a dropped block of 7,000."""
    pool = sorted(set(text))
    out = []
    for char in text:
        dice = rng.random()
        if dice < 0.012:
            out.append(rng.choice(pool))
        elif dice < 0.016:
            continue
        else:
            out.append(char + rng.choice(pool) if dice < 0.02 else char)
    made = "".join(out)
    return made[:90_000] + made[97_000:]


def aligning() -> Iterator[Row]:
    import fast_diff_match_patch
    from rapidfuzz.distance import Levenshtein

    text = fold(corpus("news", 1_500_000)).text[-200_000:]
    other = noisy(text, random.Random(1))
    first, second = fold(text), fold(other)
    ours, cost = timed(lambda: align(first.codes, second.codes).cost(), 5)
    yield "align 200,000, 2 % noise, a dropped block", "repair", f"{ours:.2f} s", f"cost {cost}"

    def peer() -> int:
        parts = fast_diff_match_patch.diff(text, other, timelimit=0, checklines=False, cleanup="No")
        cost = lost = new = 0
        for tag, size in [*parts, ("=", 0)]:
            if tag == "=":
                cost, lost, new = cost + max(lost, new), 0, 0
            elif tag == "-":
                lost += size
            else:
                new += size
        return cost

    seconds, cost = timed(peer, 3)
    yield "", "fast-diff-match-patch", f"{seconds:.2f} s", f"cost {cost}"
    seconds, cost = timed(lambda: Levenshtein.distance(text, other), 1)
    yield "", "rapidfuzz (optimal; distance only)", f"{seconds:.2f} s", f"cost {cost}"


def timed(work: Callable[[], int], times: int) -> tuple[float, int]:
    best, value = 1e9, 0
    for _ in range(times):
        began = time.perf_counter()
        value = work()
        best = min(best, time.perf_counter() - began)
    return best, value


def corpus(name: str, size: int) -> str:
    with lzma.open(shared(f"corpus/{name}.txt.xz"), "rt", encoding="utf-8") as file:
        return file.read(size)


# --- match -------------------------------------------------------------------------------


def heap(size: int, rng: random.Random) -> tuple[list[tuple[str, str]], set[tuple[str, str]]]:
    """Documents made of paragraphs of the corpora, each paragraph in one article only, and
    the pairs of versions among them: one in ten documents is another version of an article
    (with 3 % OCR noise; inside a page with other articles; cut short), and every document of
    a site carries the site's template."""
    pool = paragraphs()
    templates = [
        [f"{rng.choice('京沪津渝')}{n}网首页 > 新闻 > 正文", "字体：大 中 小 打印 关闭窗口",
         f"版权所有 第{n}号网站未经授权不得转载本站内容，违者将依法追究法律责任",
         "责任编辑：网络部 联系电话：010-1234567 投稿邮箱 举报中心 网站地图"]
        for n in range(max(3, size // 500))
    ]  # fmt: skip
    documents: list[tuple[str, str]] = []
    pairs: set[tuple[str, str]] = set()
    articles: list[tuple[str, list[str]]] = []
    versions: dict[str, list[str]] = defaultdict(list)
    while len(documents) < size:
        wanted = int(min(6000, rng.lognormvariate(7.2, 0.8)))
        body: list[str] = []
        while sum(map(len, body)) < max(60, wanted):
            body.append(next(pool))
        name = f"d{len(documents):06d}"
        if len(articles) > 50 and rng.random() < 0.1:
            of, article = rng.choice(articles)
            body = version(article, body, rng)
            pairs |= {(other, name) for other in versions[of]}
            versions[of].append(name)
        else:
            articles.append((name, body))
            versions[name].append(name)
        top, *bottom = rng.choice(templates)
        documents.append((name, "\n".join([top, *body, *bottom])))
    return documents, pairs


def version(article: list[str], others: list[str], rng: random.Random) -> list[str]:
    """Another version of an article: misread, inside a page, or cut short."""
    way = rng.randrange(3)
    if way == 0:
        return [read(p, rng) for p in article]
    if way == 1:
        half = len(others) // 2
        return [*others[:half], *article, *others[half:]]
    return article[: max(1, len(article) * 2 // 3)]


def paragraphs() -> Iterator[str]:
    """Paragraphs of the corpora, each once, without the statutes of the PRC, which repeat one
    another for real; when they are used up, again with the common characters exchanged, so
    that nothing of the first round stands in it."""
    texts = {
        line.strip()[:1500]
        for name in ("news", "gov_reports", "cmrc2018", "drcd", "gazette_tw", "twlaw")
        for line in corpus(name, 90_000_000).splitlines()
        if len(line) >= 40
    }
    pool = sorted(texts)
    random.Random(7).shuffle(pool)
    starts: set[str] = set()
    pool = [p for p in pool if not (p[:30] in starts or starts.add(p[:30]))]  # type: ignore[func-returns-value]
    yield from pool
    common = [chr(c) for c in range(0x4E00, 0x9FA6)]
    for turn in range(1, 9):
        exchanged = common[:]
        random.Random(turn).shuffle(exchanged)
        swap = str.maketrans(dict(zip(common, exchanged, strict=True)))
        for paragraph in pool:
            yield paragraph.translate(swap)


def read(text: str, rng: random.Random) -> str:
    """3 % of the characters misread."""
    return "".join(rng.choice(text) if rng.random() < 0.03 else c for c in text)


def matching(size: int) -> Iterator[Row]:
    documents, pairs = heap(size, random.Random(3))
    characters = sum(len(text) for _, text in documents)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    found = {(p.a, p.b) for p in match.pairs(documents)}
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    what = f"match {len(documents):,} documents, {characters / 1e6:.0f} M characters"
    yield what, "time (aim for 100,000: 50 s, wish 20 s)", f"{wall:.1f} s", f"{cpu:.1f} s of cores"
    yield (
        what,
        "memory (aim 3 GB)",
        f"{peak / 1e6:.2f} GB",
        f"of which {before / 1e6:.2f} GB the documents",
    )
    yield what, "recall (aim 0.99)", share(len(pairs & found), len(pairs)), ""
    texts = dict(documents)
    rest = sorted(found - pairs)
    real = sum(contained(texts[a], texts[b]) >= match.CONTAINED for a, b in rest)
    yield (
        what,
        "precision (aim 0.98)",
        share(len(pairs & found) + real, len(found)),
        f"{len(pairs & found)} pairs were planted; {real} more repeat one another in the corpora "
        f"(a fifth of the smaller text or more, counted in full)",
    )


def contained(a: str, b: str) -> float:
    """The share of the smaller text's 12-grams that stand in the other one, all counted."""
    x, y = (set(grams(fold_codes(t), match.SIZE).tolist()) for t in (a, b))
    return len(x & y) / max(1, min(len(x), len(y)))


KINDS = (
    "Kinds of the typed pairs, by one reader on 2026-11-22: the variants were shuffled with seed 9 "
    "and the third 300 read with 8 characters of context on either side; 103 of them (punctuation, "
    "spacing, width, column breaks) were only counted. Of the other 197 six were of the wrong "
    "kind: 97 % right. The first two 300 were read before, and the rules improved on them."
)

PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "seeds": seeds,
    "pages": pages,
    "altered": witness_altered,
    "typed": typed,
    "align": aligning,
    "match": lambda: matching(10_000),
    "match100k": lambda: matching(100_000),
}


def main(names: Sequence[str]) -> None:
    rows: list[Row] = []
    for name in names or PARTS:
        for row in PARTS[name]():
            print(*row, sep=" | ", flush=True)
            rows.append(row)
    if not names:
        publish("collate", "Collation", ["on", "figure", "measured", "remarks"], rows, [KINDS])


if __name__ == "__main__":
    main(sys.argv[1:])
