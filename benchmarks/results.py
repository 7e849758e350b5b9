"""One table a subject, printed and kept in `benchmarks/RESULTS.md`.

    publish("encoding", "Encoding", ["on", "figure", "repair", "ftfy"], rows, notes)

replaces the section of that subject and leaves the others as they are.
"""

from __future__ import annotations

import io
import lzma
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

Row = tuple[str, str, str, str]
ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
HEAD = "# Figures\n\nEach section is written by the command in its first line.\n"


def shared(path: str) -> Path:
    """A file of the measuring data; exits with a reason where it is absent."""
    found = SHARED / path
    if not found.exists():
        sys.exit(f"{found} is not here: the benchmarks need the project's measuring data")
    return found


def share(part: int, whole: int) -> str:
    """A share in per cent, with what it is of."""
    return f"{100 * part / whole:.1f} % ({part} of {whole})" if whole else "none"


def corpus(name: str, size: int) -> str:
    """The first characters of a corpus."""
    with lzma.open(shared(f"corpus/{name}.txt.xz"), "rt", encoding="utf-8") as file:
        return file.read(size)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def publish(
    subject: str,
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    notes: Sequence[str] = (),
) -> None:
    """Prints a subject's table and puts it in its section of RESULTS.md."""
    body = table(header, rows) + "".join(f"\n\n{note}" for note in notes)
    print(body)
    _keep(subject, title, body)


@contextmanager
def kept(subject: str, title: str) -> Iterator[None]:
    """What a whole run prints also becomes the subject's section; a run with options, which
    measures a part or in another way, is only printed."""
    if len(sys.argv) > 1:
        yield
        return
    screen, copy = sys.stdout, io.StringIO()
    sys.stdout = _Both(screen, copy)
    try:
        yield
    finally:
        sys.stdout = screen
    _keep(subject, title, f"```text\n{copy.getvalue().strip()}\n```")


class _Both(io.TextIOBase):
    """Writes to two places."""

    def __init__(self, *targets: TextIO) -> None:
        self._targets = targets

    def write(self, text: str) -> int:
        for target in self._targets:
            target.write(text)
        return len(text)

    def flush(self) -> None:
        for target in self._targets:
            target.flush()


def _keep(subject: str, title: str, body: str) -> None:
    section = f"<!-- {subject} -->\n## {title}\n\n`python -m benchmarks.{subject}`\n\n{body}\n"
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else HEAD
    sections = {
        match[1]: match[0].rstrip() + "\n"
        for match in re.finditer(r"<!-- (\w+) -->\n.*?(?=<!-- |\Z)", text, re.DOTALL)
    }
    sections[subject] = section
    RESULTS.write_text(
        HEAD + "".join("\n" + sections[name] for name in sorted(sections)), encoding="utf-8"
    )
