"""Values as params.yaml has them."""

from typing import Any


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
