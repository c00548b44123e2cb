"""The one small metric of DVC."""

import json

from hapvr.reports.headline import main_value
from hapvr.stages.headline import headline
from hapvr.storage.files import write_json


def test_the_first_task_with_a_map_stands_for_a_benchmark():
    values = {
        "DSVD": {"uAP": 0.4},
        "DSVR": {"mAP": 0.6, "mAP_sd": 0.1},
        "CSVR": {"mAP": 0.5},
        "missing": {"queries": 0},
    }
    assert main_value(values) == {"DSVR_mAP": 0.6}


def test_a_benchmark_that_no_query_can_answer_has_no_value():
    assert main_value({"DSVR": {}, "missing": {"queries": 3}}) == {}


def test_each_run_has_a_value_per_benchmark_and_no_other_run_is_in_it(project):
    for run in project.params.headline.runs:
        for place, benchmark in enumerate(project.params.benchmarks_of(run)):
            values = {"DSVR": {"mAP": 0.5 + place / 100}, "missing": {}}
            write_json(project.reports / "metrics" / benchmark / f"{run}.json", values)
    headline(project)
    content = json.loads((project.reports / "headline.json").read_text())
    assert list(content) == project.params.headline.runs
    for run, values in content.items():
        assert values == {
            benchmark: {"DSVR_mAP": 0.5 + place / 100}
            for place, benchmark in enumerate(project.params.benchmarks_of(run))
        }
