"""The three forms of a comparison: what a revision's files say is text in each of them."""

import re

from hapvr.compare.document import Bullets, Heading, Paragraph, Table, as_markdown, as_terminal

HOSTILE = "a|b <script>alert(1)</script> `x` @someone \x1b[31m\n# no"


def test_terminal_moves_no_cursor_and_breaks_no_row() -> None:
    text = as_terminal([Table(["key"], [[HOSTILE]]), Paragraph(HOSTILE), Bullets([HOSTILE])])
    assert "\x1b" not in text
    assert "\n# no" not in text


def test_markdown_shows_signs_instead_of_reading_them() -> None:
    text = as_markdown([Table(["key", "value"], [[HOSTILE, HOSTILE]], code=(1,)), Paragraph(HOSTILE)])
    table = text.split("\n\n")[0].splitlines()
    assert len(table) == 3
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 3 for line in table)
    assert "<script>" not in re.sub(r"`[^`]*`", "", text).replace(r"\<script\>", "")
    assert r"\@someone" in text


def test_our_own_commands_stay_code_in_markdown() -> None:
    assert as_markdown([Paragraph("run `dvc repro` there")]) == "run `dvc repro` there\n"


def test_long_values_are_cut_and_headings_have_levels() -> None:
    assert "…" in as_terminal([Table(["key"], [["x" * 200]])])
    assert as_markdown([Heading("A", 1), Heading("B")]) == "## A\n\n### B\n"


def test_markdown_of_a_comparison_has_its_sections(two_commits, compare) -> None:
    text = compare(two_commits, "HEAD~1", "HEAD", "--format", "markdown")
    assert re.findall("^##+ (.*)$", text, re.M)[1:] == ["What differs", "Metrics", "Queries that gained or lost most"]
    assert "| `train.steps` | `50`" in text
    assert re.search(r"^\| hapvr +\| mini_fivr +\| DSVR mAP .* better +\|$", text, re.M)


def test_the_page_needs_nothing_but_itself_and_has_both_pictures(two_commits, compare, tmp_path) -> None:
    file = tmp_path / "page.html"
    assert compare(two_commits, "HEAD~1", "HEAD", "--format", "html", "--output", str(file)) == ""
    page = file.read_text(encoding="utf-8")
    assert page.count('<img alt="') == page.count('src="data:image/svg+xml;base64,') == 2
    assert not re.search(r"(src|href)=.?https?:|<script", page)
    assert "<code>train.steps</code>" in page
    assert len(page) < 500_000


def test_values_of_a_revision_are_text_on_the_page(two_commits, compare) -> None:
    params = two_commits.root / "params.yaml"
    params.write_text(params.read_text().replace("preset: mini", 'preset: "<b>mini</b>"', 1))
    page = compare(two_commits, "--format", "html")
    assert "&lt;b&gt;mini&lt;/b&gt;" in page
    assert "<b>mini" not in page
