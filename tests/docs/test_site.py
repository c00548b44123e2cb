"""The site has every page, and what the pages link to or name is there; `make docs` builds it."""

import re
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import PAGES, REPOSITORY

LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)")
# A file or folder of the repository between backticks; NAME, * and {…} stand for something.
NAMED = re.compile(r"`((?:benchmarks|docs|hapvr|presets|tests|workflow)/[\w./-]+)(?:::\w+)?`")
DIRECTIVE = re.compile(r"^::: (hapvr[\w.]+)\.(\w+)$", re.MULTILINE)
PUBLIC = {
    "QuadLinearAP", "FrameQuadLinearAP", "InfoNCE", "HardNegative", "SelfSimilarity", "RangePenalty", "MAE", "MSE",
    "Contrastive", "Triplet", "Circle", "FastAP", "ListwiseAP", "BlackboxAP", "SmoothAP", "pseudo_labels",
    "topk_chamfer", "SimilarityNetwork", "score", "sample", "DecodeError", "regions", "evaluate",
}  # fmt: skip


def leaves(entries: object) -> list[str]:
    """The pages of a nav, however deep."""
    if isinstance(entries, str):
        return [entries]
    return [page for entry in (entries.values() if isinstance(entries, dict) else entries) for page in leaves(entry)]


def test_the_site_lists_every_page_once() -> None:
    content = yaml.safe_load((REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8"))
    # The README is its first page.
    assert sorted(leaves(content["nav"])) == sorted(["index.md", *(page.name for page in PAGES[1:])])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_or_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in LINK.findall(text):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(file), f"{page.name}: {target}#{anchor}"
    for name in NAMED.findall(text):
        assert "NAME" in name or (REPOSITORY / name).exists() or made_by_a_recipe(page, name), f"{page.name}: {name}"


def made_by_a_recipe(page: Path, name: str) -> bool:
    """A file that docs/extending.md has the reader write."""
    return page.name == "extending.md" and f"\n`{name}`\n```python" in page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """Of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_tree_of_the_readme_has_every_package() -> None:
    tree = PAGES[0].read_text(encoding="utf-8").split("## The tree")[1]
    packages = [folder.name for folder in (REPOSITORY / "hapvr").iterdir() if (folder / "__init__.py").exists()]
    assert not [package for package in packages if f" {package}/" not in tree]


def test_the_api_has_every_public_name_where_it_is_defined() -> None:
    shown = DIRECTIVE.findall((REPOSITORY / "docs" / "api.md").read_text(encoding="utf-8"))
    assert {name for _, name in shown} >= PUBLIC
    for module, name in shown:
        source = (REPOSITORY / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
        assert re.search(rf"^(?:class|def) {name}\b", source, re.MULTILINE), f"{module}.{name}"
