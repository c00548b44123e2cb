"""The explorer of a benchmark, made from made-up results, in a real browser."""

import re
import shutil

import numpy as np
import pytest

from hapvr.evaluation import evaluate
from hapvr.project import Project
from hapvr.results import Results
from hapvr.stages.explorer import explorer
from hapvr.storage.features import write_features
from hapvr.storage.files import write_json
from hapvr.storage.shards import shard_of
from tests.reports.browser import LOOKS, chromium, opened, serious_findings
from tests.reports.conftest import FRAMES, QUERIES

BENCHMARK = "mini_fivr"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


def make_project(built, root) -> Project:
    """With features and two runs that need no weights."""
    shutil.copytree(built, root, dirs_exist_ok=True)
    text = (root / "params.yaml").read_text()
    text = text.replace("runs: [visil_f, s2vs, hapvr]\n  queries: 100", "runs: [mean_pool, visil_f]\n  queries: 5")
    (root / "params.yaml").write_text(text)
    project, random = Project(root), np.random.default_rng(0)
    videos = sorted(Results(project).dataset(BENCHMARK).videos)
    for shard in project.params.shards:
        ids = shard_of(videos, shard, len(project.params.shards))
        features = ((video, random.normal(size=(FRAMES, 9, 128))) for video in ids)
        write_features(project.features_file(BENCHMARK, shard), features)
    for run in ("mean_pool", "visil_f"):
        write_json(project.model_folder(run, "frozen") / "config.json", {"method": project.params.method_of(run)})
    return project


@pytest.fixture(scope="module")
def explored(built, tmp_path_factory):
    project = make_project(built, tmp_path_factory.mktemp("explored"))
    explorer(project, BENCHMARK)
    return project


@pytest.fixture(scope="module")
def folder(explored):
    return explored.reports / "explorer" / BENCHMARK


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_nothing_is_cut_off_and_nothing_is_inaccessible(browser, folder, size, scheme):
    with opened(browser, folder / "index.html", size=size, scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert serious_findings(page) == []


def test_each_query_has_the_ap_of_the_evaluation(browser, explored, folder):
    results = Results(explored)
    dataset = results.dataset(BENCHMARK)
    expected = {
        run: 100 * evaluate(dataset, next(iter(results.scores(run, BENCHMARK).values())))["CSVR"]["mAP"]
        for run in ("mean_pool", "visil_f")
    }
    shown = {"mean_pool": [], "visil_f": []}
    for name in ("index.html", "2.html"):
        with opened(browser, folder / name) as page:
            page.get_by_label("Task").select_option("CSVR")
            for text in page.locator("#queries .aps").all_inner_texts():
                for run, value in zip(shown, re.findall(r"\d\.\d+", text), strict=True):
                    shown[run].append(float(value))
    assert [len(values) for values in shown.values()] == [QUERIES, QUERIES]
    assert {run: 100 * np.mean(values) for run, values in shown.items()} == pytest.approx(expected, abs=0.05)


def test_a_query_shows_its_results_with_labels_in_words(browser, explored, folder):
    with opened(browser, folder / "index.html") as page:
        assert page.get_by_label("Task").input_value() == "DSVR"
        page.get_by_label("Order of queries").select_option("name")
        page.locator("#queries button").first.click()
        query = page.locator("#query").inner_text().removeprefix("Query ")
        assert page.locator("#asked img").get_attribute("alt") == f"{FRAMES} frames of the query {query}"
        scores = Results(explored).scores("visil_f", BENCHMARK)["frozen"]
        row = scores.similarity[scores.queries.index(query)]
        best = page.locator("#second-results li").first.inner_text()
        assert scores.database[row.argmax()] in best
        assert f"{row.max():.3f}" in best
        assert "✓ ND, near-duplicate" in page.locator("#second-results").inner_text()
        assert page.locator("#second-results li").count() == 10


def test_queries_stand_by_what_they_gain_or_lose(browser, folder):
    with opened(browser, folder / "index.html") as page:
        for order, sign in (("gain", 1), ("loss", -1)):
            page.get_by_label("Order of queries").select_option(order)
            texts = page.locator("#queries button > span:nth-child(2)").all_inner_texts()
            changes = [sign * float(text.replace("−", "-")) for text in texts]
            assert changes == sorted(changes, reverse=True)


def test_matching_frames_open_and_are_read_by_keyboard(browser, folder):
    with opened(browser, folder / "index.html", size="phone") as page:
        page.get_by_role("button", name="Matching frames of").first.click()
        dialog = page.get_by_role("dialog")
        assert dialog.locator("#across span").count() == FRAMES
        assert dialog.locator("#down span").count() == FRAMES
        assert "similarity" in dialog.locator("#cell").inner_text()
        dialog.locator("canvas").focus()
        places = set()
        for key in ("ArrowUp",) * 4 + ("ArrowLeft",) * 4 + ("ArrowDown",):
            page.keyboard.press(key)
            places.add(dialog.locator("#cell").inner_text())
        assert len(places) > 1
        assert "Query at 0:01.0, result at 0:00.0" in dialog.locator("#cell").inner_text()
        assert serious_findings(page) == []
        page.keyboard.press("Escape")
        assert not dialog.is_visible()


def test_a_link_leads_to_a_query(browser, folder):
    with opened(browser, folder / "2.html") as page:
        name = page.locator("#queries b").last.inner_text()
        page.evaluate(f"location.hash = '{name}'")
        page.wait_for_function(f"document.getElementById('query').textContent === 'Query {name}'")
        assert page.locator("#queries [aria-current]").inner_text().startswith(name)


def test_pages_are_bounded_and_lead_to_each_other(folder):
    first, second = ((folder / name).read_text() for name in ("index.html", "2.html"))
    assert sorted(path.name for path in folder.iterdir()) == ["2.html", "index.html"]
    assert 'href="2.html"' in first
    assert 'href="index.html"' in second


def test_the_same_results_give_the_same_pages(explored, folder):
    before = (folder / "index.html").read_bytes()
    explorer(explored, BENCHMARK)
    assert (folder / "index.html").read_bytes() == before


def test_without_frames_there_are_no_strips_and_all_else(explored, folder, tmp_path, monkeypatch):
    shutil.copytree(explored.root, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr("hapvr.stages.explorer._strips", lambda *_: {})
    explorer(Project(tmp_path), BENCHMARK)
    text = (tmp_path / "reports" / "explorer" / BENCHMARK / "index.html").read_text()
    assert "data:image" in (folder / "index.html").read_text()
    assert "data:image" not in text
    assert '"matrices": {"mean_pool/' in text


def test_a_benchmark_that_is_not_explored_is_named(explored):
    with pytest.raises(ValueError, match=r"benchmark 'mini_vcdb': not in the benchmarks with two runs of the explorer"):
        explorer(explored, "mini_vcdb")
