"""A real browser for the tests of pages: the system's Chromium, without a screen and without a network."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SIZES = {"phone": (390, 844), "desktop": (1300, 900)}
LOOKS = [(size, scheme) for size in SIZES for scheme in ("light", "dark")]


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser; skips where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, file: Path, *, size: str = "desktop", scheme: str = "light") -> Iterator[Any]:
    """A page of the disk, in which errors and requests to anywhere else fail the test."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, offline=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: wrong.append(request.url) if _is_remote(request.url) else None)
    page.goto(file.as_uri())
    yield page
    context.close()
    assert not wrong


def serious_findings(page: Any) -> list[tuple[str, str, str]]:
    """What axe-core finds that is serious or critical: rule, place and why."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        (rule["id"], str(node["target"]), node["failureSummary"])
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def _is_remote(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:"))
