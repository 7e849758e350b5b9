"""What sound text costs: MB/s by stage beside `ftfy.fix_text`, and start-up in CPU seconds.

One process, documents of about 5,000 characters, the machine as it is: the ratio counts.
"""

from __future__ import annotations

import lzma
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import islice

import ftfy

from benchmarks.results import publish, shared
from repair import pipeline
from repair.model import Document

CORPORA = ("news", "laws_prc", "twlaw")
SIZE = 5000  # characters a document
DOCUMENTS, WARM = 200, 20
STARTS = 5
COMMANDS = (("--help",), ("fix", "-"))


def documents(name: str) -> list[str]:
    """The first documents of a corpus, whole lines."""
    texts: list[str] = []
    lines: list[str] = []
    with lzma.open(shared(f"corpus/{name}.txt.xz"), "rt", encoding="utf-8") as file:
        for line in file:
            lines.append(line)
            if sum(map(len, lines)) >= SIZE:
                texts.append("".join(lines))
                lines = []
            if len(texts) == DOCUMENTS + WARM:
                break
    return texts


def stages(texts: Sequence[str]) -> dict[str, float]:
    """CPU seconds by stage, and of all together as "all" with what lies between them. The
    pipeline's clock runs on while another process has the core; the stages get its CPU share."""
    for text in texts[:WARM]:
        pipeline.run(Document("", text, ""))
    spent: Counter[str] = Counter()
    began, wall = time.process_time(), time.perf_counter()
    for text in islice(texts, WARM, None):
        spent.update(pipeline.run(Document("", text, "")).stages)
    used = time.process_time() - began
    share = used / (time.perf_counter() - wall)
    return {**{stage: seconds * share for stage, seconds in spent.items()}, "all": used}


def peer(texts: Sequence[str]) -> float:
    """Seconds that ftfy takes with its defaults."""
    for text in texts[:WARM]:
        ftfy.fix_text(text)
    began = time.process_time()
    for text in islice(texts, WARM, None):
        ftfy.fix_text(text)
    return time.process_time() - began


def start(arguments: Sequence[str]) -> float:
    """The least CPU seconds of a command that is given one character."""
    command = [sys.executable, "-m", "repair.cli", *arguments]
    times: list[float] = []
    for _ in range(STARTS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input="文\n".encode(), stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def main() -> None:
    """Prints and keeps the table."""
    rows: list[list[str]] = []
    for name in CORPORA:
        texts = documents(name)
        size = sum(len(text.encode()) for text in texts[WARM:]) / 1e6
        other = peer(texts)
        rows.append([name, "ftfy.fix_text", f"{size / other:.1f} MB/s", "1"])
        rows += [
            [name, stage, f"{size / seconds:.1f} MB/s", f"{other / seconds:.1f}"]
            for stage, seconds in stages(texts).items()
        ]
    rows += [
        ["start", f"repair {' '.join(arguments)}", f"{start(arguments):.2f} s of CPU", ""]
        for arguments in COMMANDS
    ]
    notes = [f"{DOCUMENTS} documents of {SIZE:,} characters a corpus; starts: best of {STARTS}."]
    publish("scale", "Scale", ["on", "what", "figure", "times ftfy"], rows, notes)


if __name__ == "__main__":
    main()
