"""What counts as another module, and what only reads differently."""

import pytest

from hapvr.pipeline.syntax import read_module

SOURCE = '''"""A module."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from hapvr.section import Section
from hapvr.seeding import uniform

Rate = Annotated[float, Field(gt=0, description="a share")]
LIMIT = 3
"""How many."""


class Options(Section):
    rate: float = Field(gt=0, description="a share")
    count: int = 4

    @model_validator(mode="after")
    def check(self):
        return self


def mean(values: Sequence[float], *, rate: Rate = 0.5) -> float:
    """The mean."""
    # Why.
    return float(np.mean(values)) * rate * uniform(0, LIMIT, None)
'''

ONLY_WORDS = {
    "comment": ("# Why.", "# Because it is so."),
    "docstring": ('"""The mean."""', '"""The mean\n\n    of values."""'),
    "docstring removed": ('    """The mean."""\n', ""),
    "formatting": (
        "def mean(values: Sequence[float], *, rate",
        "def mean(\n    values: Sequence[float],\n    *,\n    rate",
    ),
    "type hint": ("values: Sequence[float]", "values: np.ndarray"),
    "return type": (") -> float:", ") -> np.floating:"),
    "import for a type": ("import numpy as np", "import datetime\n\nimport numpy as np"),
    "range of a parameter": ('Field(gt=0, description="a share")]', 'Field(gt=0, le=1, description="share")]'),
    "description of a field": ('rate: float = Field(gt=0, description="a share")', "rate: float = Field(ge=0)"),
    "check of values": ("        return self\n", "        assert self.count\n        return self\n"),
    "order of imports": (
        "from collections.abc import Sequence\nfrom typing import Annotated\n",
        "from typing import Annotated\nfrom collections.abc import Sequence\n",
    ),
    "text after a constant": ('"""How many."""', '"""How many there are."""'),
}
ANOTHER_DEED = {
    "constant": ("LIMIT = 3", "LIMIT = 4"),
    "default": ("count: int = 4", "count: int = 5"),
    "default of an argument": ("rate: Rate = 0.5", "rate: Rate = 0.25"),
    "expression": ("* rate", "/ rate"),
    "field": ("    count: int = 4\n", "    count: int = 4\n    size: int\n"),
    "imported function": ("import uniform", "import happens as uniform"),
}


@pytest.mark.parametrize("change", ONLY_WORDS)
def test_words_and_types_are_no_part_of_what_a_module_does(change: str) -> None:
    old, new = ONLY_WORDS[change]
    assert SOURCE.count(old) == 1
    assert read_module(SOURCE.replace(old, new), "m").digest == read_module(SOURCE, "m").digest


@pytest.mark.parametrize("change", ANOTHER_DEED)
def test_another_deed_is_another_module(change: str) -> None:
    old, new = ANOTHER_DEED[change]
    assert old in SOURCE
    assert read_module(SOURCE.replace(old, new), "m").digest != read_module(SOURCE, "m").digest


def test_imports_inside_functions_count_and_those_for_type_checkers_do_not() -> None:
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\ndef f():\n    from b import c\n"
    assert read_module(source, "m").imports == [("b", "c"), ("typing", "TYPE_CHECKING")]


def test_a_lazy_face_imports_nothing_by_itself() -> None:
    module = read_module("X = 1\ndef __getattr__(name):\n    from b import c\n    return c\n", "m")
    assert (module.imports, module.lazy) == ([], [("b", "c")])
    assert "X" in module.bound


def test_broken_source_is_named() -> None:
    with pytest.raises(SyntaxError) as error:
        read_module("def (", "hapvr/losses/circle.py")
    assert error.value.filename == "hapvr/losses/circle.py"
