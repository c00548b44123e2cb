"""The real benchmarks in small: everything but the pixels and the size of the lists is the real thing.

Two queries of each published annotation with a handful of videos, under their real ids, and weights in the published
layouts go from a server on 127.0.0.1 through every stage of the paper preset.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml
from sklearn.metrics import average_precision_score

from hapvr.params import load
from hapvr.pipeline.code import Code
from hapvr.pipeline.plan import make_plan
from hapvr.storage.scores import read_scores
from tests.miniature.cuts import Cut, cut
from tests.miniature.world import BROKEN, Place, World, miniature
from tests.workflow.clone import REPOSITORY

pytestmark = pytest.mark.miniature

INCIDENTS = ["CSVD", "CSVD_h", "CSVR", "CSVR_h", "DSVD", "DSVD_h", "DSVR", "DSVR_h", "ISVD", "ISVD_h", "ISVR", "ISVR_h"]
TASKS = {
    "evve": ["EVVD", "EVVR"],
    "svd": ["SVD", "SVR"],
    "fivr_5k": INCIDENTS,
    "fivr_200k": INCIDENTS,
    "vcdb": ["VCD", "VCD*", "VCR", "VCR*"],
    "cc_web_video": ["CC_WEB", "CC_WEB*", "CC_WEB*_c", "CC_WEB_c"],
}
Datasets = dict[str, tuple[Cut, Place]]


@pytest.fixture(scope="module")
def annotations(shared: Path) -> Path:
    folder = shared / "annotations"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder


@pytest.fixture(scope="module")
def paper(annotations: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Datasets]]:
    """The six datasets of the paper preset after one run of Snakemake."""
    evve, svd, fivr = (cut(name, annotations) for name in ("evve", "svd", "fivr_5k"))
    dead = {fivr.database[3]: "private", fivr.database[-4]: "gone"}
    vcdb = cut("vcdb", annotations)
    datasets = {
        "vcdb": (vcdb, Place("upstream/vcdb", "videos/{id}.flv", None, {vcdb.queries[0]: "absent"})),
        "dns_100k": (cut("dns_100k", annotations), Place("upstream/dns_100k", "{id}.mp4", "pages", {})),
        "evve": (evve, Place("upstream/evve", "{id}.mp4", "pages", _missing_of_evve(evve))),
        "svd": (svd, Place("upstream/svd", "{id}.mp4", "files", {svd.database[0]: "gone"})),
        "fivr_5k": (fivr, Place("upstream/fivr_200k", "{id}.mp4", "pages", dead)),
        "fivr_200k": (cut("fivr_200k", annotations), Place("upstream/fivr_200k", "{id}.mp4", "pages", dead)),
    }
    with miniature(tmp_path_factory.mktemp("paper"), "miniature", datasets) as world:
        world.run("snakemake", "--cores", "2")
        yield world, datasets


def _missing_of_evve(evve: Cut) -> dict[str, str]:
    return {evve.queries[0]: "gone", evve.database[1]: "private", evve.database[2]: BROKEN}


@pytest.fixture(scope="module")
def on_request(annotations: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Datasets]]:
    """DnS-100K to train on, VCDB by S2VS's file and CC_WEB_VIDEO in its folders to rank."""
    vcdb, web = cut("vcdb_pickle", annotations), cut("cc_web_video", annotations)
    datasets = {
        "dns_100k": (cut("dns_100k", annotations), Place("upstream/dns_100k", "{id}/video.mp4", "pages", {})),
        "vcdb": (vcdb, Place("upstream/vcdb", "videos/{id}.flv", None, {vcdb.unranked[0]: "absent"})),
        "cc_web_video": (web, Place("upstream/cc_web_video", "Videos/{id}.flv", None, {web.database[3]: "absent"})),
    }
    with miniature(tmp_path_factory.mktemp("on_request"), "on_request", datasets) as world:
        world.run("snakemake", "--cores", "2")
        yield world, datasets


def test_every_stage_of_the_paper_preset_ran_and_nothing_is_left(paper: tuple[World, Datasets]) -> None:
    world, _ = paper
    locked = set(yaml.safe_load((world.folder / "dvc.lock").read_text(encoding="utf-8"))["stages"])
    expected = stages_of_one_seed(REPOSITORY / "presets" / "paper.yaml", shards=2)
    assert sorted(locked) == sorted(expected)
    assert "up to date" in world.run("dvc", "status")


def test_what_was_fetched_is_what_was_published(paper: tuple[World, Datasets]) -> None:
    world, datasets = paper
    asked = Counter(path for path, _ in world.site.requests)
    for content, place in datasets.values():
        assert all(asked[f"/annotation/{name}"] >= 1 for name in content.files)
        assert all(not asked[f"/{video}.mp4"] for video in place.missing)
    weights = [path for path in asked if path.startswith("/weights/")]
    assert len(weights) == 4
    # It was cut off once, and went on from there.
    assert [rest for path, rest in world.site.requests if path.endswith("/resnet50.safetensors")] == [
        None,
        f"bytes={40 << 20}-",
    ]


def test_the_paper_benchmarks_have_what_their_annotations_say(paper: tuple[World, Datasets]) -> None:
    world, datasets = paper
    check_benchmarks(world, {name: found for name, found in datasets.items() if name not in ("vcdb", "dns_100k")})


def test_the_training_set_lacks_what_was_not_there(paper: tuple[World, Datasets]) -> None:
    world, datasets = paper
    content, place = datasets["vcdb"]
    assert reasons(world.folder, "vcdb") == {**dict.fromkeys(content.videos, ""), **place.missing}


def test_metrics_of_the_frozen_run_are_those_of_the_stored_features(paper: tuple[World, Datasets]) -> None:
    """ViSiL_f on FIVR-200K: Chamfer written out, average precision by scikit-learn."""
    folder = paper[0].folder
    truth = json.loads((folder / "data" / "fivr_200k" / "dataset.json").read_text(encoding="utf-8"))
    features = stored(folder / "data" / "fivr_200k" / "features")
    (scores,) = read_scores(folder / "scores" / "visil_f" / "fivr_200k.h5").values()
    database = [video for video in truth["database"] if video in features]
    expected = np.array([[chamfer(features[query], features[of]) for of in database] for query in truth["queries"]])
    order = [scores.database.index(video) for video in database]
    rows = [scores.queries.index(query) for query in truth["queries"]]
    np.testing.assert_allclose(scores.similarity[np.ix_(rows, order)], expected, atol=1e-5)

    metrics = json.loads((folder / "reports" / "metrics" / "fivr_200k" / "visil_f.json").read_text(encoding="utf-8"))
    for name, labels in {"DSV": ["ND", "DS"], "CSV": ["ND", "DS", "CS"], "ISV": ["ND", "DS", "CS", "IS"]}.items():
        relevant = [
            {video for label in labels for video in truth["relevance"][query].get(label, [])}
            for query in truth["queries"]
        ]
        kept = [[video != query for video in database] for query in truth["queries"]]
        is_relevant = [
            np.array([video in videos for video in database])[mask] for videos, mask in zip(relevant, kept, strict=True)
        ]
        ranked = [row[mask] for row, mask in zip(expected, kept, strict=True)]
        each = [average_precision_score(*pair) for pair in zip(is_relevant, ranked, strict=True)]
        assert metrics[f"{name}R"]["mAP"] == pytest.approx(np.mean(each), abs=1e-9)
        pooled = average_precision_score(np.concatenate(is_relevant), np.concatenate(ranked))
        assert metrics[f"{name}D"]["uAP"] == pytest.approx(pooled, abs=1e-9)


def test_tables_and_page_have_every_run(paper: tuple[World, Datasets]) -> None:
    check_reports(paper[0].folder)


def test_datasets_on_request_go_through_the_same_stages(on_request: tuple[World, Datasets]) -> None:
    world, datasets = on_request
    assert "up to date" in world.run("dvc", "status")
    check_benchmarks(world, {name: found for name, found in datasets.items() if name != "dns_100k"})
    check_reports(world.folder)
    # Those that were fetched are deleted once their frames are stored; the user's own stay.
    kept = {path.parent.name for path in (world.folder / "upstream" / "dns_100k").glob("*/video.*")}
    assert kept == set(datasets["dns_100k"][0].videos[::2])


def check_benchmarks(world: World, datasets: Datasets) -> None:
    """Tasks, counts and reasons of every run's results, from the cuts alone."""
    params = load(world.folder / "params.yaml")
    for benchmark, (content, place) in datasets.items():
        folder = world.folder / "reports" / "metrics" / benchmark
        queries = [video for video in content.queries if video in place.missing]
        database = [video for video in content.database if video in place.missing]
        available = json.loads((folder / "availability.json").read_text(encoding="utf-8"))
        for what, asked, missing in (
            ("queries", content.queries, queries),
            ("database", content.database, database),
        ):
            counts = available[what]
            assert (counts["asked"], counts["found"]) == (len(asked), len(asked) - len(missing)), benchmark
            said = Counter(place.missing[video] for video in missing if place.missing[video] != BROKEN)
            assert sum(counts["missing"].values()) == len(missing)
            assert {reason: counts["missing"].get(reason, 0) for reason in said} == said
        assert sorted(available["relevant_pairs"]) == TASKS[benchmark]
        assert all(pairs["asked"] > pairs["lost"] >= 0 for pairs in available["relevant_pairs"].values())
        for run in (name for name in params.evaluated if benchmark in params.benchmarks_of(name)):
            metrics = json.loads((folder / f"{run}.json").read_text(encoding="utf-8"))
            assert sorted(metrics) == sorted([*TASKS[benchmark], "missing"]), (benchmark, run)
            assert metrics["missing"] == {
                "queries": len(queries), "queries_of": len(content.queries),
                "database": len(database), "database_of": len(content.database), "salvaged": 0,
            }  # fmt: skip
            values = [value for task in TASKS[benchmark] for value in metrics[task].values()]
            assert all(0 <= value <= 1 for value in values)


def check_reports(folder: Path) -> None:
    params = load(folder / "params.yaml")
    for name, table in params.tables.items():
        with (folder / "reports" / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
        assert len(rows) > len(table.runs), name
        text = (folder / "reports" / "tables" / f"{name}.md").read_text(encoding="utf-8")
        assert all(str(params.runs[run].label) in text for run in table.runs)
    for name in params.differences.tables:
        assert len((folder / "reports" / "tables" / f"differences_{name}.csv").read_text().splitlines()) > 1
    page = (folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert page.count("<img") + page.count("<svg") >= len(params.figures)


def stages_of_one_seed(preset: Path, *, shards: int) -> Iterator[str]:
    """Names of the stages of a preset with so many shards and the first seed, as DVC has them."""
    params = load(preset)
    train = params.train.model_copy(update={"seeds": params.train.seeds[:1]})
    content = params.model_copy(update={"shards": list(range(shards)), "train": train})
    variables: dict[str, Any] = {
        **make_plan(content, Code(REPOSITORY / "hapvr")),
        "views.shards": params.views.shards, "tables": list(params.tables),
        "differences.tables": list(params.differences.tables),
    }  # fmt: skip
    for name, stage in yaml.safe_load((REPOSITORY / "dvc.yaml").read_text(encoding="utf-8"))["stages"].items():
        if over := stage.get("foreach") or next(iter(stage.get("matrix", {}).values()), None):
            yield from (f"{name}@{item}" for item in variables[over.removeprefix("${").removesuffix("}")])
        else:
            yield name


def reasons(folder: Path, dataset: str) -> dict[str, str]:
    """Video → why it is missing, "" where it is not, of all shards."""
    found = {}
    for path in (folder / "data" / dataset / "videos").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found |= {row["video"]: row["reason"] for row in csv.DictReader(file)}
    return found


def stored(folder: Path) -> dict[str, np.ndarray]:
    """Video → its features [T, 9, D]."""
    found = {}
    for path in folder.glob("*.h5"):
        with h5py.File(path) as file:
            found |= {video: array[:].astype(np.float32) for video, array in file.items()}
    return found


def chamfer(query: np.ndarray, target: np.ndarray) -> float:
    """Chamfer similarity of regions, then of frames, written out."""
    products = np.einsum("trd,usd->turs", query, target)
    frames = products.max(-1).mean(-1)
    return float(frames.max(1).mean())
