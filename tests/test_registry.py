"""What a package holds is read from its files; nothing is imported before it is asked for."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from hapvr.features.backbones import BACKBONES
from hapvr.losses import LOSSES
from hapvr.methods import METHODS
from hapvr.registry import Registry
from hapvr.reports.figures import FIGURES

PLAIN = """
from typing import Annotated

from pydantic import Field

raise ImportError("read, never run")

Rate = Annotated[float, Field(gt=0, le=1, description="share")]

class TopRate:
    def __init__(self, rate: Rate, dims: int, *, steps: int, kind: int) -> None:
        pass
"""
NEIGHBOUR = """
from shop.top_rate import Rate as Share

class Doubled:
    def __init__(self, share: Share, other: Annotated[int, Field(ge=2)]) -> None:
        pass
"""
WITHOUT_TYPE = """
class Careless:
    def __init__(self, rate) -> None:
        pass
"""
UNKNOWN_TYPE = """
from elsewhere import Rate

class Stranger:
    def __init__(self, rate: Rate) -> None:
        pass
"""
FUNCTION = """
def draw(results: object, *, queries: int) -> None:
    pass
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A package of two losses and a module that is none."""
    (tmp_path / "__init__.py").write_text("class Init:\n    pass\n")
    (tmp_path / "top_rate.py").write_text(PLAIN)
    (tmp_path / "doubled.py").write_text(NEIGHBOUR)
    (tmp_path / "tools.py").write_text("class Hammer:\n    pass\n")
    return tmp_path


def defining_files(registry: Registry) -> set[str]:
    """Modules of the package that define a class called as they are."""
    folder = Path(__file__).parents[1] / Path(*registry.package.split("."))
    return {
        path.stem
        for path in folder.glob("*.py")
        if re.search(rf"^class {path.stem.replace('_', '')}\b", path.read_text(), re.MULTILINE | re.IGNORECASE)
    }


def schemas(parameters: dict[str, Any]) -> dict[str, Any]:
    """What each parameter accepts and how it is described."""
    return {name: TypeAdapter(kind).json_schema() for name, kind in parameters.items()}


@pytest.mark.parametrize("registry", [LOSSES, METHODS, BACKBONES], ids=["losses", "methods", "backbones"])
def test_names_are_files_and_each_gives_what_is_called_so(registry: Registry) -> None:
    assert set(registry) == defining_files(registry)
    for name in registry:
        assert registry[name].__module__ == f"{registry.package}.{name}"
        assert registry[name].__name__.lower() == name.replace("_", "")


def test_figures_are_the_files_that_draw() -> None:
    folder = Path(__file__).parents[1] / "hapvr" / "reports" / "figures"
    assert set(FIGURES) == {path.stem for path in folder.glob("*.py") if "\ndef draw(" in path.read_text()}


def test_modules_that_define_no_such_thing_are_no_entries(shop: Path) -> None:
    registry = Registry("shop", shop)
    assert list(registry) == ["doubled", "top_rate"]
    assert "tools" not in registry
    assert len(registry) == 2


def test_parameters_and_their_ranges_come_from_the_signature(shop: Path) -> None:
    parameters = Registry("shop", shop).parameters("top_rate")
    assert list(parameters) == ["rate", "steps", "kind"]  # dims are given by the features
    assert parameters["steps"] is int
    rate = TypeAdapter(parameters["rate"])
    assert rate.validate_python(1) == 1
    assert rate.json_schema()["description"] == "share"
    with pytest.raises(ValidationError, match="greater than 0"):
        rate.validate_python(0)


def test_ranges_are_those_of_the_real_losses() -> None:
    assert schemas(LOSSES.parameters("quadlinear_ap")) == schemas(LOSSES.parameters("frame_quadlinear_ap"))
    with pytest.raises(ValidationError, match="greater than 0"):
        TypeAdapter(LOSSES.parameters("quadlinear_ap")["delta"]).validate_python(0)
    assert LOSSES.parameters("mae") == {}


def test_a_type_said_in_a_neighbour_means_the_same(shop: Path) -> None:
    registry = Registry("shop", shop)
    found, there = schemas(registry.parameters("doubled")), schemas(registry.parameters("top_rate"))
    assert found == {"share": there["rate"], "other": {"type": "integer", "minimum": 2}}


def test_of_a_function_parameters_are_what_is_given_by_keyword(tmp_path: Path) -> None:
    (tmp_path / "sheet.py").write_text(FUNCTION)
    registry = Registry("shop", tmp_path, member="draw")
    assert list(registry) == ["sheet"]
    assert registry.parameters("sheet") == {"queries": int}


def test_names_known_before_are_taken_as_they_are_said(shop: Path) -> None:
    (shop / "stranger.py").write_text(UNKNOWN_TYPE)
    assert Registry("shop", shop).parameters("stranger", {"Rate": float}) == {"rate": float}


def test_a_parameter_without_a_type_is_refused(shop: Path) -> None:
    (shop / "careless.py").write_text(WITHOUT_TYPE)
    with pytest.raises(TypeError, match=r"shop\.careless: parameter rate of Careless has no type; add one"):
        Registry("shop", shop).parameters("careless")


def test_a_type_that_is_said_nowhere_is_refused(shop: Path) -> None:
    (shop / "stranger.py").write_text(UNKNOWN_TYPE)
    with pytest.raises(TypeError, match=r"stranger\.py: the type 'Rate' of a parameter is assigned neither there nor"):
        Registry("shop", shop).parameters("stranger")


def test_an_unknown_name_lists_what_there_is(shop: Path) -> None:
    registry = Registry("shop", shop)
    for ask in (registry.__getitem__, registry.parameters, registry.module):
        with pytest.raises(KeyError, match="'mean' is not in shop; accepted: doubled, top_rate"):
            ask("mean")
    with pytest.raises(AttributeError, match="module 'shop' has no attribute 'Mean'"):
        registry.called("Mean")


def imported_by(code: str) -> set[str]:
    """Modules that are imported after a new Python ran `code`."""
    process = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(process.stdout.split())


def test_names_and_parameters_are_known_without_torch() -> None:
    found = imported_by(
        "from hapvr.losses import LOSSES\n"
        "from hapvr.methods import METHODS\n"
        "from hapvr.features.backbones import BACKBONES\n"
        "from hapvr.reports.figures import FIGURES\n"
        "[registry.parameters(name) for registry in (LOSSES, METHODS) for name in registry]\n"
        "list(BACKBONES), list(FIGURES)"
    )
    assert not found & {"torch", "numpy", "matplotlib", "h5py", "av"}
    assert not found & {f"hapvr.losses.{name}" for name in LOSSES}


def test_only_what_is_asked_for_is_imported() -> None:
    found = imported_by("from hapvr.losses import LOSSES\nLOSSES['frame_fast_ap']")
    losses = {name for name in LOSSES if f"hapvr.losses.{name}" in found}
    assert losses == {"fast_ap", "frame_fast_ap"}
