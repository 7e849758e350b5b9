"""Kills a batch at random moments, resumes it and compares every byte with an undisturbed run.

    python -m benchmarks.kill [--moments N] [--seed N]

Each moment has an OUT of its own: the batch is killed with SIGKILL, started again, and what
law 3 speaks of (text/, documents, articles, edits, findings) must be the same as without. The
input is small, so that no phase takes nearly all of the time and fifty runs take minutes.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.results import ROOT, publish

FREE = ("queue.db", "report.")
FILES, ROWS = 20, 100  # texts; records of each of the two files of them
LINES = 3  # of the seeds, in a record
VERSIONS = 20  # every so many records are versions of one


def inputs(folder: Path) -> int:
    """Texts, plain and compressed records, some wrong; the number of documents."""
    choice = random.Random(1)
    seeds = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "seeds").iterdir())]
    lines = [line for text in seeds for line in text.splitlines() if line.strip()]
    folder.mkdir()
    for number in range(FILES):
        text = "\n".join(choice.sample(lines, LINES))
        (folder / f"{number}.txt").write_text(f"{text}\n第{number}份。\n", encoding="utf-8")
    rows = b""
    for number in range(ROWS):
        some = lines[:LINES] if number % VERSIONS == 0 else choice.sample(lines, LINES)
        row = {"id": f"r{number}", "n": number, "text": "\n".join([*some, f"第{number}号。"])}
        rows += json.dumps(row, ensure_ascii=False).encode() + b"\n"
    (folder / "rows.jsonl").write_bytes(rows + b"{broken\n")
    (folder / "more.jsonl.gz").write_bytes(gzip.compress(rows.replace(b'"id": "r', b'"id": "s')))
    return FILES + 2 * ROWS


def hashes(out: Path) -> dict[str, str]:
    """What must be the same, by file."""
    files = [p for p in out.rglob("*") if p.is_file() and ".repair" not in p.parts]
    files = [p for p in files if not p.name.startswith(FREE)] + [out / ".repair/findings.jsonl"]
    return {
        str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(files)
    }


def main() -> None:
    """Prints and keeps the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    choice = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="repair-kill-") as name:
        folder = Path(name)
        count = inputs(folder / "in")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}

        def start(out: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", "repair", "batch", "in", "-o", out, "--jobs", "2"]
            return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)

        began = time.monotonic()
        start("whole").wait()
        whole = time.monotonic() - began
        expected = hashes(folder / "whole")
        ids = [json.loads(x)["id"] for x in (folder / "whole/documents.jsonl").open()]
        assert len(ids) == len(set(ids)) == 2 * ROWS, "no record twice, none missing"
        same = killed = 0
        for moment in range(given.moments):
            process = start("out")
            time.sleep(choice.uniform(0, whole))
            killed += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
            start("out").wait()
            same += hashes(folder / "out") == expected
            shutil.rmtree(folder / "out")
            print(f"{moment + 1}: {same} the same", file=sys.stderr)
    rows = [[f"{count:,} documents", f"{whole:.1f} s", given.moments, killed, same]]
    header = ["input", "undisturbed", "moments", "killed before the end", "same bytes after resume"]
    publish("kill", "Killed at random moments", header, rows)
    if same < given.moments:
        sys.exit("not all the same")


if __name__ == "__main__":
    main()
