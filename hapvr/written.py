"""Values as params.yaml has them."""

from collections.abc import Iterator, Mapping
from typing import Any


def flatten(content: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted key and value of everything below, in its order; a list is one value, and so is an empty mapping."""
    for key, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def as_written(value: Any) -> str:
    """A value as params.yaml shows it, whole numbers without a fraction."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case list() | tuple():
            return f"[{', '.join(as_written(part) for part in value)}]"
        case _:
            return str(value)
