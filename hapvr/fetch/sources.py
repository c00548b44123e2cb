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
_S2VS_WEIGHTS = "https://mever.iti.gr/s2vs/weights"
_DNS_WEIGHTS = "https://mever.iti.gr/distill-and-select/models"


@dataclass(frozen=True)
class Source:
    """A published file.

    dataset: whose, or the model's. name: under which it is kept here. url: None where the publisher has a page with a
    choice of files, and no address of one. method: for checkpoints that are converted, the method whose weights they
    are, or WHITENING. page: where a person finds the file.
    """

    dataset: str
    name: str
    url: str | None
    kind: Literal["annotation", "features", "weights"]
    limit_mb: int
    method: str = ""
    page: str = ""


WHITENING = "whitening"
_S2VS_PAGE = "https://github.com/gkordo/s2vs"
_DNS_PAGE = "https://github.com/mever-team/distill-and-select"
_VISIL_PAGE = "https://github.com/MKLab-ITI/visil/tree/pytorch"
_HAPVR_PAGE = "https://github.com/yafeng19/HAP-VR/tree/master/ckpt"


def _annotation(dataset: str, name: str, folder: str, upstream_name: str | None = None) -> Source:
    return Source(dataset, name, f"{folder}/{upstream_name or name}", "annotation", 64)


def _checkpoint(name: str, method: str, url: str | None, page: str) -> Source:
    file = f"{name}.pth" if url is None else url.rpartition("/")[2]
    return Source(name, file, url, "weights", 1024, method, page)


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
    _checkpoint("s2vs_vcdb", "similarity_network", f"{_S2VS_WEIGHTS}/s2vs_vcdb.pth", _S2VS_PAGE),
    _checkpoint("s2vs_dns", "similarity_network", f"{_S2VS_WEIGHTS}/s2vs_dns.pth", _S2VS_PAGE),
    _checkpoint("hapvr", "similarity_network", None, _HAPVR_PAGE),
    _checkpoint("dns_fine_att", "dns_att", f"{_DNS_WEIGHTS}/dns_fg_att_student.pth", _DNS_PAGE),
    _checkpoint("dns_fine_bin", "dns_bin", f"{_DNS_WEIGHTS}/dns_fg_bin_student.pth", _DNS_PAGE),
    _checkpoint("dns_coarse", "dns_coarse", f"{_DNS_WEIGHTS}/dns_cg_student.pth", _DNS_PAGE),
    _checkpoint("dns_selector_att", "dns_selector", f"{_DNS_WEIGHTS}/dns_selector_cg-fg_att.pth", _DNS_PAGE),
    _checkpoint("dns_selector_bin", "dns_selector", f"{_DNS_WEIGHTS}/dns_selector_cg-fg_bin.pth", _DNS_PAGE),
    _checkpoint("visil", "visil", f"{_VISIL}/visil.pth", _VISIL_PAGE),
    _checkpoint("visil_symmetric", "visil", f"{_VISIL}/visil_symmetric.pth", _VISIL_PAGE),
    _checkpoint("whitening", WHITENING, f"{_VISIL}/pca_resnet50_vcdb_1M.pth", _VISIL_PAGE),
]  # fmt: skip


def annotations_of(dataset: str) -> list[Source]:
    """The annotation files of a dataset; none for VCDB, whose annotation comes with its videos."""
    return [source for source in SOURCES if source.dataset == dataset and source.kind == "annotation"]


def weights_sources() -> dict[str, Source]:
    """Published weights by name."""
    return {source.dataset: source for source in SOURCES if source.kind == "weights"}


def file_of(source: Source) -> str:
    """Where `hapvr weights` puts published weights, from the project's folder: converted, or as published."""
    return f"weights/{source.dataset}.safetensors" if source.method else f"models/backbones/{source.name}"


def features_of(dataset: str) -> Source | None:
    """The published features of a dataset, if there are any."""
    found = [source for source in SOURCES if source.dataset == dataset and source.kind == "features"]
    return found[0] if found else None


def url_of(source: Source, mirror: str | None) -> str:
    """Where a file is fetched from: its publisher, or the address `mirror` with the name that the file has here.

    Raises ValueError where the publisher gives no address.
    """
    if mirror is not None:
        return f"{mirror.rstrip('/')}/{source.name}"
    if source.url is None:
        raise ValueError(
            f"{source.dataset}: its publisher gives no address of one file; download it from {source.page}, then run "
            f"`hapvr weights {source.dataset} --from FILE`"
        )
    return source.url
