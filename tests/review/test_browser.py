"""The page in a real Chromium: keys decide, undo works, nothing from a document runs."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from repair.phrasebook import Table
from repair.review.hosts import listen
from repair.review.queue import Filter, Queue
from repair.review.sessions import Sessions
from repair.review.web import app

Make = Callable[..., dict[str, Any]]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
EVIL = (
    '<script>window.pwned=1</script><img src=x onerror="window.pwned=1">'
    "<svg onload=window.pwned=1></svg>\u202e反转\u2066\x00&lt;script&gt;window.pwned=1"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


class Site:
    """A server in a thread, and fresh links to it."""

    def __init__(self, queue: Queue, documents: Callable[[str], Any], folder: Path) -> None:
        import uvicorn

        self.listening = listen("127.0.0.1", 0, None)
        self.host = f"127.0.0.1:{self.listening.getsockname()[1]}"
        self.sessions = Sessions()
        self.table = Table(folder / "phrases.jsonl")
        page = app(queue, self.sessions, documents, hosts={self.host}, table=self.table)
        config = uvicorn.Config(page, log_level="error", lifespan="off")
        self.server = uvicorn.Server(config)
        target = lambda: self.server.run(sockets=[self.listening])  # noqa: E731
        self.thread = threading.Thread(target=target, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def url(self) -> str:
        return f"http://{self.host}/#{self.sessions.link()}"

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[Queue, Site]]]:
    opened: list[tuple[Queue, Site]] = []

    def begin(records: list[dict[str, Any]], text: str = "") -> tuple[Queue, Site]:
        queue = Queue(str(tmp_path / "q.db"))
        queue.load(records)
        site = Site(queue, lambda _: (text, []), tmp_path)
        opened.append((queue, site))
        return queue, site

    yield begin
    for queue, site in opened:
        site.stop()
        queue.close()


def _open(browser: Any, url: str, errors: list[str] | None = None) -> Any:
    page = browser.new_context().new_page()
    page.set_default_timeout(15_000)
    if errors is not None:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(url)
    page.wait_for_selector("#card")
    return page


def _many(make: Make, number: int) -> tuple[str, list[dict[str, Any]]]:
    text = "".join(f"第{n:03d}处有错字，请看。\n" for n in range(number))
    size = len(text) // number
    other = {"text": "错别字", "confidence": 0.1, "source": "model"}
    records = [
        make(text, n * size + 6, n * size + 8, "别字" if n % 3 else "白字") for n in range(number)
    ]
    for record in records:
        record["candidates"].append(other)
    return text, records


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come")


def test_keys_decide_and_move_on(browser: Any, start: Any, make: Make) -> None:
    text, records = _many(make, 24)
    queue, site = start(records, text)
    errors: list[str] = []
    page = _open(browser, site.url(), errors)
    for _ in range(6):  # faster than the server answers: no key may be lost
        for key in "yns1":
            page.keyboard.press(key)
    _until(lambda: queue.counts().get("pending", 0) == 0)
    assert queue.counts() == {"accepted": 12, "rejected": 6, "skipped": 6}
    page.wait_for_selector(".empty")
    assert errors == []


def test_undo_brings_the_finding_back(browser: Any, start: Any, make: Make) -> None:
    _, records = _many(make, 4)
    queue, site = start(records)
    page = _open(browser, site.url())
    first = page.get_attribute("#card", "data-id")
    page.keyboard.press("y")
    page.wait_for_selector(f'#card:not([data-id="{first}"])')
    page.keyboard.press("u")
    page.wait_for_selector(f'#card[data-id="{first}"]')
    assert queue.counts() == {"pending": 4}


def test_a_typed_replacement(browser: Any, start: Any, make: Make) -> None:
    _, records = _many(make, 2)
    queue, site = start(records)
    page = _open(browser, site.url())
    first = page.get_attribute("#card", "data-id")
    page.keyboard.press("e")
    page.keyboard.type("手写yn")
    page.keyboard.press("Enter")
    _until(lambda: queue.effective(first) is not None)
    assert queue.effective(first).replacement == "手写yn"  # type: ignore[union-attr]


def test_a_pattern_after_its_samples(browser: Any, start: Any, make: Make) -> None:
    _, records = _many(make, 9)
    queue, site = start(records)
    page = _open(browser, site.url())
    page.keyboard.press("A")
    page.wait_for_selector("#dialog[open] .samples li")
    assert queue.counts() == {"pending": 9}
    page.keyboard.press("y")
    _until(lambda: queue.counts() == {"accepted": 6, "pending": 3})
    page.wait_for_selector("#dialog:not([open])", state="attached")
    page.keyboard.press("u")
    _until(lambda: queue.counts() == {"pending": 9})


def test_a_filter(browser: Any, start: Any, make: Make) -> None:
    _, records = _many(make, 6)
    _, site = start([r | {"rule": f"COL00{n % 2 + 1}"} for n, r in enumerate(records)])
    page = _open(browser, site.url())
    page.select_option("#filters [name=rule]", "COL002")
    sizes = page.locator("#groups .size")
    _until(lambda: sum(map(int, sizes.all_inner_texts())) == 3)
    page.wait_for_selector('#card:has(code:text-is("COL002"))')


def test_the_document_view(browser: Any, start: Any, make: Make) -> None:
    text, records = _many(make, 6)
    queue, site = start(records, text)
    page = _open(browser, site.url())
    page.keyboard.press("y")
    _until(lambda: queue.counts().get("accepted") == 1)
    page.keyboard.press("i")
    page.wait_for_selector(".document")
    assert page.locator(".piece.pending").count() == 5
    assert page.locator(".piece.accepted").count() == 1
    page.keyboard.press("q")
    page.wait_for_selector("#card")


def test_two_browsers_decide_each_finding_once(browser: Any, start: Any, make: Make) -> None:
    _, records = _many(make, 30)
    queue, site = start(records)
    pages = [_open(browser, site.url()) for _ in range(2)]
    assert len({page.get_attribute("#card", "data-id") for page in pages}) == 2
    for _ in range(14):  # both have one before them until the end
        for page in pages:
            page.keyboard.press("y")
    _until(lambda: queue.counts() == {"accepted": 28, "pending": 2})
    for page in pages:
        page.keyboard.press("y")
    _until(lambda: queue.counts() == {"accepted": 30})
    assert len({line.finding_id for line in queue.log()}) == len(list(queue.log())) == 30


def test_a_document_of_scripts_is_text(browser: Any, start: Any, make: Make) -> None:
    text = "前" + EVIL + "后" + "长" * 1_000_000
    record = make(
        text, 1, 1 + len(EVIL), EVIL + "改", doc_id=EVIL, evidence=EVIL, pattern=EVIL, kind=EVIL,
        candidates=[{"text": EVIL, "confidence": 0.5, "source": EVIL}],
        witnesses=[{"doc_id": EVIL, "start": 1, "end": 9, "text": EVIL, "provenance": EVIL}],
    )  # fmt: skip
    long = make(text, 200, len(text), "短", doc_id=EVIL)
    _, site = start([record, long], text)
    errors: list[str] = []
    page = _open(browser, site.url(), errors)
    page.click("#groups li:last-child button")
    page.wait_for_timeout(200)
    page.keyboard.press("i")
    page.wait_for_selector(".document .piece")
    assert "<script>window.pwned=1</script>" in page.inner_text(".document .text")
    page.click(".piece >> nth=0")
    page.wait_for_selector("#dialog[open]")
    assert page.evaluate("window.pwned") is None
    assert page.locator("main script, main img, main svg, dialog script, dialog img").count() == 0
    assert errors == []


def test_a_link_opens_once(browser: Any, start: Any, make: Make) -> None:
    _, records = _many(make, 1)
    _, site = start(records)
    url = site.url()
    page = _open(browser, url)
    assert "#" not in page.url
    page.reload()
    page.wait_for_selector("#card")
    other = browser.new_context().new_page()
    other.goto(url)
    other.wait_for_selector("#toast.shown")
    assert other.locator("#card").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_usable_small_and_in_both_colours(
    browser: Any, start: Any, make: Make, scheme: Any
) -> None:
    _, records = _many(make, 3)
    _, site = start(records)
    context = browser.new_context(  # 1280 pixels at 200 % zoom
        viewport={"width": 640, "height": 450}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(site.url())
    page.wait_for_selector("#card")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_five_hundred_findings_by_keyboard_in_two_browsers(
    browser: Any, start: Any, make: Make
) -> None:
    """No mouse: a filter, a document, a bulk decision with its samples, undo, then all the
    rest from two browsers at once. Each finding is decided, none twice, none lost."""
    number = 500
    text = "".join(f"第{n:03d}处有错字，请看。\n" for n in range(number))
    size = len(text) // number
    sizes = [n % 25 if n < 400 else 25 for n in range(number)]  # one pattern of 100
    records = [
        make(text, n * size + 6, n * size + 8, f"别字{sizes[n]}", rule=f"COL00{1 + sizes[n] % 3}")
        for n in range(number)
    ]
    queue, site = start(records, text)
    errors: list[str] = []
    one, two = (_open(browser, site.url(), errors) for _ in range(2))

    def pending() -> int:
        return queue.counts().get("pending", 0)

    one.wait_for_selector("#filters [name=rule]")
    one.keyboard.press("/")  # the stage; the rule is the next field
    one.keyboard.press("Tab")
    one.keyboard.press("ArrowDown")
    one.wait_for_selector('#filters [name=rule]:not(:has(option[value=""]:checked))')
    rule = one.input_value("#filters [name=rule]")
    one.wait_for_selector(f'#card:has(code:text-is("{rule}"))')
    one.keyboard.press("Escape")
    one.keyboard.press("y")
    _until(lambda: pending() == number - 1)
    assert queue.counts(Filter(rule=rule))["accepted"] == 1

    one.keyboard.press("i")
    one.wait_for_selector(".document .piece.focus")
    one.keyboard.press("j")
    one.keyboard.press("Enter")
    one.wait_for_selector("#dialog[open] [data-key=n]")
    one.keyboard.press("n")
    _until(lambda: pending() == number - 2)
    one.wait_for_selector(".document .piece.rejected")
    one.keyboard.press("q")
    one.wait_for_selector("#card")

    one.keyboard.press("A")
    one.wait_for_selector("#dialog[open] .samples li")
    before = pending()
    assert one.locator("#dialog .samples li").count() == 5
    one.keyboard.press("y")
    _until(lambda: pending() < before - 5)
    one.wait_for_selector("#dialog:not([open])", state="attached")
    one.keyboard.press("u")
    _until(lambda: pending() == before)
    one.wait_for_selector("#card")
    undone = sum(line.verdict == "undo" for line in queue.log())

    for _ in range(2 * number):
        for page, keys in ((one, "yn"), (two, "ny")):
            for key in keys:
                page.keyboard.press(key)
        if pending() < 8:
            break
    for page in (one, two):
        _until(lambda: queue.counts(Filter(status=("pending",), rule=rule)) == {} or pending() < 8)
        page.wait_for_timeout(300)
    while pending():
        for page in (two, one):
            if page.locator("#card").count():
                page.keyboard.press("y")
                page.wait_for_timeout(50)
            else:  # nothing more under this filter
                page.keyboard.press("q")
                page.wait_for_timeout(100)
    counts = queue.counts()
    assert sum(counts.values()) == counts["accepted"] + counts["rejected"] == number
    lines = [line for line in queue.log() if line.verdict != "undo"]
    assert len(lines) == number + undone
    assert errors == []


def test_a_rule_of_ones_own_by_keyboard(browser: Any, start: Any, make: Make) -> None:
    _, records = _many(make, 9)
    queue, site = start(records)
    page = _open(browser, site.url())
    page.keyboard.press("Y")
    page.wait_for_selector("#dialog[open] textarea[name=before]")
    page.keyboard.press("y")
    _until(lambda: queue.counts() == {"accepted": 6, "pending": 3})
    assert [row["verdict"] for row in site.table.rows()] == ["accept"]
    page.keyboard.press("r")
    page.wait_for_selector(".view td")
    page.keyboard.press("q")
    page.wait_for_selector("#card")
    page.keyboard.press("u")
    _until(lambda: queue.counts() == {"pending": 9})
    assert site.table.rows() == []


def test_the_help_closes(browser: Any, start: Any, make: Make) -> None:
    _, records = _many(make, 2)
    _, site = start(records)
    page = _open(browser, site.url())
    for key in ("q", "Escape", "Enter"):
        page.keyboard.press("?")
        page.wait_for_selector("#help[open]")
        page.keyboard.press(key)
        page.wait_for_selector("#help:not([open])", state="attached")
