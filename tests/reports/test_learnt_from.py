"""The columns of the method table that say what a row has learnt from."""

import pandas as pd
import pytest
from ruamel.yaml import YAML

from hapvr.fetch.conversions import CONVERTED
from hapvr.methods import METHODS
from hapvr.params.load import check_content
from hapvr.params.preset import as_text, read_preset
from hapvr.reports.learnt_from import PUBLISHED, training_set_named
from hapvr.stages.tables import tables
from tests.reports.conftest import REPOSITORY


@pytest.fixture(scope="module")
def paper():
    text = as_text(read_preset(REPOSITORY / "presets", "paper"))
    return check_content(YAML(typ="safe", pure=True).load(text), "paper.yaml")


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("hapvr", "vcdb (D)"), ("hapvr_normalised", "vcdb (D)"), ("visil", "vcdb (C & D)"), ("dns_att", "dns_100k"),
        ("dns_reranked", "dns_100k"), ("visil_f", "ImageNet"), ("tmk", "ImageNet"), ("s2vs_published", "VCDB (D)"),
        ("random", ""),
    ],
)  # fmt: skip
def test_training_set_is_that_of_the_run_itself(paper, run, expected):
    assert training_set_named(paper, run) == expected


def test_every_published_model_that_ranks_says_what_it_was_trained_on():
    methods = {name: method for name, method in CONVERTED.items() if method in METHODS}
    ranking = {name for name, method in methods.items() if METHODS.constant(method, "retrieves") is not False}
    assert ranking == set(PUBLISHED)


def test_table_has_the_columns_of_the_paper_and_the_papers_own_values_below(project):
    tables(project, "methods")
    folder = project.reports / "tables"
    table = pd.read_csv(folder / "methods.csv").drop_duplicates("run").set_index("run")
    assert table.loc["visil", "training_set"] == "mini_vcdb (C & D)"
    assert table.loc["dns_att", ["labels", "training_set"]].tolist() == [True, "mini_vcdb (D)"]
    values = (folder / "methods.md").read_text().split("95 % intervals")[0].splitlines()
    lines = {line.split("|")[1].strip(): line for line in values if "|" in line}
    assert [cell.strip() for cell in lines["DnS (S_f^A)"].split("|")[2:4]] == ["✓", "mini_vcdb (D)"]
    assert [cell.strip() for cell in lines["*paper: DnS (S_f^A)*"].split("|")[2:4]] == ["*✓*", "*DnS-100K*"]
    assert r"HAP-VR &  & mini\_vcdb (D) &" in (folder / "methods.tex").read_text()


def test_intervals_in_all_three_files_are_those_of_the_summaries(project, results):
    tables(project, "ablation")
    folder = project.reports / "tables"
    found = pd.read_csv(folder / "ablation.csv").query("run == 'hapvr' and task == 'DSVR'").set_index("convention")
    of_run = results.summary("hapvr", "mini_fivr")["DSVR"]
    assert found.loc["available", ["low", "high"]].tolist() == [100 * of_run["mAP_low"], 100 * of_run["mAP_high"]]
    assert found.loc["strict", ["low", "high"]].isna().all()
    for suffix in ("md", "tex"):
        text = (folder / f"ablation.{suffix}").read_text()
        assert f"[25.0,{'~' if suffix == 'tex' else chr(0xA0)}75.0]" in text
        assert "mini_fivr: 8 of 8 queries" in text.replace("\\", "")
