"""docs/glossary.md is the page's glossary, and the documentation uses no abbreviation that it does not explain."""

import re
from pathlib import Path

import pytest

from hapvr.reports.glossary import GLOSSARY
from hapvr.reports.glossary_page import render_glossary
from tests.docs.pages import PAGES, REPOSITORY, prose

# What a reader of this documentation knows from elsewhere, or reads as a name.
KNOWN = {
    *("ACM", "AMD", "API", "AVX-512", "CNN", "CUDA", "CPU", "CPUs", "CVPR", "DVC", "DVCLive", "EPYC", "GPU", "GPUs"),
    *("MIT", "MKLab-ITI", "AV1", "AVI", "BMP", "CITATION", "CSV", "FLV", "HDF5", "HEVC", "JPEG", "JSON", "MM", "MP4"),
    *("MPEG-1", "MPEG-4", "PNG", "SDP", "GB", "GFLOP", "KB", "MB", "TB", "TF32", "TFLOP", "URL", "kFLOP"),
    *("CPU-second", "CPU-seconds", "SHA-256", "NetVLAD", "OpenCV", "PyAV", "SIGINT", "SIGKILL", "SIGTERM", "SVG"),
    *("TIFF", "VP8", "VP9", "WMV2", "YFCC100M", "oneDNN", "OpenMP"),
}


def test_the_page_follows_from_the_glossary() -> None:
    written = (REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert written == render_glossary(), "run: python -m hapvr.reports.glossary_page > docs/glossary.md"


def abbreviations(text: str) -> set[str]:
    """Words with two capitals in a row, or a name that the glossary has."""
    return {word.strip("-") for word in re.findall(r"(?<![\w/.])[\w^µ-]*[A-ZµΣ]{2}[\w^-]*", text)}


# Names of licences are what they are.
@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "licences.md"], ids=lambda page: page.name)
def test_every_abbreviation_is_explained(page: Path) -> None:
    explained = KNOWN | {term.short for terms in GLOSSARY.values() for term in terms}
    unknown = {
        word
        for word in abbreviations(prose(page))
        if word not in explained and not any(part in explained for part in re.split("-|_(?=[hc]$)", word))
    }
    assert not unknown, f"{page.name}: neither in hapvr/reports/glossary.py nor among what is known: {sorted(unknown)}"


def test_an_abbreviation_that_nobody_explains_is_found() -> None:
    assert abbreviations("the XQZ of HAP-VR and a CPU") == {"XQZ", "HAP-VR", "CPU"}
