"""The queue and the page with 200,000 findings: `python -m benchmarks.review [URL]`.

Prints the milliseconds of the first page and of decisions (through the ASGI app, with its
HTML, then in Chromium: from the key to the stored decision and to the next card), the time of
a load, and the process's memory. Issue 6 asks for 300 ms, 50 ms, 300 MB.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import resource
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from benchmarks.results import kept
from repair.phrasebook import Table
from repair.review.hosts import listen
from repair.review.queue import Queue
from repair.review.sessions import Sessions
from repair.review.web import app

NUMBER = 200_000
PATTERNS = 5_000
WORDS = "政法治理行动改革监督体系建设发展服务"


def records(number: int) -> Iterator[dict[str, Any]]:
    """Findings over 2,000 documents; the patterns' sizes follow 1/rank."""
    for n in range(number):
        rank = int(PATTERNS ** ((n * 0.618034) % 1))  # log-uniform: few large, many small
        before = WORDS[rank % 18] + WORDS[rank // 18 % 18]
        after = WORDS[rank // 324 % 18] + WORDS[rank % 17]
        name = hashlib.sha256(str(n).encode()).hexdigest()
        document = f"site{n % 20}/{n % 2000:04d}.txt"
        yield {
            "id": name[:16], "doc_id": document, "doc_sha256": name, "path": document,
            "layer": "source", "start": n * 10, "end": n * 10 + 2, "line": n, "column": 1,
            "before": before, "after": after, "rule": f"COL{rank % 9:03d}", "kind": "substitution",
            "stage": "collate", "confidence": 0.5 + rank % 50 / 100,
            "candidates": [{"text": after, "confidence": 0.9, "source": "x"}], "witnesses": [],
            "error_side": "this", "pattern": f"{before}→{after}#{rank}", "replaces": None,
            "evidence": "stands so in the other version", "status": "pending", "move_to": None,
            "context": {"before": "全面推进依法行政" * 7, "after": "落实主体责任" * 9},
        }  # fmt: skip


def main() -> None:
    """Runs it on SQLite, or on the database named."""
    print(f"machine         load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        where = sys.argv[1] if len(sys.argv) > 1 else str(Path(folder) / "q.db")
        queue = Queue(where)
        began = time.perf_counter()
        queue.load(records(NUMBER))
        print(f"load            {time.perf_counter() - began:8.1f} s")
        table = Table(Path(folder) / "phrases.jsonl")
        page = app(
            queue, Sessions(fixed=["t"]), lambda _: ("", []), hosts={"localhost"}, table=table
        )
        headers = {"x-repair-token": "t"}
        client = TestClient(page, base_url="http://localhost", headers=headers)

        def timed(what: str, path: str, data: dict[str, str] | None = None) -> tuple[float, str]:
            began = time.perf_counter()
            answer = client.get(path) if data is None else client.post(path, data=data)
            took = (time.perf_counter() - began) * 1000
            if not answer.is_success:
                raise SystemExit(f"{what}: {answer.status_code} {answer.text}")
            return took, answer.text

        took, _ = timed("filters", "/filters")
        print(f"filters         {took:8.1f} ms")
        took, html = timed("first page", "/card")
        print(f"first page      {took:8.1f} ms")
        times = []
        for _ in range(200):
            data = dict(re.findall(r'name="(id|pattern)" value="(\w+)"', html))
            took, html = timed("decision", "/decide", {**data, "verdict": "accept"})
            times.append(took)
        times.sort()
        print(f"decision median {statistics.median(times):8.1f} ms, 95 % {times[189]:8.1f} ms")
        data = dict(re.findall(r'name="(id|pattern)" value="(\w+)"', html))
        took, _ = timed("bulk", "/bulk", {**data, "verdict": "accept"})
        print(f"bulk            {took:8.1f} ms, {queue.counts()}")
        _in_the_browser(where, table)
        print(
            f"memory          {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB"
        )


PRESS = """() => new Promise(done => {
  const began = performance.now(), before = document.querySelector("#card").dataset.id;
  performance.clearResourceTimings();
  const look = () => {
    const card = document.querySelector("#card");
    if (!card || card.dataset.id === before) return requestAnimationFrame(look);
    const [posted] = performance.getEntriesByType("resource"); // answered once it is stored
    setTimeout(() => // this frame is painted before it runs
      done([posted.responseStart - began, performance.now() - began]));
  };
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "y", bubbles: true }));
  look();
})"""


def _serve(where: str, table: Table, sessions: Sessions, listening: socket.socket) -> None:
    import uvicorn

    host = f"localhost:{listening.getsockname()[1]}"
    page = app(Queue(where), sessions, lambda _: ("", []), hosts={host}, table=table)
    uvicorn.Server(uvicorn.Config(page, log_level="error")).run(sockets=[listening])


def _in_the_browser(where: str, table: Table) -> None:
    """From the key until the decision is known to be stored, and to the frame that shows the
    next card; and from the address to the first. The service is a process of its own, as it
    is for users."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("Chromium is not installed")
        return
    sessions = Sessions()
    link = sessions.link()
    listening = listen("127.0.0.1", 0, None)
    address = f"localhost:{listening.getsockname()[1]}"
    server = multiprocessing.get_context("fork").Process(
        target=_serve, args=(where, table, sessions, listening)
    )
    server.start()
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page()
        began = time.perf_counter()
        shown.goto(f"http://{address}/#{link}")
        shown.wait_for_selector("#card")
        print(f"browser, opened {(time.perf_counter() - began) * 1000:8.1f} ms")
        shown.wait_for_timeout(1000)
        pressed = []
        for _ in range(100):
            pressed.append(shown.evaluate(PRESS))
            shown.wait_for_timeout(100)  # a quick person
        for what, times in zip(("stored", "shown"), zip(*pressed, strict=True), strict=True):
            median, late = statistics.median(times), sorted(times)[94]
            print(f"key to {what:<8} {median:8.1f} ms, 95 % {late:8.1f} ms")
        browser.close()
    server.terminate()
    server.join(10)


if __name__ == "__main__":
    with kept("review", "Review queue"):
        main()
