"""Memory of a whole batch: the peak of the process tree, and whether it is flat over time.

    python -m benchmarks.memory [--size MB] [--jobs N] [--folder PATH] [--stages LIST]

Generates JSON lines of sentences of the corpora in random order (one document in a hundred
is a damaged copy of another one), runs `repair batch` over them and samples the proportional
set size of all its processes twice a second. The plot is `benchmarks/memory.svg`.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.results import ROOT, publish, shared

CORPORA = ("news", "laws_prc", "twlaw")
LENGTH = 2000  # characters of a document
COPIES = 100  # one document in so many is a damaged copy
SENTENCES = 60_000  # of each corpus
LIMIT = 1500  # MB that a batch may take


def sentences() -> list[str]:
    """Sentences of all corpora, each with its full stop."""
    found: list[str] = []
    for name in CORPORA:
        own: list[str] = []
        with lzma.open(shared(f"corpus/{name}.txt.xz"), "rt", encoding="utf-8") as lines:
            for line in lines:
                own += [s + "。" for s in line.strip().split("。") if len(s) > 8]
                if len(own) >= SENTENCES:
                    break
        found += own[:SENTENCES]
    return found


def generate(path: Path, size: int, seed: int = 7) -> int:
    """Writes about so many bytes of JSON lines; the number of documents."""
    choice, known = random.Random(seed), sentences()
    count = done = 0
    last = ""
    with path.open("w", encoding="utf-8") as file:
        while done < size:
            if last and choice.randrange(COPIES) == 0:
                at = choice.randrange(len(last))
                text = last[:at] + last[at + 2 :]
            else:
                parts: list[str] = []
                length = 0
                while length < LENGTH:
                    parts.append(choice.choice(known))
                    if choice.randrange(4) == 0:
                        parts.append("\n")
                    length += len(parts[-1])
                text = "".join(parts)
            last = text
            row = {"id": f"d{count}", "url": f"https://example.org/{count}", "text": text}
            line = json.dumps(row, ensure_ascii=False) + "\n"
            file.write(line)
            done += len(line.encode())
            count += 1
    return count


def tree(root: int) -> list[int]:
    """A process and all below it."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found, todo = [], [root]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += parents.get(one, [])
    return found


def resident(root: int) -> float:
    """MB that a process and all below it have in memory, shared pages shared out."""
    total = 0
    for one in tree(root):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def watched(command: list[str]) -> tuple[list[tuple[float, float]], int]:
    """Seconds and MB while a command runs, and its exit status."""
    began = time.monotonic()
    samples: list[tuple[float, float]] = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            samples.append((time.monotonic() - began, resident(process.pid)))
            time.sleep(0.5)
    return samples, process.returncode


def phases(log: Path) -> dict[str, float]:
    """When each phase began, in seconds from the first event."""
    from datetime import datetime

    found: dict[str, float] = {}
    first: float | None = None
    for line in log.read_text().splitlines():
        event = json.loads(line)
        at = datetime.fromisoformat(event["time"]).timestamp()
        first = at if first is None else first
        if event["event"] == "progress":
            found.setdefault(event["phase"], at - first)
    return found


def plot(path: Path, samples: list[tuple[float, float]], begins: dict[str, float]) -> None:
    """The samples as a line, the limit and the phases."""
    wide, high = 900, 300
    end = samples[-1][0] or 1.0
    points = " ".join(f"{50 + x / end * (wide - 60):.1f},{high - 30 - y / LIMIT * (high - 60):.1f}"
                      for x, y in samples)  # fmt: skip
    marks = "".join(
        f'<line x1="{50 + at / end * (wide - 60):.0f}" x2="{50 + at / end * (wide - 60):.0f}"'
        f' y1="20" y2="{high - 30}" stroke="#ccc"/>'
        f'<text x="{53 + at / end * (wide - 60):.0f}" y="{16 + 11 * (n % 2)}">{name}</text>'
        for n, (name, at) in enumerate(begins.items())
    )
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-size="11"'
        f' font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>{marks}'
        f'<line x1="50" x2="{wide - 10}" y1="30" y2="30" stroke="#c00" stroke-dasharray="4"/>'
        f'<text x="4" y="34">{LIMIT} MB</text><text x="30" y="{high - 26}">0</text>'
        f'<text x="{wide - 60}" y="{high - 12}">{end:.0f} s</text>'
        f'<polyline points="{points}" fill="none" stroke="#036"/></svg>\n'
    )


def main() -> None:
    """Generates, runs, prints and keeps the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=2000, help="MB of input")
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--stages", default="")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="repair-memory-", dir=given.folder))
    try:
        source, log = folder / "in.jsonl", folder / "log.jsonl"
        documents = generate(source, given.size * 1_000_000)
        command = [sys.executable, "-m", "repair", "batch", str(source), "--exit-zero"]
        command += ["-o", str(folder / "out"), "--jobs", given.jobs, "--log", str(log)]
        command += ["--stages", given.stages] if given.stages else []
        samples, status = watched(command)
        plot(ROOT / "benchmarks/memory.svg", samples, phases(log))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if status:
        sys.exit(f"the batch ended with {status}")
    peak = max(y for _, y in samples)
    quarters = [
        max((y for x, y in samples if n / 4 <= x / samples[-1][0] <= (n + 1) / 4), default=0.0)
        for n in range(4)
    ]
    seconds = samples[-1][0]
    rows = [
        [f"{given.size} MB, {documents:,} documents, {given.jobs} processes", f"{peak:.0f} MB",
         " ".join(f"{q:.0f}" for q in quarters), f"{seconds:.0f} s",
         f"{given.size / seconds:.1f} MB/s"]
    ]  # fmt: skip
    header = ["input", "peak of the tree", "peak by quarter of the time (MB)", "time", "rate"]
    notes = [f"At most {LIMIT} MB are allowed. Stages: {given.stages or 'all'}.",
             "![memory over time](memory.svg)"]  # fmt: skip
    publish("memory", "Memory", header, rows, notes)


if __name__ == "__main__":
    main()
