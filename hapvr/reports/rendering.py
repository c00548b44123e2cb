"""Templates of pages that need nothing but themselves."""

from typing import Any

import jinja2

from hapvr.reports.glossary import expand


def render(template: str, **parts: Any) -> str:
    """HTML of a template of hapvr/reports/template. Raises UndefinedError for a part that it misses."""
    loader = jinja2.PackageLoader("hapvr.reports", "template")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["expand"] = expand
    return environment.get_template(template).render(**parts) + "\n"
