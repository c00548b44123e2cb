"""Presets: complete parameter sets in `presets/`, or changes to another preset (`extends: NAME`)."""

import difflib
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hapvr.params.load import ParamsError, check
from hapvr.storage.files import write_text

# As DVC writes YAML: `dvc exp run -S` then changes one line.
_yaml = YAML()
_yaml.default_flow_style = False


def put_in_place(root: Path, name: str, *, dry_run: bool) -> str:
    """Writes a preset to `root/params.yaml`; the difference to what was there is returned.

    A preset that does not fit the schema changes nothing. Raises ValueError for an unknown name and ParamsError.
    """
    target = root / "params.yaml"
    before = target.read_text(encoding="utf-8") if target.exists() else ""
    after = as_text(read_preset(root / "presets", name))
    check(after, root / "presets" / f"{name}.yaml")
    if not dry_run:
        write_text(target, after)
    difference = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", name, lineterm="", n=0)
    return "\n".join(difference) or f"params.yaml already is the preset {name}"


def read_preset(folder: Path, name: str, extended_by: tuple[str, ...] = ()) -> dict[str, Any]:
    """The complete content of a preset, comments kept, `extends` resolved. Raises ValueError for an unknown name."""
    presets = {file.stem: file for file in folder.glob("*.yaml")}
    if name not in presets:
        raise ValueError(f"preset {name!r}: no such file in {folder}; accepted: {', '.join(sorted(presets))}")
    if name in extended_by:
        raise ValueError(
            f"{presets[name]}: {' extends '.join([*extended_by, name])}, without end; remove one `extends`"
        )
    try:
        content = _yaml.load(presets[name].read_text(encoding="utf-8"))
    except YAMLError as error:
        raise ParamsError(f"{presets[name]}: not valid YAML: {error}") from error
    base = content.pop("extends", None)
    return content if base is None else _merge(read_preset(folder, base, (*extended_by, name)), content)


def _merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with `changes`: sections are merged key by key, anything else is replaced, null removes a key."""
    for key, value in changes.items():
        if value is None:
            base.pop(key, None)
        elif isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value
    return base


def as_text(content: dict[str, Any]) -> str:
    """YAML text of a preset."""
    stream = StringIO()
    _yaml.dump(content, stream)
    return stream.getvalue()
