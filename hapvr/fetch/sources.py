"""Where the published files come from: one row per file."""

from dataclasses import dataclass
from typing import Literal

_FIVR = "https://raw.githubusercontent.com/MKLab-ITI/FIVR-200K/master/dataset"
_S2VS = "https://raw.githubusercontent.com/gkordo/s2vs/main/data"
_HAPVR = "https://raw.githubusercontent.com/yafeng19/HAP-VR/master/data"
_FEATURES = "https://mever.iti.gr/distill-and-select/features"
_VISIL = "http://ndd.iti.gr/visil"
_DINO = "https://huggingface.co/timm/vit_small_patch16_224.dino/resolve/main"
_RESNET = "https://huggingface.co/timm/resnet50.tv_in1k/resolve/main"
_WEIGHTS = "https://mever.iti.gr/s2vs/weights"


@dataclass(frozen=True)
class Source:
    """A published file. dataset: whose, or the model's. name: under which it is kept here."""

    dataset: str
    name: str
    url: str
    kind: Literal["annotation", "features", "weights"]
    limit_mb: int


def _annotation(dataset: str, name: str, folder: str, upstream_name: str | None = None) -> Source:
    return Source(dataset, name, f"{folder}/{upstream_name or name}", "annotation", 64)


SOURCES = [
    _annotation("fivr_200k", "fivr_annotation.json", _FIVR, "annotation.json"),
    _annotation("fivr_200k", "fivr_youtube_ids.txt", _FIVR, "youtube_ids.txt"),
    _annotation("fivr_200k", "fivr_easy_duplicates.txt", _S2VS),
    _annotation("fivr_5k", "fivr_audio.pickle", _S2VS),
    _annotation("fivr_5k", "fivr_easy_duplicates.txt", _S2VS),
    _annotation("evve", "evve.pickle", _S2VS),
    _annotation("svd", "svd_test_groundtruth.txt", _HAPVR, "test_groundtruth"),
    _annotation("svd", "svd_unlabelled_ids.txt", _HAPVR, "unlabeled-data-id"),
    _annotation("cc_web_video", "cc_web_video.pickle", _S2VS),
    _annotation("dns_100k", "dns_100k.txt", _S2VS),
    *(
        Source(dataset, f"{dataset}.hdf5", f"{_FEATURES}/{dataset}.hdf5", "features", size_gb * 1100)
        for dataset, size_gb in {
            "evve": 9, "svd": 150, "fivr_5k": 9, "fivr_200k": 406, "cc_web_video": 31, "vcdb": 118, "dns_100k": 219,
        }.items()
    ),
    Source("resnet50", "resnet50.safetensors", f"{_RESNET}/model.safetensors", "weights", 256),
    Source("dino_vits16", "dino_vits16.safetensors", f"{_DINO}/model.safetensors", "weights", 256),
    Source("s2vs_vcdb", "s2vs_vcdb.pth", f"{_WEIGHTS}/s2vs_vcdb.pth", "weights", 1024),
    Source("s2vs_dns", "s2vs_dns.pth", f"{_WEIGHTS}/s2vs_dns.pth", "weights", 1024),
    Source("whitening", "pca_resnet50_vcdb_1M.pth", f"{_VISIL}/pca_resnet50_vcdb_1M.pth", "weights", 1024),
]  # fmt: skip


def annotations_of(dataset: str) -> list[Source]:
    """The annotation files of a dataset; none for VCDB, whose annotation comes with its videos."""
    return [source for source in SOURCES if source.dataset == dataset and source.kind == "annotation"]


def url_of(source: Source, mirror: str | None) -> str:
    """Where a file is fetched from: its publisher, or the address `mirror` with the name that the file has here."""
    return source.url if mirror is None else f"{mirror.rstrip('/')}/{source.name}"
