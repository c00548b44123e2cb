"""Reading `params.yaml` with errors that name the file, the key and what is accepted."""

from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hapvr.params.root import Params


class ParamsError(ValueError):
    """`params.yaml` cannot be used; the message names every wrong key."""


def load(path: Path) -> Params:
    """Reads and checks a parameter file. Raises ParamsError."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ParamsError(f"{path}: no such file; run this in the project's folder, or `hapvr preset mini`") from error
    except yaml.YAMLError as error:
        raise ParamsError(f"{path}: not valid YAML: {error}") from error
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        lines = [f"  {'.'.join(str(part) for part in item['loc'])}: {_explain(item)}" for item in error.errors()]
        raise ParamsError("\n".join([f"{path}: {len(lines)} wrong value(s)", *lines])) from error


def _explain(item: ErrorDetails) -> str:
    """One pydantic error as a sentence."""
    match item["type"]:
        case "extra_forbidden":
            return "unknown key; check its spelling or remove it"
        case "missing":
            return "missing key; add it (see presets/mini.yaml)"
        case "value_error":
            return str(item["ctx"]["error"])
        case _:
            return f"{item['msg']}, found {item['input']!r}"
