"""The pictures beside this file: `python docs/screenshots/make.py` (needs Chromium).

Makes a batch of seeds/ and drives the review page and the report over it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WIDE = {"width": 1280, "height": 860}


def main() -> None:
    """Makes all pictures anew."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as started:
        folder = Path(name)
        repair = [sys.executable, "-m", "repair"]
        batch = [*repair, "batch", str(ROOT / "seeds"), "-o", "out", "--exit-zero"]
        subprocess.run(batch, cwd=folder, check=True, env=_environment())
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        _report(browser, folder / "out/report.html")
        command = [*repair, "review", "out", "--no-browser", "--second"]
        server = subprocess.Popen(
            command, cwd=folder, stderr=subprocess.PIPE, text=True, env=_environment()
        )
        try:
            said = server.stderr.readline() if server.stderr else ""
            found = re.search(r"http://\S+", said)
            assert found, said
            _pages(browser, found[0])
        finally:
            server.terminate()
            browser.close()


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT), "REPAIR_REVIEWER": "ann"}


def _report(browser: Any, path: Path) -> None:
    for name, scheme, language in (("report", "light", "en"), ("report-dark-zh", "dark", "zh")):
        page = browser.new_context(viewport=WIDE, color_scheme=scheme).new_page()
        page.goto(path.as_uri())
        page.check(f"#{language}", force=True)
        page.set_viewport_size({"width": 1280, "height": 2100})
        page.screenshot(path=HERE / f"{name}.png")


def _pages(browser: Any, url: str) -> None:
    context = browser.new_context(viewport=WIDE, color_scheme="light", locale="en-US")
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#card")

    def shot(name: str) -> None:
        page.wait_for_timeout(250)
        page.wait_for_selector(".htmx-request", state="detached")
        page.screenshot(path=HERE / f"{name}.png")

    def press(key: str, then: str) -> None:
        page.keyboard.press(key)
        page.wait_for_selector(then)

    page.click('#groups button:has-text("行政争议")')
    page.wait_for_selector('#card:has-text("行政争议")')
    page.wait_for_timeout(300)
    shot("review")
    press("A", "#dialog[open] .samples li")
    shot("bulk")
    page.keyboard.press("q")
    press("Y", "#dialog[open] textarea")
    shot("always")
    page.keyboard.press("y")
    page.wait_for_selector("#dialog:not([open])", state="attached")
    press("i", ".document")
    shot("document")
    press("q", "#card")
    press("r", ".view table")
    shot("rules")
    press("q", "#card")
    for key in "ynyy":
        page.keyboard.press(key)
        page.wait_for_timeout(200)
    press("t", ".figures")
    shot("team")
    press("q", "#card")
    press("?", "#help[open]")
    shot("keys")
    page.keyboard.press("q")
    page.emulate_media(color_scheme="dark")
    page.click('a:has-text("中文")')
    page.wait_for_selector("#card")
    page.wait_for_timeout(300)
    shot("review-dark-zh")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 640, "height": 860})  # 1280 pixels at 200 %
    shot("zoom-200")


if __name__ == "__main__":
    main()
