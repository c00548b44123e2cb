"""Presets: complete parameter sets in `presets/`, or changes to another preset (`extends: NAME`)."""

import difflib
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from hapvr.params.load import load
from hapvr.storage.files import whole

_yaml = YAML()
_yaml.width = 4096


def put_in_place(root: Path, name: str, *, dry_run: bool) -> str:
    """Writes a preset to `root/params.yaml`; the difference to what was there is returned.

    A preset that does not fit the schema changes nothing. Raises ValueError for an unknown name and ParamsError.
    """
    target = root / "params.yaml"
    before = target.read_text(encoding="utf-8") if target.exists() else ""
    after = as_text(read_preset(root / "presets", name))
    with whole(target) as temporary:
        temporary.write_text(after, encoding="utf-8")
        load(temporary)
        if dry_run:
            temporary.write_text(before, encoding="utf-8")
    difference = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", name, lineterm="", n=0)
    return "\n".join(difference) or f"params.yaml already is the preset {name}"


def read_preset(folder: Path, name: str) -> dict[str, Any]:
    """The complete content of a preset, comments kept, `extends` resolved."""
    path = folder / f"{name}.yaml"
    if not path.exists():
        accepted = ", ".join(sorted(file.stem for file in folder.glob("*.yaml")))
        raise ValueError(f"preset {name!r}: no file {path}; accepted: {accepted}")
    content = _yaml.load(path.read_text(encoding="utf-8"))
    base = content.pop("extends", None)
    return content if base is None else _merged(read_preset(folder, base), content)


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with `changes`: sections are merged key by key, anything else is replaced, null removes a key."""
    for key, value in changes.items():
        if value is None:
            base.pop(key, None)
        elif isinstance(value, dict) and isinstance(base.get(key), dict):
            _merged(base[key], value)
        else:
            base[key] = value
    return base


def as_text(content: dict[str, Any]) -> str:
    """YAML text of a preset."""
    stream = StringIO()
    _yaml.dump(content, stream)
    return stream.getvalue()
