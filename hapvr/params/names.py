"""Names that users give to runs, tables and datasets: they become parts of commands and of paths."""

import re
from typing import Annotated

from pydantic import AfterValidator


def refuse_more_than_a_name(name: str) -> str:
    """Raises ValueError for one that a shell or a path would read as more than a name."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        raise ValueError(
            f"{name!r} becomes part of commands and paths; expected letters, digits, _ - and . only, and "
            "neither - nor . first; rename it"
        )
    return name


Name = Annotated[str, AfterValidator(refuse_more_than_a_name)]
