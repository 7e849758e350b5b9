"""The terminal flow, with keys from a list instead of a keyboard."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from repair.phrasebook import Table
from repair.review.queue import Queue
from repair.review.terminal import Terminal

Make = Callable[..., dict[str, Any]]
TEXT = "甲错乙错丙错。\x1b[31m\u202e坏"


def _type(
    queue: Queue, keys: str, lines: list[str] | None = None, table: Table | None = None
) -> str:
    """What the screen shows after these keys, and q."""
    screen = io.StringIO()
    pressed, typed = iter(keys + "q"), iter(lines or [])
    console = Console(file=screen, width=100)
    Terminal(
        queue,
        table or Table(Path("/nowhere")),
        "ann",
        console,
        lambda: next(pressed),
        lambda _: next(typed),
    ).go()
    return screen.getvalue()


@pytest.fixture
def three(tmp_path: Path, make: Make) -> Queue:
    queue = Queue(str(tmp_path / "q.db"))
    more = [{"text": text, "confidence": 0.5, "source": "x"} for text in "对措"]
    queue.load([make(TEXT, at, at + 1, "对", candidates=more) for at in (1, 3, 5)])
    return queue


@pytest.mark.parametrize(
    ("keys", "lines", "counts"),
    [
        ("yn", [], {"accepted": 1, "rejected": 1, "pending": 1}),
        ("e", ["措"], {"edited": 1, "pending": 2}),
        ("e", [""], {"pending": 3}),
        ("12", [], {"accepted": 1, "edited": 1, "pending": 1}),
        ("9", [], {"pending": 3}),
        ("s", [], {"skipped": 1, "pending": 2}),
        ("yyu", [], {"accepted": 1, "pending": 2}),
        ("u", [], {"pending": 3}),
        ("A", ["y"], {"accepted": 3}),
        ("A", ["n"], {"pending": 3}),
        ("yNu", ["y"], {"accepted": 1, "pending": 2}),
        ("?i", [], {"pending": 3}),
        ("/", ["ENC001"], {"pending": 3}),
    ],
)
def test_keys(three: Queue, keys: str, lines: list[str], counts: dict[str, int]) -> None:
    _type(three, keys, lines)
    assert three.counts() == counts


def test_no_control_of_a_document_reaches_the_terminal(three: Queue) -> None:
    screen = _type(three, "i")
    assert "\x1b[31m" not in screen
    assert "\u202e" not in screen
    assert "‹RLO›" in screen


def test_a_real_terminal(tmp_path: Path, three: Queue) -> None:
    code = (
        "from pathlib import Path; from repair.phrasebook import Table; "
        "from repair.review.queue import Queue; from repair.review.terminal import run; "
        f"run(Queue({str(tmp_path / 'q.db')!r}), Table(Path('p.jsonl')), 'ann')"
    )
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, b"ynq")
    while True:
        try:
            if not os.read(ours, 65536):
                break
        except OSError:  # the other end is closed
            break
    assert process.wait(30) == 0
    os.close(ours)
    assert three.counts() == {"accepted": 1, "rejected": 1, "pending": 1}


def test_a_rule_of_ones_own(three: Queue, tmp_path: Path) -> None:
    table = Table(tmp_path / "p.jsonl")
    screen = _type(three, "Y", table=table)
    assert "too short" in screen
    _type(three, "Xr", ["y"], table)
    [row] = table.rows()
    assert (row["verdict"], row["before"]) == ("ignore", "错")
    assert three.counts() == {"rejected": 3}


def test_undo_takes_the_rule_back_too(three: Queue, tmp_path: Path) -> None:
    table = Table(tmp_path / "p.jsonl")
    _type(three, "Xu", ["y"], table)
    assert table.rows() == []
    assert three.counts() == {"pending": 3}
