"""A schema error as a sentence that names the key as written in the file, and what is accepted there."""

import difflib
from collections.abc import Iterable, Sequence
from inspect import isclass
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import Tag
from pydantic_core import ErrorDetails

from hapvr.params.root import Params
from hapvr.section import Section

Location = Sequence[int | str]


def explain(item: ErrorDetails, content: Any) -> str:
    """One pydantic error about `content`: `runs.hapvr.method.name: 'chamfr' is not accepted; accepted: …`."""
    location = item["loc"]
    absent = item["type"] in ("missing", "union_tag_invalid", "union_tag_not_found")
    match item["type"]:
        case "extra_forbidden":
            written = value_at(location[:-1], content)
            # Of losses and figures the name is a key of the file, and only inside of the schema a field.
            accepted = [key for key in section_at(location[:-1]).model_fields if key != "name" or key in written]
            found = f"unknown key{_meant(location[-1], accepted)}; accepted: {', '.join(accepted)}"
        case "missing":
            found = "missing key; add it (see presets/mini.yaml)"
        case "union_tag_invalid":
            discriminator = _unquote(item["ctx"]["discriminator"])
            absent = discriminator in value_at(location, content)
            location = (*location, discriminator) if absent else location
            tag, accepted_tags = item["ctx"]["tag"], _unquote(item["ctx"]["expected_tags"])
            found = f"{tag!r} is not accepted{_meant(tag, accepted_tags.split(', '))}; accepted: {accepted_tags}"
        case "union_tag_not_found":
            location = (*location, _unquote(item["ctx"]["discriminator"]))
            found = "missing key; add it (see presets/mini.yaml)"
        case "literal_error":
            found = f"{item['input']!r} is not accepted; accepted: {_unquote(item['ctx']['expected'])}"
        case "model_type" | "dict_type":
            found = f"expected keys with values, found {item['input']!r}"
        case "value_error":
            found = str(item["ctx"]["error"])
        case _:
            found = f"{item['msg']}, found {item['input']!r}"
    return ": ".join(filter(None, [".".join(as_written(location, content, absent=absent)), found]))


def as_written(location: Location, content: Any, *, absent: bool) -> list[str]:
    """The keys that lead to a place in the file; pydantic's own entries for the chosen kind of section left out.

    absent: the last key need not be in the file.
    """
    keys = []
    for index, part in enumerate(location):
        inside = (isinstance(content, dict) and part in content) or (
            isinstance(content, list) and isinstance(part, int)
        )
        if inside or (absent and index == len(location) - 1):
            keys.append(str(part))
            content = content[part] if inside else None
    return keys


def value_at(location: Location, content: Any) -> Any:
    """What stands at a place in the file; an empty section where there is none."""
    for key in as_written(location, content, absent=False):
        content = content[int(key)] if isinstance(content, list) else content[key]
    return content if isinstance(content, dict) else {}


def section_at(location: Location) -> type[Section]:
    """The part of the schema that describes a place in the file."""
    kind: Any = Params
    for part in location:
        if isclass(kind) and issubclass(kind, Section):
            kind = kind.model_fields[str(part)].annotation
        elif get_origin(kind) in (dict, list, tuple):
            kind = get_args(kind)[1 if get_origin(kind) is dict else 0]
        else:
            kind = next(member for member in get_args(kind) if part in _tags(member))
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
    return kind


def _tags(member: Any) -> set[str]:
    """What pydantic calls one kind of section: its tag, or values of the fields that tell it from another."""
    if get_origin(member) is Annotated:
        return {mark.tag for mark in get_args(member)[1:] if isinstance(mark, Tag)}
    fields = [field.annotation for field in member.model_fields.values()]
    return {value for field in fields if get_origin(field) is Literal for value in get_args(field)}


def _meant(name: int | str, accepted: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(name), list(accepted), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _unquote(text: str) -> str:
    return text.replace("'", "")
