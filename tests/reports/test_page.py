import re
from base64 import b64decode
from html import unescape
from importlib import import_module

import pandas as pd
import pytest

from hapvr.reports.figures import FIGURES
from hapvr.stages.report import report
from hapvr.stages.tables import tables
from hapvr.storage.files import write_json


def page_of(project) -> str:
    report(project)
    return (project.reports / "index.html").read_text()


def text_of(html: str) -> str:
    """What a reader sees, without tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def test_page_holds_every_table_and_figure_with_the_command_that_makes_it(ready):
    page = page_of(ready)
    for table in ready.params.tables:
        assert f'id="table-{table}"' in page
        assert f"dvc repro tables@{table}" in page
        assert f"reports/tables/{table}.csv" in page
    for figure in FIGURES:
        assert f'id="figure-{figure}"' in page
        assert f"reports/figures/{figure}.csv" in page
        made = f"dvc repro figures@{figure}" if figure in ready.params.figures else "benchmarks/sensitivity.yaml"
        assert made in page
    assert page.count("<img") == len(FIGURES)


def test_page_shows_the_numbers_of_the_table(ready):
    page = page_of(ready)
    values = (ready.reports / "tables" / "methods.md").read_text().split("95 % intervals")[0]
    lines = values.splitlines()
    line = [row for row in lines if row.startswith("|")][-1]
    cells = re.findall(r"([0-9.]+) (± [0-9.]+)", line)
    assert len(cells) == 10
    assert all(f'>{mean} <span class="interval">{deviation}</span></a></td>' in page for mean, deviation in cells)


@pytest.mark.parametrize(
    ("table", "command", "cell"),
    [
        ("differences_trained", "differences@trained", "+2.0 [1.0, 3.0]"),
        ("number_format", "number_format", "+0.25 (60.0)"),
    ],
)
def test_page_says_how_sure_the_numbers_are(ready, table, command, cell):
    page = page_of(ready)
    article = page.split(f'id="table-{table}"')[1].split("</article>")[0]
    assert f"dvc repro {command}<" in article
    assert f"reports/tables/{table}.csv" in article
    assert cell in text_of(article)


def test_page_says_first_what_holds(ready):
    claims = page_of(ready).split("What holds here</h2>")[1].split("</section>")[0]
    for name, table in ready.params.differences.tables.items():
        row = claims.split(f'href="#table-differences_{name}"')[1].split("</tr>")[0]
        assert table.claim in row
        assert "<b>holds</b>" in row
        assert "the first run is better by more than noise in" in row


def test_page_has_the_bold_cells_of_the_table(ready):
    file = ready.reports / "tables" / "ablation.csv"
    bold = page_of(ready).split('id="table-ablation"')[1].split("</article>")[0].count('class="best"')
    assert bold == pd.read_csv(file)["best"].sum() > 0
    file.write_text(file.read_text().replace("True", "False"))
    assert 'class="best"' not in page_of(ready).split('id="table-ablation"')[1].split("</article>")[0]


def test_normalised_runs_say_what_they_are_made_of(ready):
    row = page_of(ready).split("<code>hapvr_normalised</code>")[1].split("</tr>")[0]
    assert "scores of hapvr normalised (beta 1, first 1, last 3)" in row
    assert "<td>0, 1, 2</td>" in row


def test_runs_without_losses_say_how_they_learn(ready):
    rows = {
        name: row.split("</tr>")[0]
        for row in page_of(ready).split('<tr id="run-')[1:]
        for name in ready.params.runs
        if row.startswith(f'{name}"')
    }
    assert "not trained" in rows["visil_f"]
    assert "its own objective<" in rows["visil"]
    assert "its own objective, taught by dns_coarse and dns_att<" in rows["dns_selector"]
    assert "scores of dns_coarse re-ranked" in rows["dns_reranked"]


def test_page_needs_nothing_from_outside(ready):
    page = page_of(ready)
    sources = re.findall(r"""(?:src|href|action|data)\s*=\s*["']([^"']*)|url\(([^)]*)|@import\s+(\S+)""", page)
    addresses = [part for parts in sources for part in parts if part]
    assert addresses
    # The explorer's pages lie beside it.
    assert all(address.startswith(("#", "data:image/", "explorer/")) for address in addresses)
    assert "http" not in page


def test_every_link_of_the_contents_has_its_target(ready):
    page = page_of(ready)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r' id="([^"]+)"', page))


def test_figures_are_embedded_as_they_are(ready):
    page = page_of(ready)
    drawing = (ready.reports / "figures" / "ablation.svg").read_bytes()
    embedded = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)
    assert drawing in [b64decode(text) for text in embedded]


def test_labels_are_escaped(ready):
    text = (ready.root / "params.yaml").read_text().replace("label: HAP-VR", "label: <i>HAP</i>")
    (ready.root / "params.yaml").write_text(text)
    ready.__dict__.pop("params", None)
    page = page_of(ready)
    assert "<i>HAP</i>" not in page
    assert "&lt;i&gt;HAP&lt;/i&gt;" in page


def test_missing_videos_are_noted_only_when_there_are_some(ready, set_metrics):
    assert "No query and no relevant video is missing." in page_of(ready)
    for run in ready.params.runs:
        set_metrics("mini_svd", run, {"SVR": {"0": 0.8}, "SVD": {"0": 0.8}}, missing=4)
    tables(ready, "methods")
    page = page_of(ready)
    assert "mini_svd SVD detection: 0 of 8 queries and 4 of 40 relevant videos are missing." in page
    assert "No query and no relevant video is missing." not in page


def test_benchmarks_show_their_videos_and_the_missing_ones(ready):
    path = ready.reports / "metrics" / "mini_svd" / "s2vs.json"
    write_json(path, {"missing": {"queries": 1, "queries_of": 8, "database": 3, "database_of": 28, "salvaged": 2}})
    row = page_of(ready).split('<th scope="row">mini_svd</th>')[1].split("</tr>")[0]
    assert re.findall(r"<td>(\d+)</td>", row) == ["8", "1", "28", "3", "2"]


def test_the_same_results_give_the_same_page(ready):
    assert page_of(ready) == page_of(ready)


def test_learning_curves_are_shown_once_they_are_made(ready):
    assert "Learning curves" not in page_of(ready)
    folder = ready.reports / "figures"
    for suffix in (".svg", ".png"):
        (folder / f"learning_curves{suffix}").write_bytes((folder / f"ablation{suffix}").read_bytes())
    article = page_of(ready).split('id="figure-learning_curves"')[1].split("</article>")[0]
    assert "python benchmarks/choices.py" in article
    assert "reports/figures/learning_curves.svg" in article


def test_page_begins_with_what_it_is(ready):
    page = page_of(ready)
    first = page.split('<main id="main">')[1].split("</section>")[0]
    assert "What this is" in first
    assert "mini_svd (40 queries)" in first
    assert 'href="#introduction"' in page


def test_numbers_of_the_paper_stand_below_the_runs_and_are_explained(ready):
    page = page_of(ready)
    article = page.split('id="table-methods"')[1].split("</article>")[0]
    (row,) = [row for row in article.split('<tr class="reported">') if text_of(row).startswith("paper: HAP-VR")]
    # No tick, its training set, EVVR, SVR, DSVR, CSVR, ISVR, then the same of µAP; empty in the paper: –
    numbers = ["–", "89.0", "92.8", "88.2", "–", "82.9", "67.9", "–", "–", "–"]
    assert re.findall(r"<td>([^<]*)</td>", row.split("</tr>")[0]) == ["", "VCDB (D)", *numbers]
    assert "not to be compared digit by digit" in page


def test_an_absent_figure_names_the_command_that_makes_it(ready):
    (ready.reports / "figures" / "ablation.png").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"ablation\.png: no such file; make it with `dvc repro figures@ablation`"
    ):
        report(ready)


def test_every_figure_has_a_caption():
    for name in FIGURES:
        caption = import_module(FIGURES.module(name)).CAPTION
        assert caption.title
        assert caption.text.endswith(".")
