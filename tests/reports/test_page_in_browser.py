"""The page in a real browser: every look, keyboard, sorting, filtering, and what stands behind a number."""

import pytest

from hapvr.project import Project
from hapvr.stages.report import report
from tests.reports.browser import LOOKS, chromium, opened, serious_findings


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def file(built_ready):
    report(Project(built_ready))
    return built_ready / "reports" / "index.html"


def first_cells(page, table: str, count: int = 40) -> list[str]:
    """Names of the rows that are shown."""
    rows = page.locator(f"#{table} tbody tr:not([hidden]) th").all_inner_texts()
    return [row for row in rows if not row.startswith("paper:")][:count]


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_nothing_is_cut_off_and_nothing_is_inaccessible(browser, file, size, scheme):
    with opened(browser, file, size=size, scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        # Rows are all alike: a few of each table are looked at, or axe takes its time.
        page.evaluate("document.querySelectorAll('tbody tr:nth-child(n+4)').forEach(row => row.remove())")
        assert serious_findings(page) == []


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_names_of_rows_stay_in_sight_when_a_table_is_scrolled(browser, file, size):
    with opened(browser, file, size=size) as page:
        frame = page.locator("#table-methods .wide")
        frame.evaluate("frame => { frame.scrollIntoView(); frame.scrollLeft = 10_000; }")
        left = frame.bounding_box()["x"]
        name = page.locator("#table-methods tbody th").first.bounding_box()
        assert left <= name["x"] <= left + 2
        last = page.locator("#table-methods tbody tr").first.locator("td").last.bounding_box()
        assert last["x"] >= name["x"] + name["width"]
        assert last["x"] + last["width"] <= page.viewport_size["width"]


def test_figures_keep_their_size_on_a_phone(browser, file):
    with opened(browser, file, size="phone") as page:
        picture = page.locator(".picture").first
        assert picture.evaluate("box => box.scrollWidth > box.clientWidth")
        assert picture.locator("img").bounding_box()["width"] >= 700


def test_a_table_sorts_by_a_head_and_goes_back(browser, file):
    with opened(browser, file) as page:
        head = page.locator("#table-methods thead th", has_text="DSVR")
        before = first_cells(page, "table-methods")
        column = head.evaluate("head => head.cellIndex")
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        runs = page.locator("#table-methods tbody tr:not(.reported)")
        values = [float(text.split()[0]) for text in runs.locator(f":nth-child({column + 1})").all_inner_texts()]
        assert values == sorted(values, reverse=True)
        assert first_cells(page, "table-methods") != before
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "none"
        assert first_cells(page, "table-methods") == before


def test_the_numbers_of_the_paper_stay_below_their_run(browser, file):
    with opened(browser, file) as page:
        page.locator("#table-methods thead th", has_text="DSVR").get_by_role("button").click()
        names = page.locator("#table-methods tbody th").all_inner_texts()
        for place, name in enumerate(names):
            if name.startswith("paper: "):
                assert name == f"paper: {names[place - 1]}"


def test_a_table_filters_by_what_is_typed(browser, file):
    with opened(browser, file) as page:
        field = page.get_by_label("Filter rows of “Methods”")
        field.fill("hap-vr")
        assert first_cells(page, "table-methods") == ["HAP-VR", "HAP-VR, normalised"]
        assert "2 of" in page.locator("#table-methods [role=status]").inner_text()
        field.fill("")
        assert len(first_cells(page, "table-methods")) > 2


def test_a_number_opens_what_stands_behind_it_by_keyboard(browser, file):
    with opened(browser, file, size="phone") as page:
        link = page.locator('[data-detail="hapvr/mini_fivr/DSVR/available"]').first
        shown = link.inner_text().split()[0]
        link.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        text = dialog.inner_text()
        assert dialog.get_by_role("heading").first.inner_text() == "HAP-VR, mini_fivr: mAP of DSVR"
        mean = dialog.locator("dd").first.inner_text()
        assert f"{float(mean.split()[0]):.1f}" == shown
        assert "95 % interval over queries" in text
        assert "losses.quadlinear_ap.delta" in text
        assert "git log -1 -- reports/metrics/mini_fivr/hapvr.json" in text
        assert serious_findings(page) == []
        page.keyboard.press("Escape")
        assert not dialog.is_visible()
        assert link.evaluate("link => link === document.activeElement")


def test_the_keyboard_skips_to_the_results(browser, file):
    with opened(browser, file) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
