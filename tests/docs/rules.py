"""What stands behind a documented command: it is run in a clone, or parsed by its own program and its names looked up.

Every program, and every parameter of `hapvr` that the docs use, is in a table here. What none covers is an error,
so that a new one in the docs asks for a decision.
"""

import re
import shlex
from collections.abc import Callable, Collection, Iterable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import PurePosixPath

import click
from dvc.cli.parser import get_main_parser
from snakemake.cli import get_argument_parser
from torch.distributed.run import get_args_parser

from hapvr.cli import cli
from hapvr.datasets import READERS
from hapvr.fetch.registry import Registry
from tests.docs.pages import Command
from tests.docs.workplace import Workplace


class Uncovered(Exception):  # noqa: N818
    """No rule says how a documented command is checked."""


Rule = Callable[[Command, Workplace], None]

# Subcommands of hapvr that need no result of the pipeline and no network, and the option without which they would.
HARMLESS = {"plan": "", "preset": "", "registry": "", "compare": "", "fetch": "--dry-run"}

# Subcommand and parameter → what it has to name. "*": of any subcommand.
NAMES: dict[tuple[str, str], Callable[[Workplace], Collection[str]]] = {
    ("*", "run"): lambda place: place.params.runs,
    ("*", "other"): lambda place: place.params.runs,
    ("*", "runs"): lambda place: place.params.runs,
    ("*", "benchmark"): lambda place: place.params.benchmarks,
    ("*", "dataset"): lambda place: place.params.fetch,
    ("dataset", "name"): lambda place: {*READERS, *place.params.fetch},
    ("registry", "dataset"): lambda place: published(place),
    ("weights", "name"): lambda place: published(place),
    ("verify", "preset"): lambda place: [path.stem for path in (place.folder / "presets").glob("*.yaml")],
    ("preset", "name"): lambda place: [path.stem for path in (place.folder / "presets").glob("*.yaml")],
    ("compare", "revisions"): lambda place: place.git("branch", "--format", "%(refname:short)").split(),
}
# Parameters whose values the parser of hapvr checks whole, or that are the reader's own.
FREE = {
    "annotations", "check", "committed", "drop_settings", "dry_run", "figure", "file", "folder", "folders", "form",
    "found", "index", "output", "part", "queries", "query", "rebuild", "record", "report", "sample", "seed", "shard",
    "skipped", "strip", "target", "thorough", "threshold", "top",
}  # fmt: skip

# Commands of DVC that are parsed and not run: they need results, a remote or a network.
PARSED = {"checkout", "exp", "fetch", "gc", "metrics", "params", "plots", "pull", "push", "remote", "status"}


def check(command: Command, place: Workplace) -> None:
    """Runs or checks one command. Raises Uncovered, or AssertionError."""
    words = [word for word in command.words if word not in ("…", "...")]
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        words = words[1:]
    rule = RULES.get(words[0]) if words else None
    if rule is None:
        raise Uncovered(f"{command}: no rule in tests/docs/rules.py covers this program")
    try:
        rule(command._replace(words=words[1:]), place)
    except (AssertionError, click.ClickException, SystemExit) as error:
        reason = error.format_message() if isinstance(error, click.ClickException) else error
        raise AssertionError(f"{command}\n{reason}") from error


def published(place: Workplace) -> set[str]:
    """Datasets and weights of registry.csv."""
    return {row.dataset for row in Registry(place.folder / "registry.csv").rows()}


def hapvr(command: Command, place: Workplace) -> None:
    words = command.words[: command.words.index(">")] if ">" in command.words else command.words
    name, *arguments = words
    if name == "--help":
        place.hapvr(name)
        return
    assert name in cli.commands, f"no such subcommand; there are {', '.join(cli.commands)}"
    with place.inside():
        try:
            context = cli.commands[name].make_context(name, list(arguments))
        except click.MissingParameter:
            if not command.mention:
                raise
            return
    for parameter, value in context.params.items():
        look_up(f"{command}", (name, parameter), value, place)
    if not command.mention and name in HARMLESS and HARMLESS[name] in ("", *arguments):
        place.hapvr(*words)


def look_up(command: str, key: tuple[str, str], value: object, place: Workplace) -> None:
    """A value that is given has to be the name of something, unless the parameter is free."""
    known = NAMES.get(key) or NAMES.get(("*", key[1]))
    if value in (None, (), False) or key[1] in FREE:
        return
    if known is None:
        raise Uncovered(f"{command}: no rule in tests/docs/rules.py covers `{key[1]}` of hapvr {key[0]}")
    for one in value if isinstance(value, tuple) else (value,):
        among(one, known(place))


def among(name: str, known: Iterable[str]) -> None:
    """NAME and RUN stand for a name."""
    assert name in set(known) or name.isupper(), f"{name!r} is none of {', '.join(sorted(known))}"


def dvc(command: Command, place: Workplace) -> None:
    arguments = get_main_parser().parse_args(command.words)
    if arguments.cmd in ("repro", "commit"):
        for stage in arguments.targets:
            among(stage.partition("@")[2] if stage.partition("@")[2].isupper() else stage, place.targets.stages)
    elif command.words[:2] == ["metrics", "show"]:
        for path in arguments.targets:
            assert {path, *map(str, PurePosixPath(path).parents)} & place.targets.files, f"{path}: no stage makes it"
    elif command.words[:2] == ["exp", "run"]:
        for change in arguments.set_param:
            parameter(change.partition("=")[0], place)
    elif command.words[1:2] == ["diff"] and command.words[0] in ("params", "metrics") and not command.mention:
        printed = place.dvc(*command.words)
        assert command.words[0] != "params" or words_of(command.printed) in words_of(printed), printed
    elif command.words[0] == "config":
        place.dvc(*command.words)
    elif command.words[0] not in PARSED:
        raise Uncovered(f"{command}: no rule in tests/docs/rules.py covers dvc {command.words[0]}")


def words_of(text: str) -> str:
    return " ".join(text.split())


def parameter(key: str, place: Workplace) -> None:
    """A dotted key of params.yaml."""
    value: object = place.content
    for part in key.split("."):
        assert isinstance(value, dict), f"{key}: {part} is not in params.yaml"
        assert part in value, f"{key}: {part} is not in params.yaml"
        value = value[part]


def snakemake(command: Command, place: Workplace) -> None:
    words = list(command.words)
    if "--executor" in words:  # A plugin for the reader's cluster, which is not installed here.
        del words[words.index("--executor") : words.index("--executor") + 2]
    arguments = get_argument_parser().parse_args(words)
    for target in arguments.targets:
        among(target, place.targets.files | place.targets.benchmarks | {*place.params.runs, "tables"})
    if words == ["-n"]:
        assert "train_hapvr_0" in place.run("snakemake", "-n", "--quiet", "rules")


def make(command: Command, place: Workplace) -> None:
    (target,) = command.words
    assert place.run("make", "--dry-run", target)


def torchrun(command: Command, place: Workplace) -> None:
    arguments = get_args_parser().parse_args(command.words)
    assert arguments.module
    assert arguments.training_script == "hapvr"
    hapvr(command._replace(words=arguments.training_script_args), place)


def git(command: Command, place: Workplace) -> None:
    """Really done, unless it takes somebody else's repository: a commit of nothing fails, as it does for a reader."""
    if not command.mention and command.words[0] not in ("clone", "merge", "push"):
        place.git(*command.words)


def edit(command: Command, place: Workplace) -> None:
    """What the comment asks the reader for."""
    change(place, ["sed", "-i", "s/^  learning_rate: .*/  learning_rate: 0.001/", "params.yaml"])


def uncomment(command: Command, place: Workplace) -> None:
    """A run that the preset holds as a comment: the schema accepts it."""
    (run,) = command.words
    path = place.folder / "params.yaml"
    text = path.read_text(encoding="utf-8")
    commented = re.search(rf"^  # {run}:\n(?:  #   .*\n)+", text, re.MULTILINE)
    assert commented, f"params.yaml has no commented {run}"
    path.write_text(text.replace(commented[0], commented[0].replace("  # ", "  ")), encoding="utf-8")
    assert place.params.runs[run]


def sed(command: Command, place: Workplace) -> None:
    change(place, ["sed", *command.words])


def change(place: Workplace, words: list[str]) -> None:
    """One line of params.yaml changes, and the schema accepts it."""
    before = (place.folder / "params.yaml").read_text(encoding="utf-8").splitlines()
    place.run(*words)
    after = (place.folder / "params.yaml").read_text(encoding="utf-8").splitlines()
    changed = sum(one != other for one, other in zip(before, after, strict=True))
    assert changed == 1, f"params.yaml: {changed} lines changed, expected one"
    assert place.params


def python(command: Command, place: Workplace) -> None:
    """A script of the repository that knows the options; other words are files, or stand for them. Or a module."""
    if command.words[0] == "-m":
        assert find_spec(command.words[1]), f"{command}: no such module"
        return
    script, *options = command.words
    source = (place.folder / script).read_text(encoding="utf-8")
    for word in options:
        if word.startswith("--"):
            assert f'"{word}"' in source
        else:
            assert word.isupper() or (place.folder / word).is_file()


def pytest(command: Command, place: Workplace) -> None:
    flag, marker = command.words
    assert flag == "-m"
    assert f'"{marker}:' in (place.folder / "pyproject.toml").read_text(encoding="utf-8")


def source(command: Command, place: Workplace) -> None:
    """The environment that `make setup` makes."""
    assert command.words == [".venv/bin/activate"]
    assert "-m venv .venv" in place.run("make", "--dry-run", "setup")


def pip(command: Command, place: Workplace) -> None:
    """This project, or one of the packages that the docs may name."""
    pinned = ["install", "-r", "requirements-s3.lock"]
    known = (["install", "."], ["install", "--no-deps", "-e", "."], ["install", "deno"], pinned)
    assert command.words in known
    assert command.words != pinned or (place.folder / pinned[-1]).is_file()
    assert (place.folder / "pyproject.toml").is_file()


def conda(command: Command, place: Workplace) -> None:
    environment = (place.folder / "environment.yml").read_text(encoding="utf-8")
    expected = ["env create -f environment.yml", f"activate {re.findall('^name: (.*)$', environment, re.MULTILINE)[0]}"]
    assert " ".join(command.words) in expected


def jupyter(command: Command, place: Workplace) -> None:
    lab, notebook = command.words
    assert lab == "lab"
    assert version("jupyterlab")
    assert (place.folder / notebook).is_file()


def comm(command: Command, place: Workplace) -> None:
    """Lists of ids, as the command before it prints them."""
    place.run("sh", "-c", " ".join(word if word == ">" else shlex.quote(word) for word in ["comm", *command.words]))
    assert (place.folder / command.words[-1]).read_text(encoding="utf-8") == "id2\n"


def docker(command: Command, place: Workplace) -> None:
    """There is something to build; nothing here can build or push it."""
    assert command.words[0] in ("build", "push", "run")
    assert (place.folder / "Dockerfile").is_file()


def kubectl(command: Command, place: Workplace) -> None:
    """The namespace is that of the profile."""
    profile = (place.folder / "workflow" / "profiles" / "kubernetes" / "config.yaml").read_text(encoding="utf-8")
    assert command.words[0] == "--namespace"
    assert f"kubernetes-shared-namespace: {command.words[1]}" in profile


def cd(command: Command, place: Workplace) -> None:
    """The clone, on the volume of a cluster."""
    assert command.words == ["/shared/hapvr"]


def export(command: Command, place: Workplace) -> None:
    """A search path whose folders are there."""
    (assignment,) = command.words
    for folder in assignment.partition("=")[2].split(":"):
        assert (place.folder / folder.removeprefix("$PWD").removeprefix("/")).is_dir(), folder


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        cd, comm, conda, docker, dvc, edit, export, git, hapvr, jupyter, kubectl, make, pip, pytest, python, sed,
        snakemake, source, torchrun, uncomment,
    )
}  # fmt: skip
