"""Reading `params.yaml` with errors that name the file, the key and what is accepted."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hapvr.params.explain import explain
from hapvr.params.root import Params


class ParamsError(ValueError):
    """`params.yaml` cannot be used; the message names every wrong key."""


def load(path: Path) -> Params:
    """Reads and checks a parameter file. Raises ParamsError."""
    try:
        return check(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError as error:
        raise ParamsError(f"{path}: no such file; run this in the project's folder, or `hapvr preset mini`") from error
    except UnicodeDecodeError as error:
        raise ParamsError(f"{path}: not valid YAML: {error}") from error


def check(text: str, path: Path) -> Params:
    """Checks the text of a parameter file; errors name it `path`. Raises ParamsError."""
    try:
        # The reader that DVC uses too: a key given twice is an error, 1e-4 is a number.
        content = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ParamsError(f"{path}: not valid YAML: {error}") from error
    return check_content(content, str(path))


def check_content(content: Any, name: str) -> Params:
    """Checks the content of a parameter file; errors call it `name`. Raises ParamsError."""
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        lines = [f"  {explain(item, content)}" for item in error.errors()]
        raise ParamsError("\n".join([f"{name}: {len(lines)} wrong value(s)", *lines])) from error
