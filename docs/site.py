"""What the site needs beside the pages: the README as its first page, and links that leave docs/.

MkDocs knows the files in docs/ only. A picture elsewhere in the repository is copied into the site; any other file is
named instead of linked.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the README and every picture that a page shows."""
    files.append(File.generated(config, "index.md", content=(ROOT / "README.md").read_text(encoding="utf-8")))
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for _, _, target, _ in LINK.findall(page.read_text(encoding="utf-8")):
            picture = (page.parent / target).resolve()
            name = str(picture.relative_to(ROOT))
            if picture.suffix == ".png" and files.get_file_from_path(name) is None:
                files.append(File.generated(config, name, abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links as they are in the site, where the README and the pages of docs/ lie side by side."""
    folder = ROOT if page.file.src_uri == "index.md" else ROOT / "docs"

    def rewrite(found: re.Match[str]) -> str:
        mark, text, target, anchor = found.groups(default="")
        path = (folder / target).resolve().relative_to(ROOT)
        name = str(path.relative_to("docs") if path.is_relative_to("docs") else path)
        if name == "README.md":
            name = "index.md"
        if files.get_file_from_path(name) is not None:
            return f"{mark}[{text}]({name}{anchor})"
        return f"{text} (`{path}`)" if text.strip("`") != str(path) else f"`{path}`"

    return LINK.sub(rewrite, markdown)
