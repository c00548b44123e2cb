"""What was found stands beside the numbers."""

import json

import pandas as pd
import pytest
import yaml

from hapvr.project import Project
from hapvr.reports.availability import found_sentences, restricted_sentences
from hapvr.reports.grid import in_latex
from hapvr.stages.differences import difference_of_two
from hapvr.stages.tables import tables
from hapvr.storage.files import write_json

WHOLE = {
    "queries": {"asked": 100, "found": 64, "missing": {"gone": 30, "private": 6}},
    "database": {"asked": 225960, "found": 225960, "missing": {}},
    "relevant_pairs": {"DSVR": {"asked": 9, "lost": 4}},
    "read_in_part": 0,
}
RESTRICTED = WHOLE | {
    "restricted_to": {
        "list": "lists/some_50%.txt",
        "sha256": "0",
        "queries": {"asked": 60, "found": 60, "missing": {}},
        "database": {"asked": 1400, "found": 1399, "missing": {"gone": 1}},
    }
}


def test_one_sentence_says_what_was_found_and_why_the_rest_is_missing():
    assert found_sentences({"fivr": WHOLE}) == [
        "fivr: 64 of 100 queries and 225,960 of 225,960 database videos found; missing queries: 30 gone, 6 private."
    ]


def test_a_restriction_is_part_of_it():
    said = "restricted to the videos on lists/some_50%.txt, 60 of 60 queries and 1,399 of 1,400 database videos found"
    assert said in found_sentences({"a": RESTRICTED})[0]
    assert restricted_sentences({"a": WHOLE, "b": RESTRICTED}) == [
        f"b, {said}: not to be compared with results on all videos."
    ]


def test_special_signs_are_escaped_in_latex():
    assert in_latex("a_b 5 % N × N {µ} \\") == r"a\_b 5 \% N $\times$ N \{$\mu$\} \textbackslash{}"


def test_a_table_has_a_line_for_each_of_its_benchmarks(project):
    write_json(project.availability_file("mini_svd"), WHOLE)
    tables(project, "methods")
    file = project.reports / "tables" / "methods.csv"
    below = file.with_suffix(".md").read_text().split("Videos that the numbers are of:\n\n")[1].split("\n\n")[0]
    assert below.splitlines() == [
        "- mini_evve: 8 of 8 queries and 28 of 28 database videos found.",
        f"- {found_sentences({'mini_svd': WHOLE})[0]}",
        "- mini_fivr: 8 of 8 queries and 76 of 76 database videos found.",
    ]
    assert r"\par{\footnotesize mini\_svd: 64 of 100 queries" in file.with_suffix(".tex").read_text()
    content = pd.read_csv(file)
    row = content[content["benchmark"] == "mini_svd"].iloc[0]
    assert [row[f"queries_{what}"] for what in ("asked", "found")] == [100, 64]
    assert [row[f"database_{what}"] for what in ("asked", "found")] == [225960, 225960]
    assert content["restricted_to"].isna().all()


@pytest.fixture
def restricted(project):
    """Only half of mini_fivr's queries are asked."""
    listed = [f"q{query}" for query in range(4)] + [f"q{query}_ND_{n}" for query in range(4) for n in range(2)]
    (project.root / "list.txt").write_text("\n".join(listed))
    path = project.root / "params.yaml"
    content = yaml.safe_load(path.read_text())
    content["evaluate"]["restrict_to"] = {"mini_fivr": "list.txt"}
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    found = json.loads(project.availability_file("mini_fivr").read_text())
    write_json(project.availability_file("mini_fivr"), found | {"restricted_to": RESTRICTED["restricted_to"]})
    return Project(project.root)


def test_a_restricted_benchmark_is_named_in_every_table(restricted):
    tables(restricted, "ablation")
    file = restricted.reports / "tables" / "ablation.csv"
    assert file.with_suffix(".md").read_text().count("restricted to") == 1
    assert r"restricted to the videos on lists/some\_50\%.txt" in file.with_suffix(".tex").read_text()
    content = pd.read_csv(file)
    assert set(content.loc[content["benchmark"] == "mini_fivr", "restricted_to"]) == {"lists/some_50%.txt"}


def test_differences_are_of_the_restricted_benchmark_and_say_so(project, restricted):
    def printed(of: Project, benchmark: str) -> str:
        return difference_of_two(of, "hapvr", "s2vs", benchmark=benchmark, revision=None)

    text = printed(restricted, "mini_fivr")
    assert "mini_fivr, restricted to the videos on lists/some_50%.txt" in text
    assert "restricted" not in printed(restricted, "mini_evve")
    path = restricted.root / "params.yaml"
    path.write_text(path.read_text().replace("list.txt", "absent.txt"))
    with pytest.raises(FileNotFoundError, match=r"absent\.txt: no such file; evaluate\.restrict_to names a list"):
        printed(Project(restricted.root), "mini_fivr")


def test_absent_availability_names_the_command_that_makes_it(project):
    project.availability_file("mini_fivr").unlink()
    with pytest.raises(FileNotFoundError, match=r"make it with `dvc repro availability@mini_fivr`"):
        tables(project, "ablation")
