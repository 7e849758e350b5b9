"""A heap of documents with planted versions, for the figures of the search: `benchmarks.collate`.

`python -m benchmarks.collate match` measures 10,000 documents, `match100k` 100,000.
"""

from __future__ import annotations

import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

from benchmarks.results import Row, corpus, share
from repair.collate import match
from repair.collate.fold import fold
from repair.collate.grams import grams
from repair.collate.shingles import SIZE


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
        return [misread(p, rng) for p in article]
    if way == 1:
        half = len(others) // 2
        return [*others[:half], *article, *others[half:]]
    return article[: max(1, len(article) * 2 // 3)]


def briefs(lengths: Sequence[int], noises: Sequence[float], each: int) -> Iterator[Row]:
    """How many texts of these lengths are found inside pages of other text (1,500 to 8,000
    code points) where some of their characters are misread, lost or doubled."""
    rng, pool = random.Random(11), paragraphs()
    documents: list[tuple[str, str]] = []
    planted: dict[tuple[str, str], tuple[int, float]] = {}
    for length, noise, _ in product(lengths, noises, range(each)):
        brief = ""
        while len(brief) < length:
            brief += next(pool)
        page: list[str] = []
        wanted = rng.randrange(1500, 8000)
        while sum(map(len, page)) < wanted:
            page.append(next(pool))
        page.insert(rng.randrange(len(page) + 1), scanned(brief[:length], noise, rng))
        pair = f"d{len(documents)}", f"d{len(documents) + 1}"
        documents += zip(pair, (brief[:length], "\n".join(page)), strict=True)
        planted[pair] = length, noise
    found = {(p.a, p.b) for p in match.pairs(documents)}
    count = Counter(planted[pair] for pair in found & planted.keys())
    for length in lengths:
        said = ", ".join(f"{100 * count[length, n] / each:.0f} % at {n:.0%}" for n in noises)
        yield f"{each} briefs of {length} code points in pages", "found, by noise", said, ""


def scanned(text: str, noise: float, rng: random.Random) -> str:
    """A share of the characters misread, and some of these lost or with one too many."""
    return "".join(
        rng.choice([rng.choice(text)] * 8 + ["", c + rng.choice(text)])
        if rng.random() < noise else c
        for c in text
    )  # fmt: skip


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


def misread(text: str, rng: random.Random) -> str:
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
    yield (
        what, "time (aim for 100,000: 40 s of one core and 10 s of join)", f"{cpu:.1f} s of cores",
        f"{wall:.1f} s by the clock, other work on the machine",
    )  # fmt: skip
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
    x, y = (set(grams(fold(t).codes, SIZE).tolist()) for t in (a, b))
    return len(x & y) / max(1, min(len(x), len(y)))
