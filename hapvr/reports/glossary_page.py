"""The glossary as a page of the documentation: `python -m hapvr.reports.glossary_page > docs/glossary.md`."""

from hapvr.reports.glossary import GLOSSARY, Term

HEAD = """# Glossary

The abbreviations and words of this project, as the page `reports/index.html` explains them. Both are made of
`hapvr/reports/glossary.py`. The formulas stand in the paper and beside their code.
"""


def render_glossary() -> str:
    """A table for each kind of term."""
    parts = [HEAD]
    for kind, terms in GLOSSARY.items():
        rows = "\n".join(_row(term) for term in terms)
        parts.append(f"## {kind}\n\n| term | stands for |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _row(term: Term) -> str:
    explained = f"{term.full}: {term.meaning}" if term.meaning else term.full
    return f"| {term.short} | {explained} |".replace("*", r"\*")


if __name__ == "__main__":
    print(render_glossary(), end="")
