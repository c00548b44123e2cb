import re

import pytest

from supply_chain.licences import PAGE, licence, page
from supply_chain.lock import read_lock


def test_the_page_has_the_licence_of_every_package_of_the_lock() -> None:
    locked = read_lock()
    text = page(locked)
    assert PAGE.read_text(encoding="utf-8") == text, "docs/licences.md is out of date; run `make licences`"
    rows = re.findall(r"^\| (\S+) +\| (\S+) +\| (\S.*?) +\|$", text.partition("## All")[2], re.MULTILINE)
    assert {name: version for name, version, _ in rows[1:]} == locked


def test_licences_are_spelt_one_way() -> None:
    assert {licence(name) for name in ("accelerate", "transformers", "dvc-http", "tokenizers")} == {"Apache-2.0"}
    # From its licence file: the package states nothing.
    assert licence("snakemake-interface-common") == "MIT"


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ValueError, match="no-such-package: expected the package"):
        licence("no-such-package")
