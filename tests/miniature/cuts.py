"""The published annotations, cut down to two queries and a handful of videos each, in the formats they came in.

VCDB's is handed out on request and not among the reference files: its two formats are written with made-up ids.
"""

import json
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

QUERIES = 2
FIVR_LABELS = ("ND", "DS", "CS", "IS", "DA")


@dataclass(frozen=True)
class Cut:
    """Annotation files by name, and what is in them.

    files: those that are fetched; given: those that come with the videos, by path below their folder. looks: video →
    what it shows; videos of one incident look alike. unranked: training videos.
    """

    files: dict[str, bytes]
    queries: list[str]
    database: list[str]
    looks: dict[str, str]
    given: dict[str, bytes] = field(default_factory=dict)
    unranked: list[str] = field(default_factory=list)

    @property
    def videos(self) -> list[str]:
        return sorted({*self.queries, *self.database, *self.unranked})


def cut(dataset: str, annotations: Path) -> Cut:
    """A published dataset in small. annotations: the folder of the whole files."""
    made: Cut = CUTS[dataset](annotations)
    return made


def cut_evve(annotations: Path) -> Cut:
    """Two events with two queries and three positives each, and two videos of no event."""
    whole = pickle.loads((annotations / "evve.pickle").read_bytes())
    events, looks = {}, {}
    for event, (queries, positives, nulls) in sorted(whole["annotation"].items())[:2]:
        events[event] = set(sorted(queries)[:2]), set(sorted(positives)[:3]), set(sorted(nulls)[:1])
        looks |= dict.fromkeys([*events[event][0], *events[event][1]], event)
    in_some = {video for parts in whole["annotation"].values() for part in parts for video in part}
    others = [video for video in sorted(whole["database"]) if video not in in_some][:2]
    queries = sorted(video for of_event in events.values() for video in of_event[0])
    database = sorted([*(set(looks) - set(queries)), *others])
    content = {"annotation": events, "queries": queries, "database": database}
    assert content.keys() == whole.keys()
    return Cut({"evve.pickle": pickle.dumps(content)}, queries, database, looks | {video: video for video in others})


def cut_svd(annotations: Path) -> Cut:
    """Two queries with two duplicates and two others each; the candidates of a third one stand for the unlabelled."""
    lines = [line.split() for line in (annotations / "svd_test_groundtruth.txt").read_text().splitlines()]
    queries = list(dict.fromkeys(query for query, _, _ in lines))
    kept, looks = [], dict[str, str]()
    for query in queries[:QUERIES]:
        of_query = [line for line in lines if line[0] == query]
        kept += [line for label in "10" for line in [line for line in of_query if line[2] == label][:2]]
        looks[query] = query
    looks |= {video: query if label == "1" else video for query, video, label in kept}
    unlabelled = [video for query, video, _ in lines if query == queries[QUERIES]][:3]
    looks |= {video: video for video in unlabelled}
    files = {
        "svd_test_groundtruth.txt": "".join(" ".join(line) + "\n" for line in kept).encode(),
        "svd_unlabelled_ids.txt": _lines(unlabelled),
    }
    database = _stems([*(video for _, video, _ in kept), *unlabelled])
    named = {Path(video).stem: Path(look).stem for video, look in looks.items()}
    return Cut(files, _stems(queries[:QUERIES]), database, named)


def cut_fivr_5k(annotations: Path) -> Cut:
    """Two queries with two videos of every label, and two videos of no label."""
    whole = pickle.loads((annotations / "fivr_audio.pickle").read_bytes())
    labelled, others = _fivr(annotations)
    version = {"queries": sorted(labelled), "database": set(_ranked(labelled, others[:2]))}
    content = {"annotation": labelled, "5k": version, "200k": {"queries": [], "database": set()}}
    assert content.keys() == whole.keys()
    return _fivr_cut(annotations, {"fivr_audio.pickle": pickle.dumps(content)}, labelled, others[:2])


def cut_fivr_200k(annotations: Path) -> Cut:
    """The same, and four videos more, whose names begin with a dash."""
    labelled, others = _fivr(annotations)
    files = {
        "fivr_annotation.json": json.dumps(labelled, indent=1).encode(),
        "fivr_youtube_ids.txt": _lines(_ranked(labelled, others)),
    }
    return _fivr_cut(annotations, files, labelled, others)


def cut_vcdb(annotations: Path) -> Cut:
    """Two topics of the publisher's annotation with three videos each, and distractors."""
    core, _ = _vcdb()
    given = {}
    for topic, videos in core.items():
        pairs = [f"{first}.flv,{second}.flv,00:00:00,00:00:05,00:00:01,00:00:06" for first, second in pairwise(videos)]
        given[f"annotation/{topic}.txt"] = _lines(pairs)
    return _vcdb_cut(given)


def cut_vcdb_pickle(annotations: Path) -> Cut:
    """The same in the one file of S2VS's code."""
    core, distractors = _vcdb()
    positives = {video: set(videos) - {video} for videos in core.values() for video in videos}
    content = {"queries": sorted(positives), "positives": positives, "dataset": distractors}
    return _vcdb_cut({"vcdb.pickle": pickle.dumps(content)})


def cut_cc_web_video(annotations: Path) -> Cut:
    """Two query sets with two videos of every label letter, one of them excluded."""
    whole = pickle.loads((annotations / "cc_web_video.pickle").read_bytes())
    names = {number: name for name, number in whole["index"].items()}
    queries, truth, excluded, looks = whole["queries"][:QUERIES], [], [], {}
    for position, query in enumerate(queries):
        of_query = whole["ground_truth"][position]
        letters = {letter: [number for number in sorted(of_query) if of_query[number] == letter] for letter in "ESLMVX"}
        kept = {whole["index"][query], *(number for numbers in letters.values() for number in numbers[:2])}
        out = min(whole["excluded"][position] & of_query.keys() or {max(kept)})
        kept.add(out)
        truth.append({number: of_query[number] for number in sorted(kept)})
        excluded.append({out})
        looks |= {number: names[number] if of_query[number] == "X" else query for number in kept}
    content = {
        "index": {names[number]: number for number in sorted(looks)},
        "ground_truth": truth, "excluded": excluded, "queries": queries,
    }  # fmt: skip
    assert content.keys() == whole.keys()
    by_name = {names[number].rpartition("/")[2]: look for number, look in looks.items()}
    short = [query.rpartition("/")[2] for query in queries]
    return Cut({"cc_web_video.pickle": pickle.dumps(content)}, short, sorted(by_name), by_name)


def cut_dns_100k(annotations: Path) -> Cut:
    """Six ids."""
    ids = (annotations / "dns_100k.txt").read_text().split()[:6]
    return Cut({"dns_100k.txt": _lines(ids)}, [], [], {video: video for video in ids}, unranked=ids)


CUTS: dict[str, Callable[[Path], Cut]] = {
    "evve": cut_evve, "svd": cut_svd, "fivr_5k": cut_fivr_5k, "fivr_200k": cut_fivr_200k, "vcdb": cut_vcdb,
    "vcdb_pickle": cut_vcdb_pickle, "cc_web_video": cut_cc_web_video, "dns_100k": cut_dns_100k,
}  # fmt: skip


def _fivr(annotations: Path) -> tuple[dict[str, dict[str, list[str]]], list[str]]:
    """The first queries that have every label in FIVR-5K, cut, and ids of FIVR-200K with none of its labels."""
    whole = pickle.loads((annotations / "fivr_audio.pickle").read_bytes())
    ranked, annotation = set(whole["5k"]["database"]), whole["annotation"]
    found = {
        query: {label: sorted(ranked.intersection(annotation[query].get(label, []))) for label in FIVR_LABELS}
        for query in sorted(whole["5k"]["queries"])
    }
    full = [query for query, labelled in found.items() if all(labelled.values())][:QUERIES]
    labelled = {query: {label: videos[:2] for label, videos in found[query].items()} for query in full}
    known = {video for of_query in annotation.values() for videos in of_query.values() for video in videos}
    ids = (annotations / "fivr_youtube_ids.txt").read_text().split()
    others = [video for video in sorted(ranked) if video not in known][:2]
    return labelled, others + [video for video in ids if video.startswith("-") and video not in known][:4]


def _fivr_cut(
    annotations: Path, files: dict[str, bytes], labelled: dict[str, dict[str, list[str]]], others: list[str]
) -> Cut:
    looks = {video: video for video in others}
    for query, of_query in labelled.items():
        looks |= dict.fromkeys([query, *(video for videos in of_query.values() for video in videos)], query)
    all_labelled = {video for of_query in labelled.values() for videos in of_query.values() for video in videos}
    easy = (annotations / "fivr_easy_duplicates.txt").read_text().split()
    files = {**files, "fivr_easy_duplicates.txt": _lines(video for video in easy if video in all_labelled)}
    return Cut(files, sorted(labelled), _ranked(labelled, others), looks)


def _ranked(labelled: dict[str, dict[str, list[str]]], others: list[str]) -> list[str]:
    videos = {video for of_query in labelled.values() for videos in of_query.values() for video in videos}
    return sorted({*videos, *others})


def _vcdb() -> tuple[dict[str, list[str]], list[str]]:
    """Topic → its core videos, and the distractors, by names as long as VCDB's."""
    core = {topic: [f"{number:x}{topic:_<11}" for number in range(3)] for topic in ("baggio", "beckham")}
    return core, [f"background{number:02}" for number in range(6)]


def _vcdb_cut(given: dict[str, Any]) -> Cut:
    core, distractors = _vcdb()
    looks = {video: topic for topic, videos in core.items() for video in videos}
    queries = sorted(looks)
    looks |= {video: video for video in distractors}
    return Cut({}, queries, sorted(looks), looks, given=given, unranked=distractors)


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _stems(names: Iterable[str]) -> list[str]:
    return sorted({Path(name).stem for name in names})
