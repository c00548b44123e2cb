"""The schema of what a registry holds, made from the signatures there: `{name: {parameter: value}}` in params.yaml."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union

from pydantic import Discriminator, Field, Tag, create_model

from hapvr.registry import Registry
from hapvr.section import Section

SHARED, OWN = "shared", "own"


def variants(registry: Registry, bases: Mapping[str, type[Section]], *, names: Mapping[str, Any] | None = None) -> Any:
    """The type of one entry: a section with `name` and the parameters of what is registered under it.

    bases: name → what the section has beside them. names: types that signatures mention and the schema knows better.
    """
    return Annotated[
        Union[tuple(_section(registry, name, bases[name], names or {}) for name in registry)],  # noqa: UP007
        Field(discriminator="name"),
    ]


def _section(registry: Registry, name: str, base: type[Section], names: Mapping[str, Any]) -> type[Section]:
    """What a base inherits first, then the parameters, then what the base adds itself."""
    given = {key: (field.annotation, field) for key, field in base.model_fields.items()}
    fields: dict[str, Any] = {"name": (Literal[name], ...)}
    fields |= {key: field for key, field in given.items() if key not in base.__annotations__} or given
    fields |= {key: (annotation, ...) for key, annotation in registry.parameters(name, names).items()}
    return create_model(f"{registry.package}.{name}", __base__=Section, **fields | given)


def or_shared(own: Any) -> Any:
    """`own`, or the name under which it is said elsewhere."""
    return Annotated[
        Annotated[str, Tag(SHARED)] | Annotated[own, Tag(OWN)],
        Discriminator(lambda value: SHARED if isinstance(value, str) else OWN),
    ]


def with_names(content: Any) -> Any:
    """`{name: {…}}` → `{name: {"name": name, …}}`; anything else as it is, for the schema to refuse."""
    if not isinstance(content, dict):
        return content
    return {
        name: {"name": name, **value} if isinstance(value, dict) else ({"name": name} if value is None else value)
        for name, value in content.items()
    }
