"""The figures of the encoding stage: `python -m benchmarks.encoding [--full] [--only ROW]`.

Reads `../shared/bench` and, for sound text, `../shared/corpus` (a sample by default, all of
it with `--full`). Peers run in the same process: ftfy with its defaults.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import lzma
import math
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import classes, plot
from benchmarks.damage import slipped
from benchmarks.results import publish
from repair import edits
from repair.config import Config
from repair.encoding import stage
from repair.model import Context, Edit, Finding, StageResult

SHARED = Path(__file__).resolve().parents[2] / "shared"
BENCH, CORPUS = SHARED / "bench", SHARED / "corpus"
WIDTH = str.maketrans({0xFF01 + i: 0x21 + i for i in range(94)})
SLIP = "gbk_byte_shift"
LOSSY = re.compile(r"lossy|truncated|kun_jin_kao|fffd")
# Classes of `encoding_real.jsonl` that belong to the characters stage.
OTHERS = ("kangxi_radical", "zero_width", "width_fold", "pdf_ligature_double", "s2t_overconversion")
LOST = "□"
SHARDS, WORKERS = 10, 2  # of the slips of our own
Row = tuple[str, str, str]  # on, figure, peer
CALIBRATION = "![Stated confidence against truth](encoding-calibration.svg)"


def jsonl(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (BENCH / name).read_text("utf-8").splitlines()]


def run(text: str, unsure: str = "mark") -> StageResult:
    return stage(text, Context(Config(unsure=unsure)))


def fixed(text: str, unsure: str = "guess") -> str:
    return edits.apply(text, run(text, unsure).edits)


def interval(good: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval at 95 %."""
    if not total:
        return 0.0, 1.0
    p, square = good / total, z * z
    middle = (p + square / (2 * total)) / (1 + square / total)
    half = z / (1 + square / total) * math.sqrt(p * (1 - p) / total + square / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def damaged_right(damaged: str, out: str, truth: str) -> tuple[int, int]:
    """Characters of the truth that the damage changed, and how many of them are back."""
    back: set[int] = set()
    for block in difflib.SequenceMatcher(None, out, truth, autojunk=False).get_matching_blocks():
        back.update(range(block.b, block.b + block.size))
    hurt = [
        i
        for op, _, _, low, high in difflib.SequenceMatcher(
            None, damaged, truth, autojunk=False
        ).get_opcodes()
        if op != "equal"
        for i in range(low, high)
    ]
    return sum(i in back for i in hurt), len(hurt)


def real(fix: Callable[[str], str], rows: Iterable[dict[str, Any]]) -> str:
    total = exact = right = hurt = 0
    missed = []
    for row in rows:
        out, truth = fix(row["damaged"]), row["truth"]
        total += 1
        same = out.rstrip("\n") == truth.rstrip("\n")
        exact += same
        if not same:
            missed.append(row["id"])
        good, all_ = damaged_right(
            row["damaged"].rstrip("\n"), out.rstrip("\n"), truth.rstrip("\n")
        )
        right, hurt = right + good, hurt + all_
    shown = f"   not: {' '.join(missed)}" if 0 < len(missed) <= 6 else ""
    share = right / max(1, hurt)
    return f"{exact}/{total} exact ({exact / total:.1%}), {share:.1%} of damaged characters{shown}"


def real_rows() -> list[Row]:
    rows = [r for r in jsonl("encoding_real.jsonl") if r["truth"] is not None]
    slips = [r for r in rows if r["class"] == SLIP]
    own = [r for r in rows if r["class"] != SLIP and r["class"] not in OTHERS]
    lossless = [r for r in own if not LOSSY.search(r["class"])]
    lossy = [r for r in own if LOSSY.search(r["class"])]
    peer = _ftfy()
    table = [
        (f"real, {name}", real(fixed, part), real(peer, part))
        for name, part in (
            ("byte slips", slips), ("lossless classes", lossless), ("lossy classes", lossy),
        )
    ]  # fmt: skip
    flagged = [r for r in jsonl("encoding_real.jsonl") if LOSSY.search(r["class"])]
    told = sum(bool(run(r["damaged"]).edits or run(r["damaged"]).findings) for r in flagged)
    table.append(("real, lossy classes flagged or repaired", f"{told}/{len(flagged)}", ""))
    kept = Counter(classes.verdict(r["damaged"], r["truth"])[0] for r in lossy)
    whole = f"{kept['exact'] + kept['flagged']}/{len(lossy)}"
    table.append(("real, lossy classes: all right but what is marked and asked", whole, ""))
    names = ", ".join(sorted({r["class"] for r in lossless}))
    table.append(("the lossless classes", names, ""))
    return table


def _ftfy() -> Callable[[str], str]:
    import ftfy

    return ftfy.fix_text


def plain(text: str) -> str:
    """Without what the truth of the simulated slips cannot say: folded width, torn tags."""
    return re.sub(r"</?[a-z]+>", "", text).translate(WIDTH)


def simulated_rows() -> list[Row]:
    counts: Counter[tuple[str, str]] = Counter()
    right = applied = 0
    for row in jsonl("slips.jsonl"):
        text, truth, start, end = row["text"], row["truth"], row["start"], row["end"]
        eaten = row["swallowed"]
        kind = "one byte" if eaten is None else "<" if eaten == "<" else "digit"
        kind = kind if eaten is None or eaten in "<0123456789" else "other"
        rest = len(text) - end
        want = truth
        if kind == "digit":
            want = truth[: len(truth) - rest - 1] + LOST + truth[len(truth) - rest :]
        guess = run(text, "guess")
        near = [i for i in (*guess.edits, *guess.findings) if i.start <= end and i.end >= start]
        best = [plain(t) for t in readings(text, guess, start, end)]
        counts[kind, "n"] += 1
        counts[kind, "found"] += bool(near)
        counts[kind, "exact"] += plain(edits.apply(text, guess.edits)) == plain(want)
        counts[kind, "five"] += plain(want) in best[:5]
        said = run(text)
        applied += len(said.edits)
        pattern = re.escape(plain(edits.apply(text, said.edits))).replace(LOST, ".")
        if re.fullmatch(pattern, plain(truth)) or re.fullmatch(pattern, plain(want)):
            right += len(said.edits)
    table: list[Row] = []
    for kind in ("one byte", "<", "digit", "other"):
        n = max(1, counts[kind, "n"])
        figures = ", ".join(f"{m} {counts[kind, m] / n:.1%}" for m in ("found", "exact", "five"))
        table.append((f"slips.jsonl, {kind} ({n})", figures, ""))
    table.append(("slips.jsonl, edits by default right", f"{right}/{applied}", ""))
    return table


def readings(text: str, said: StageResult, start: int, end: int) -> Iterator[str]:
    """The whole text with each candidate over the slip in turn."""
    over: list[Finding] = [f for f in said.findings if f.start <= end and f.end >= start]
    yield edits.apply(text, said.edits)
    for finding in over:
        others = [e for e in said.edits if (e.start, e.end) != (finding.start, finding.end)]
        for candidate in finding.candidates:
            edit = Edit(
                finding.start, finding.end, finding.before, candidate.text, finding.rule, 1.0
            )
            yield edits.apply(text, edits.order([*others, edit]))


def own_text() -> list[str]:
    """Sentences of pages that are in no corpus; the thresholds were chosen on the other half
    of them (by hash), in both scripts."""
    found: list[str] = []
    for path in sorted((BENCH / "pages" / "cwced").rglob("*.cleaned.txt")):
        found += path.read_text("utf-8", "replace").splitlines()
    return [s.strip() for s in found if len(re.findall("[\u4e00-\u9fff]", s)) > 40]


def unseen(line: str) -> bool:
    return hashlib.md5(line.encode()).digest()[-1] % 2 == 1


@dataclass(frozen=True)
class Verdict:
    """What became of one edit that was applied by default."""

    mechanism: str
    rule: str
    confidence: float
    right: bool
    shown: str


def judged(seed: int, count: int) -> list[Verdict]:
    """The edits made in `count` slips of our own."""
    import opencc

    chance = random.Random(seed)
    lines = [line for line in own_text() if unseen(line)]
    traditional = opencc.OpenCC("s2t").convert
    found: list[Verdict] = []
    made = 0
    while made < count:
        line = chance.choice(lines)
        line = traditional(line[:400]) if chance.random() < 0.25 else line
        slip = slipped(line, chance)
        if slip is None:
            continue
        made += 1
        mechanism, damaged, truth = slip
        for edit in run(damaged).edits:
            right = fits(edit, truth)
            shown = "" if right else f"{mechanism} {edit.before!r} -> {edit.after!r}"
            found.append(Verdict(mechanism, edit.rule, edit.confidence, right, shown))
    return found


def precision_rows(count: int, seed: int) -> list[Row]:
    """Edits applied by default to slips of our own making, and the calibration."""
    share = count // SHARDS
    with ProcessPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(judged, range(seed, seed + SHARDS), [share] * SHARDS))
    found = [verdict for part in parts for verdict in part]
    good, total = sum(v.right for v in found), len(found)
    low, high = interval(good, total)
    for verdict in found:
        if not verdict.right:
            print(f"    wrong: {verdict.shown} ({verdict.confidence})")
    for name in sorted({v.mechanism for v in found}):
        mine = [v.right for v in found if v.mechanism == name]
        print(f"    {name}: {sum(mine)}/{len(mine)}")
    plot.calibration(
        {
            rule: [(v.confidence, v.right) for v in found if v.rule == rule]
            for rule in sorted({v.rule for v in found})
        },
        Path(__file__).with_name("encoding-calibration.svg"),
    )
    figure = f"{good}/{total} right, {good / max(1, total):.2%} [{low:.2%}, {high:.2%}]"
    return [(f"{share * SHARDS} slips of our own, edits by default", figure, "")]


def fits(edit: Edit, truth: str) -> bool:
    """Whether what an edit wrote stands in the truth in its place, □ for anything."""
    pattern = re.escape(plain(edit.after)).replace(LOST, ".")
    near = plain(truth[max(0, edit.start - 12) : edit.end + 14])
    return re.search(pattern, near) is not None


def sound_rows(full: bool) -> list[Row]:
    context = Context(Config())
    table: list[Row] = []
    for path in sorted(CORPUS.glob("*.txt.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            text = lines.read() if full else lines.read(1_500_000)
        parts = text.split("\n")
        changes: list[str] = []
        asked = 0
        for i in range(0, len(parts), 200):
            document = "\n".join(parts[i : i + 200])
            said = stage(document, context)
            asked += len(said.findings)
            changes += [f"{e.rule} {e.before!r} -> {e.after!r}" for e in said.edits]
        rate = asked / max(1, len(text)) * 10_000
        figures = f"{len(text)} characters, {len(changes)} edits, {rate:.3f} findings per 10,000"
        table.append((f"sound, {path.name}", figures, ""))
        for change in changes[:20]:
            print(f"    {change}")
    return table + foreign_rows()


FOREIGN = {
    "Japanese": "吾が輩は猫が好きだ。昨日は本を三冊買った。アクセス方法は下記の通り。",
    "Korean": "어제는 비가 와서 집에서 책을 읽었다. 주소? 서울특별시 종로구.",
    "Cyrillic": "Вчера шёл дождь, и мы читали дома. Где? Здесь, в Москве.",
    "classical": "夫天地者，萬物之逆旅也；光陰者，百代之過客也。而浮生若夢，爲歡幾何？",
    "code": "if (a ? b : c) { return x?.y ?? z; }  // 返回结果",
    "word list": "夔、饕、餮、魑、魅、魍、魉、嘧啶、嘌呤、羧酸、酰胺",
    "box art": "┌────┐\n│ ?? │\n└────┘",
}


def foreign_rows() -> list[Row]:
    """Sound text that looks like damage, of our own writing, once and fifty times in a row."""
    bad = [n for n, t in FOREIGN.items() for text in (t, (t + "\n") * 50) if run(text).edits]
    return [(", ".join(FOREIGN), f"{len(bad)} edits {' '.join(bad)}".strip(), "")]


def speed_rows() -> list[Row]:
    peer, context = _ftfy(), Context(Config())
    rows: list[Row] = []
    for name in ("news", "laws_prc", "twlaw"):
        with lzma.open(CORPUS / f"{name}.txt.xz", "rt", encoding="utf-8") as lines:
            text = lines.read(2_000_000)
        documents = [text[i : i + 2_000] for i in range(0, len(text), 2_000)]
        size, part = len(text.encode()) / 1e6, text[:200_000]
        stage(text[:10_000], context)
        whole = size / _seconds(lambda text=text: stage(text, context))
        small = size / _seconds(lambda docs=documents: [stage(d, context) for d in docs])
        other = len(part.encode()) / 1e6 / _seconds(lambda part=part: peer(part))
        figure = f"{whole:.0f} MB/s, {whole / other:.0f} ×; documents of 2,000: {small:.0f} MB/s"
        rows.append((f"speed on sound {name}", figure, f"{other:.1f} MB/s"))
    return rows


def _seconds(work: Callable[[], object]) -> float:
    best = math.inf
    for _ in range(3):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all of the sound corpus")
    parser.add_argument(
        "--slips", type=int, default=300, help="own slips to make (5000 for the figure)"
    )
    parser.add_argument("--seed", type=int, default=100, help="of the own slips")
    parser.add_argument("--only", choices=("real", "simulated", "own", "sound", "speed", "classes"))
    options = parser.parse_args()
    rows: dict[str, Callable[[], list[Row]]] = {
        "real": real_rows,
        "simulated": simulated_rows,
        "own": lambda: precision_rows(options.slips, options.seed),
        "sound": lambda: sound_rows(options.full),
        "speed": speed_rows,
    }
    if options.only:
        for row in (classes.rows if options.only == "classes" else rows[options.only])():
            print(": ".join(filter(None, row)))
        return
    table = [row for show in rows.values() for row in show()] + classes.rows()[-1:]
    publish("encoding", "Encoding", ["on", "repair", "ftfy"], table, [CALIBRATION])


if __name__ == "__main__":
    main()
