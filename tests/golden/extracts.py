"""What the golden numbers need of the published annotations, without the ids: small enough and free to be committed.

The golden scores are CRC-32 checksums of texts with ids in them, and the checksum of two texts in a row follows from
those of each: an id's checksum and length stand for the id, everywhere.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from hapvr.datasets import READERS
from hapvr.datasets.dataset import Dataset

FOLDER = Path(__file__).parent / "extracts"
BENCHMARKS = ["cc_web_video", "evve", "fivr_200k", "fivr_5k", "svd"]


@dataclass(frozen=True)
class Extract:
    """A benchmark in which numbers stand for ids: first the database's, in its order, then the others'.

    dataset: its ids are these numbers in digits; it names no paths of videos. checksum: uint32 [ids], CRC-32 of each
    published id; length: uint8 [ids], in bytes.
    """

    dataset: Dataset
    checksum: np.ndarray
    length: np.ndarray


def read_annotations(name: str, folder: Path) -> Dataset:
    """The benchmark as the project reads it from the published annotation files in `folder`."""
    return READERS[name](folder)


def make_extract(dataset: Dataset) -> Extract:
    """Puts numbers for ids."""
    ids = list(dict.fromkeys([*dataset.database, *dataset.videos, *_ids_of_labels(dataset)]))
    published = [published_id(dataset.name, video).encode() for video in ids]
    return Extract(
        _renamed(dataset, {video: str(number) for number, video in enumerate(ids)}),
        np.array([crc32(name) for name in published], np.uint32),
        np.array([len(name) for name in published], np.uint8),
    )


def published_id(benchmark: str, video: str) -> str:
    """The id that the published file has, where ours differs."""
    match benchmark:
        case "svd":
            return f"{video}.mp4"
        case "cc_web_video":
            return f"{video.split('_')[0]}/{video}"
    return video


def write_extract(folder: Path, extract: Extract) -> None:
    """Writes `{benchmark}.npz`; the same extract gives the same bytes."""
    content = extract.dataset.model_dump(exclude={"videos", "database"}, exclude_defaults=True)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        folder / f"{extract.dataset.name}.npz",
        checksum=extract.checksum,
        length=extract.length,
        database=np.int64(len(extract.dataset.database)),
        dataset=np.frombuffer(json.dumps(content, separators=(",", ":")).encode(), np.uint8),
    )


def read_extract(name: str, folder: Path = FOLDER) -> Extract:
    """Reads what `write_extract` wrote."""
    with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
        content = json.loads(arrays["dataset"].tobytes())
        content |= {"videos": {}, "database": [str(number) for number in range(arrays["database"])]}
        return Extract(Dataset.model_validate(content), arrays["checksum"], arrays["length"])


def combine_crc32(first: int, second: np.ndarray, length: np.ndarray) -> np.ndarray:
    """CRC-32 of a text followed by each of several others, uint32 [texts], from the checksums of all.

    first: checksum of what comes first. second: uint32 [texts], checksums of what follows; length: its bytes.
    Checksums are linear up to a constant: a text changes the checksum before it as zeros of its length do.
    """
    lengths, which = np.unique(length, return_inverse=True)
    zeros = [bytes(number) for number in lengths.tolist()]
    moved = np.array([crc32(text, first) ^ crc32(text) for text in zeros], np.uint32)
    return moved[which] ^ second


def _ids_of_labels(dataset: Dataset) -> list[str]:
    return [video for labels in dataset.relevance.values() for videos in labels.values() for video in videos]


def _renamed(dataset: Dataset, number: dict[str, str]) -> Dataset:
    def each(videos: list[str]) -> list[str]:
        return [number[video] for video in videos]

    def by_query(lists: dict[str, list[str]]) -> dict[str, list[str]]:
        return {number[query]: each(videos) for query, videos in lists.items()}

    return Dataset(
        name=dataset.name,
        videos={},
        training=each(dataset.training),
        queries=each(dataset.queries),
        database=each(dataset.database),
        relevance={
            number[query]: {label: each(videos) for label, videos in labels.items()}
            for query, labels in dataset.relevance.items()
        },
        tasks=dataset.tasks,
        candidates=None if dataset.candidates is None else by_query(dataset.candidates),
        distractors=each(dataset.distractors),
        excluded=by_query(dataset.excluded),
        easy=each(dataset.easy) if isinstance(dataset.easy, list) else by_query(dataset.easy),
        groups={group: each(queries) for group, queries in dataset.groups.items()},
    )
