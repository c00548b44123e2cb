"""Every command of README.md and docs/*.md, run in a clone or checked by its own parser."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import LANGUAGES, PAGES, REPOSITORY, Command, blocks, commands, mentions
from tests.docs.rules import Uncovered, check
from tests.docs.workplace import Workplace, make_workplace


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return make_workplace(tmp_path_factory.mktemp("clone"))


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_every_command_of_a_block_does_what_the_page_says(page: Path, workplace: Workplace) -> None:
    workplace.start_page()
    for command in commands(page):
        check(command, workplace)


def test_every_command_in_a_sentence_exists(workplace: Workplace) -> None:
    """In one of the presets: a sentence does not say in which."""
    workplace.start_page()
    left = [command for page in PAGES for command in mentions(page)]
    assert len(left) > 50
    for preset in ("mini", "paper", "published"):
        workplace.put(preset)
        found = [(command, what_is_wrong(command, workplace)) for command in left]
        left = [command for command, wrong in found if wrong]
    assert not left, "\n".join(wrong for _, wrong in found)


def test_the_paper_preset_has_as_many_stages_as_the_page_says(workplace: Workplace) -> None:
    page = (REPOSITORY / "docs" / "paper-scale.md").read_text(encoding="utf-8")
    workplace.start_page()
    workplace.put("paper")
    assert re.findall(r"dvc repro --dry +# (\d+) stages", page) == [str(len(workplace.targets.stages))]


def what_is_wrong(command: Command, workplace: Workplace) -> str:
    try:
        check(command, workplace)
    except AssertionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    """A block without a language would hide its commands."""
    for block in blocks(page.read_text(encoding="utf-8")):
        assert block.language in LANGUAGES, f"{page.name}:{block.first}: {block.language!r}"
        assert block.language != "text" or not any(line.startswith("$ ") for line in block.lines)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("wget address", "no rule"),
        ("hapvr scroe hapvr mini_fivr", "no such subcommand"),
        ("hapvr score hapvr mini_fivr --parts 0/8", "No such option"),
        ("hapvr score hapvr", "Missing argument"),
        ("hapvr score hapv mini_fivr", "'hapv' is none of"),
        ("hapvr tables methods", "no rule"),
        ("hapvr import nothing.pth --run hapvr", "does not exist"),
        ("dvc repro evaluate@hapvr-mini_fvr", "is none of"),
        ("dvc exp run -S train.learning_rat=1", "learning_rat is not in"),
        ("snakemake -c all mini_fvr", "is none of"),
        ("make reproduce", "reproduce"),
        ("sed -i s/nothing/something/ params.yaml", "0 lines changed"),
    ],
)
def test_a_wrong_command_is_found(words: str, reason: str, workplace: Workplace) -> None:
    workplace.start_page()
    with pytest.raises((AssertionError, Uncovered), match=reason) as found:
        check(Command("page.md:7", words.split()), workplace)
    assert str(found.value).startswith("page.md:7: ")
