"""Residue: what is removed, what is asked, what sound text loses. `python -m benchmarks.residue`

Reads ../shared/bench/residue.jsonl and ../shared/corpus. Each labelled line stands between
two paragraphs of prose, as users meet it. Peers see the same text; they know only markup,
so each line is given to them as a paragraph of a page.
"""

from __future__ import annotations

import argparse
import json
import lzma
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.results import kept
from repair.config import Config
from repair.model import Context
from repair.residue import stage

SHARED = Path(__file__).resolve().parents[2] / "shared"
BEFORE = {
    "simp": "会议听取了各代表团的审议意见，决定将修改后的草案提请表决，并安排了下一步工作。",
    "trad": "會議聽取了各代表團的審議意見，決定將修改後的草案提請表決，並安排了下一步工作。",
}
AFTER = {
    "simp": "各代表团在分组讨论中认为，这一安排符合实际，可以在今后的工作中逐步完善。",
    "trad": "各代表團在分組討論中認為，這一安排符合實際，可以在今後的工作中逐步完善。",
}
RESIDUE = ("nav", "furniture", "spam")
CORPORA = (
    "laws_prc",
    "news",
    "gov_reports",
    "cmrc2018",
    "twlaw",
    "gazette_tw",
    "drcd",
    "python_docs",
)


def outcome(text: str, script: str = "simp") -> str:
    """removed, asked, cut or kept: what happens to a line between two paragraphs."""
    script = script if script in BEFORE else "simp"
    head, tail = BEFORE[script] + "\n", "\n" + AFTER[script] + "\n"
    page = head + text + tail
    said = stage(page, Context(Config()))
    start, end = len(head), len(head) + len(text)
    gone = set()
    for edit in said.edits:
        gone.update(range(max(edit.start, start), min(edit.end, end)))
    left = [c for i, c in enumerate(text, start) if i not in gone and c.isalnum()]
    if gone and not left:
        return "removed"
    if any(f.start < end and start < f.end for f in said.findings):
        return "asked"
    return "cut" if gone else "kept"


def labelled(show: str | None) -> None:
    """The labelled lines, by label."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in map(json.loads, (SHARED / "bench/residue.jsonl").open(encoding="utf-8")):
        what = outcome(row["text"], row["script"])
        counts[row["label"]][what] += 1
        wanted = (
            ("kept", "asked", "cut") if row["label"] in RESIDUE else ("removed", "asked", "cut")
        )
        if show and what in wanted and show in (row["label"], "all"):
            print(f"  {row['label']:9} {what:8} {row['class']:24} {row['text'][:110]}")
    total = Counter(what for label in RESIDUE for what in counts[label].elements())
    print(f"{'label':12}{'lines':>6}{'removed':>9}{'asked':>7}{'cut':>5}{'kept':>6}")
    for label, count in [*counts.items(), ("residue", total)]:
        print(
            f"{label:12}{count.total():6}{count['removed']:9}{count['asked']:7}"
            f"{count['cut']:5}{count['kept']:6}"
        )
    share = total["removed"] / total.total()
    print(f"residue removed {share:.1%}, removed or asked {1 - total['kept'] / total.total():.1%}")


def documents(path: Path, megabytes: float) -> Iterator[str]:
    """The documents of a corpus, up to so many million bytes of them."""
    left = megabytes * 1e6
    page: list[str] = []
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                page.append(line)
                left -= len(line.encode())
            elif page:
                yield "".join(page)
                page = []
            if left < 0:
                break
    if page:
        yield "".join(page)


def sound(name: str, megabytes: float, show: bool) -> None:
    """What a corpus of clean text loses."""
    lines = characters = removed = cut = asked = 0
    seconds = 0.0
    rules: Counter[str] = Counter()
    for text in documents(SHARED / f"corpus/{name}.txt.xz", megabytes):
        began = time.process_time()
        said = stage(text, Context(Config()))
        seconds += time.process_time() - began
        lines += text.count("\n")
        characters += len(text)
        for edit in said.edits:
            whole = edit.before.endswith("\n")
            removed += whole
            cut += not whole
            if show:
                print(
                    f"  {'removed' if whole else 'cut'} {edit.rule} {edit.before.strip()[:100]!r}"
                )
        for finding in said.findings:
            asked += 1
            rules[finding.rule] += 1
            if show and rules[finding.rule] <= 12:
                print(f"  asked {finding.rule} {finding.before.strip()[:90]!r}")
    of_lines = removed / max(lines, 1) * 1e5
    of_text = asked / max(characters, 1) * 1e4
    print(
        f"{name:12}{lines:9} lines {removed:5} removed ({of_lines:.2f} in 100,000) {cut:4} cut"
        f" {asked:5} asked ({of_text:.3f} in 10,000 characters)"
        f" {characters * 3 / 1e6 / seconds:5.0f} MB/s"
    )


def peers() -> None:
    """trafilatura and jusText, where installed, on the labelled lines as paragraphs."""
    rows = [json.loads(line) for line in (SHARED / "bench/residue.jsonl").open(encoding="utf-8")]
    for name in ("trafilatura", "justext"):
        counts: dict[str, Counter[bool]] = defaultdict(Counter)
        try:
            for row in rows:
                counts[row["label"]][
                    row["text"][:40] in _peer(name, row["text"], row["script"])
                ] += 1
        except ImportError:
            print(f"{name:12} is not installed")
            continue
        gone = sum(counts[label][False] for label in RESIDUE)
        total = sum(counts[label].total() for label in RESIDUE)
        lost = counts["content"]
        print(
            f"{name:12} residue removed {gone / total:.1%},"
            f" content lost {lost[False]}/{lost.total()}"
        )


def _peer(name: str, text: str, script: str) -> str:
    import html

    script = script if script in BEFORE else "simp"
    parts = [BEFORE[script], text, AFTER[script]]
    page = "".join(f"<p>{html.escape(p)}</p>" for p in parts)
    page = f"<html><body><article>{page}</article></body></html>"
    if name == "trafilatura":
        import trafilatura

        return html.unescape(trafilatura.extract(page, favor_precision=True) or "")
    import justext

    said = justext.justext(
        page.encode(), frozenset("的了是在和将並將"), length_low=12, length_high=40
    )
    return "\n".join(p.text for p in said if not p.is_boilerplate)


def main() -> None:
    """Prints the tables."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--show", help="list the lines that went wrong, of one label or all")
    ask.add_argument("--corpus", nargs="*", default=["laws_prc", "news"], choices=CORPORA)
    ask.add_argument("--megabytes", type=float, default=100, help="of each corpus")
    given = ask.parse_args()
    labelled(given.show)
    peers()
    for name in given.corpus:
        sound(name, given.megabytes, bool(given.show))


if __name__ == "__main__":
    with kept("residue", "Residue"):
        main()
