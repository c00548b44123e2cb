import json
from pathlib import Path

import pytest

from hapvr.params import load
from hapvr.project import Project
from hapvr.reports.details import metric_key
from hapvr.reports.settings import flat, run_settings, shared_settings
from hapvr.stages.report import report


@pytest.fixture(scope="module")
def page(built_ready):
    report(Project(built_ready))
    return (built_ready / "reports" / "index.html").read_text()


@pytest.fixture(scope="module")
def behind(page):
    return json.loads(page.split('id="behind">')[1].split("</script>")[0])


def test_a_number_has_its_seeds_interval_and_counts(behind):
    detail = behind["numbers"][metric_key("hapvr", "mini_fivr", "DSVR", "available")]
    facts = dict(detail["facts"])
    assert detail["title"] == "HAP-VR, mini_fivr: mAP of DSVR"
    assert [member for member, _ in detail["members"]] == ["0", "1", "2"]
    values = [float(value.split("\u00a0")[0]) for _, value in detail["members"]]
    assert float(facts["mean of its members"].split("\u00a0")[0]) == pytest.approx(sum(values) / 3, abs=0.01)
    assert facts["95 % interval over queries"] == "25.00\u00a0% to 75.00\u00a0%"
    assert facts["queries"] == "8, none missing"
    assert facts["reported in the paper, on other data"] == "92.8 %"
    assert ["Make it again", "dvc repro evaluate@hapvr-mini_fivr"] in detail["commands"]
    assert detail["commands"][-1][1] == "git log -1 -- reports/metrics/mini_fivr/hapvr.json"


def test_a_run_with_one_member_has_a_value_and_no_list(behind):
    detail = behind["numbers"][metric_key("visil_f", "mini_svd", "SVD", "available")]
    assert detail["title"] == "ViSiL_f, mini_svd: µAP of SVD detection"
    assert detail["facts"][0][0] == "value"
    assert detail["members"] == []


def test_a_difference_has_both_values_and_p(behind):
    facts = dict(behind["numbers"]["hapvr-visil_f/mini_evve/EVVR"]["facts"])
    assert facts["difference"] == "+2.00 points"
    assert facts["95 % interval"] == "+1.00 to +3.00 points"
    assert facts["p, with Holm's correction"] == "0.0100"
    assert facts["larger than noise"] == "yes"


def test_a_run_has_its_parameters_and_the_digests_of_its_code(behind):
    run = behind["runs"]["hapvr"]
    assert ["losses.quadlinear_ap.weight", "4"] in run["settings"]
    assert ["method.name", "similarity_network"] in run["settings"]
    assert run["code"] == [
        ["train hapvr", "digest of train hapvr"],
        ["score hapvr", "digest of score hapvr"],
        ["evaluate", "digest of evaluate"],
    ]


def test_runs_made_of_others_have_what_these_are_made_of(project):
    settings = dict(run_settings(project.params, "hapvr_normalised"))
    assert settings["of"] == "hapvr"
    assert settings["normalise.first"] == "1"
    assert settings["hapvr: method.name"] == "similarity_network"
    assert "dns_selector: method.name" in dict(run_settings(project.params, "dns_reranked"))


def test_a_run_with_a_recipe_of_its_own_has_it_among_its_parameters():
    paper = load(Path(__file__).parents[2] / "presets" / "paper.yaml")
    own = dict(run_settings(paper, "s2vs_own"))
    assert (own["train.window"], own["train.learning_rate"]) == ("32", "5e-05")
    assert dict(run_settings(paper, "dns_att"))["training_set"] == "dns_100k"
    assert not {"train.window", "training_set"} & dict(run_settings(paper, "s2vs")).keys()


def test_settings_leave_out_what_changes_no_result(project):
    every = dict(fact for facts in shared_settings(project.params).values() for fact in facts)
    assert every["train.learning_rate"] == "0.0002"
    assert not {"train.workers", "frames.workers", "score.memory_gb"} & set(every)


def test_nested_parameters_are_named_as_in_the_file():
    assert flat({"a": {"b": [1, 2]}, "c": None}, "x") == [("x.a.b", "[1, 2]"), ("x.c", "null")]


def test_every_link_leads_to_something(page, behind):
    keys = {part.split('"')[0] for part in page.split('data-detail="')[1:]}
    assert len(keys) > 300
    assert keys <= set(behind["numbers"])
    assert {name for key in keys for name in behind["numbers"][key]["runs"]} <= set(behind["runs"])
