"""The comparison as one page that needs nothing but itself, with a picture of the differences and of the curves."""

from base64 import b64encode
from collections.abc import Callable, Iterable
from html import escape
from io import BytesIO

from matplotlib.figure import Figure

from hapvr.compare.comparison import Comparison
from hapvr.compare.curves import draw_curves
from hapvr.compare.document import Bullets, Heading, Paragraph, Part, Table, printable
from hapvr.compare.intervals import draw_intervals
from hapvr.drawing import METADATA, drawing
from hapvr.reports.figures.style import LOOK

STYLE = """
body {font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 1080px; margin: 2rem auto; padding: 0 1rem}
table {border-collapse: collapse; margin: 1rem 0; font-size: 14px; display: block; overflow-x: auto}
th, td {padding: .25rem .7rem; border-bottom: 1px solid #e2e2e2; text-align: left; vertical-align: top}
.number {text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap}
code {font-size: 13px; background: #f4f4f4; padding: 0 .2rem; overflow-wrap: anywhere}
img {max-width: 100%} h1 {font-size: 1.5rem} h2 {font-size: 1.2rem; margin-top: 2rem}
"""


def as_page(parts: Iterable[Part], comparison: Comparison) -> str:
    """HTML; pictures follow the parts. Whatever a revision's files say is text here, never markup."""
    body = [_html(part) for part in parts]
    body += _pictures("Differences and their intervals", draw_intervals, comparison)
    body += _pictures("Precision and recall, mAP tasks", draw_curves, comparison)
    title = escape(printable(f"{comparison.first.name} compared"))
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def _html(part: Part) -> str:
    match part:
        case Heading():
            return f"<h{part.level}>{_text(part.text)}</h{part.level}>"
        case Paragraph():
            return f"<p>{_text(part.text)}</p>"
        case Bullets():
            return "<ul>" + "".join(f"<li>{_text(line)}</li>" for line in part.lines) + "</ul>"
        case Table():
            return _table(part)


def _table(table: Table) -> str:
    def cell(tag: str, place: int, text: str) -> str:
        content = _text(text)
        if tag == "td" and place in table.code and text:
            content = f"<code>{content}</code>"
        kind = ' class="number"' if place in table.numbers else ""
        return f"<{tag}{kind}>{content}</{tag}>"

    def row(tag: str, texts: list[str]) -> str:
        return "<tr>" + "".join(cell(tag, place, text) for place, text in enumerate(texts)) + "</tr>"

    body = "\n".join(row("td", texts) for texts in table.rows)
    return f"<table><thead>{row('th', table.heads)}</thead>\n<tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return escape(printable(text))


def _pictures(title: str, draw: Callable[[Comparison], Figure | None], comparison: Comparison) -> list[str]:
    with drawing(LOOK):
        if (figure := draw(comparison)) is None:
            return []
        file = BytesIO()
        figure.savefig(file, format="svg", metadata=METADATA[".svg"])
    source = b64encode(file.getvalue()).decode()
    return [f"<h2>{title}</h2>", f'<img alt="{title}" src="data:image/svg+xml;base64,{source}">']
