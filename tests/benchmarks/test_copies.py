"""What `benchmarks/copies.py` says follows from the pairs as it says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from calibration import fit, reliability
from clip_edits import Clip, Plan
from copies_page import END, START, precision_table, put_between_marks
from copy_choice import choose
from copy_pairs import COPY, OTHER, SCENE, Pair, Seen, overlap, pairs_of_footage, thirds
from copy_study import average_precision, calibrate
from footage import Footage

from hapvr.search.answers.answer import Findings
from hapvr.search.answers.evidence import Evidence
from hapvr.search.answers.runs import Run


def test_fitted_probabilities_are_those_of_the_pairs():
    rng = np.random.default_rng(0)
    evidence = [Evidence(*values) for values in rng.uniform(0, 1, (4000, 4))]
    true = np.array([1 / (1 + np.exp(-(8 * one.level - 4))) for one in evidence])
    found = fit(evidence, rng.random(4000) < true, np.ones(4000))
    said = np.array([found(one) for one in evidence])
    assert np.abs(said - true).mean() < 0.03


def test_more_evidence_never_makes_a_copy_less_likely():
    evidence = [Evidence(value, 0.5, 0.5, 1.0) for value in np.linspace(0, 1, 50)]
    found = fit(evidence, np.linspace(0, 1, 50) < 0.5, np.ones(50))
    assert all(weight >= 0 for weight in found.weights.values())


def test_weights_count_as_so_many_pairs():
    evidence = [Evidence(value, 0.0, 0.0, 0.0) for value in (0.0, 1.0, 0.3, 0.7, 0.6)]
    wanted = np.array([False, True, False, True, False])
    one = fit([*evidence, evidence[-1], evidence[-1]], np.append(wanted, [False, False]), np.ones(7))
    other = fit(evidence, wanted, np.array([1, 1, 1, 1, 3]))
    assert one.intercept == pytest.approx(other.intercept, abs=0.02)
    assert one.weights["score"] == pytest.approx(other.weights["score"], abs=0.02)


def test_sources_weigh_the_same():
    rows = [{"kind": kind, "source": source, "score": 0.5, "level": 0.5, "contrast": 0.5, "seconds": 1.0}
            for kind, source, count in ((COPY, "few", 10), (OTHER, "many", 1000)) for _ in range(count)]  # fmt: skip
    found = calibrate(pd.DataFrame(rows))["copy"]
    assert found(Evidence(0.5, 0.5, 0.5, 1.0)) == pytest.approx(0.5, abs=0.01)


def test_reliability_counts_pairs_between_edges():
    table = reliability(np.array([0.05, 0.2, 0.3, 1.0]), np.array([False, False, True, True]), (0, 0.1, 0.5, 1))
    assert list(table["pairs"]) == [1, 2, 1]
    assert list(table["copies among them"]) == ["0 %", "50 %", "100 %"]


def test_an_edit_is_ranked_among_what_is_no_copy():
    rows = [("a", COPY, "crop", 0.5), ("a", COPY, "flip", 0.9), ("a", OTHER, "", 0.7), ("a", SCENE, "thirds", 0.8),
            ("b", COPY, "crop", 0.5), ("b", OTHER, "", 0.5), ("b", OTHER, "", 0.1)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["query", "kind", "edit", "score"])
    assert average_precision(table, "score") == {
        "crop": pytest.approx((1 / 2 + 1 / 1.5) / 2),
        "flip": 1.0,
        "uAP": pytest.approx((1 + 3 / 5 + 3 / 5) / 3),
    }
    found = {"one": {"flip": 1.0, "crop": 0.5}, "other": {"flip": 0.9}}
    assert "| one      | **100.0** | **50.0** |\n| other    | 90.0      | –        |" in precision_table(found)


def test_of_runs_that_clips_cannot_tell_apart_the_frozen_one_is_chosen():
    def table(*lows: float) -> pd.DataFrame:
        """Ten queries, each with a flipped copy at 0.5 and another video at one of these scores."""
        rows = [(f"q{number}", kind, edit, value) for number in range(10)
                for kind, edit, value in ((COPY, "flip", 0.5), (OTHER, "", lows[number % len(lows)]))]  # fmt: skip
        return pd.DataFrame(rows, columns=["query", "kind", "edit", "score"])

    good, same, bad = table(0.1), table(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.6), table(0.6)
    assert choose({"trained": good, "frozen": same, "other": bad}, ["frozen", "other"]) == "frozen"
    assert choose({"trained": good, "other": bad}, ["other"]) == "trained"


@pytest.fixture
def footage():
    one, two, three = (Clip(name, Path(f"{name}.mp4"), 320, 240, 150) for name in ("one", "two", "three"))
    values = {"cut": 30.0, "first": 45.0, "frames": 60.0}
    plans = [Plan("embedded", one, two, values), Plan("inset", one, two, {"side": 0.6}), Plan("flip", two, None, {})]
    return Footage([one, two, three], plans, {})


def test_pairs_say_what_a_video_is_to_a_clip(footage):
    embedded, inset, flip = (plan.id for plan in footage.plans)
    pairs = {(pair.query, pair.video): pair for pair in pairs_of_footage(footage)}
    assert pairs["one", embedded] == Pair("one", embedded, COPY, "embedded", (3.0, 7.0, 2.0, 6.0))
    assert pairs["two", embedded][2:4] == (COPY, "interrupted")
    assert ("two", inset) not in pairs
    assert pairs["three", flip].kind == pairs["three", embedded].kind == pairs["one", "two"].kind == OTHER
    assert ("one", "one") not in pairs


def seen(**frames: int) -> Seen:
    features = {name: np.zeros((count, 9, 4)) for name, count in frames.items()}
    return Seen(features, {name: np.arange(count) / 4 for name, count in frames.items()}, {}, 1, 4)


def test_thirds_of_a_clip_share_no_frame():
    found, [pair] = thirds(seen(one=20), ["one"])
    assert pair == Pair("one#first", "one#last", SCENE, "thirds")
    assert (found.times["one#first"][-1], found.times["one#last"][0]) == (1.25, 3.5)


def test_overlap_is_the_worse_of_query_and_video():
    pair = Pair("one", "two", COPY, "embedded", (1.0, 3.0, 5.0, 7.0))
    run = Run((4, 12), (20, 24), 4, 0.9, 2.0)
    found = Findings(Evidence(0.9, 0.9, 0.5, 1.0), [run], (20, 40), False)
    assert overlap(pair, found, seen(one=20, two=40)) == pytest.approx(0.5)
    assert overlap(pair, found._replace(runs=[]), seen(one=20, two=40)) == 0


def test_tables_go_between_their_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{START}\n\nold\n\n{END}\n\nafter\n")
    put_between_marks(page, ["new \\1"])
    assert page.read_text() == f"before\n\n{START}\n\nnew \\1\n\n{END}\n\nafter\n"
    page.write_text("nothing")
    with pytest.raises(ValueError, match=r"page.md: expected the lines <!-- made by"):
        put_between_marks(page, ["new"])
