"""One file, one thing: the losses, methods, backbones, datasets and figures of a package, found by their files.

A module is read as source until its thing is asked for: the names and parameters of all of them are known without
importing torch, and a process imports only what it uses.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

# What `hapvr` gives by itself, beside the parameters: dims of the features.
GIVEN = {"self", "dims"}


class Registry(Mapping[str, Any]):
    """File name → what the file defines under that name: a class or function that is called so, up to case and `_`.

    package: name of the package; folder: where its modules lie. member: what each module has to define instead, where
    it is called the same in all of them. functions: only functions count. Modules that define no such thing are no
    entries.
    """

    def __init__(self, package: str, folder: Path, *, member: str | None = None, functions: bool = False) -> None:
        self.package, self._folder, self._member = package, folder, member
        self._kinds = (ast.FunctionDef,) if functions else (ast.ClassDef, ast.FunctionDef)

    def __getitem__(self, name: str) -> Any:
        """Imports the module. Raises KeyError, naming what there is, for an unknown name."""
        return getattr(import_module(self.module(name)), self._definition(name).name)

    def __contains__(self, name: object) -> bool:
        return name in self._definitions

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)

    def module(self, name: str) -> str:
        """Full name of the module that defines it. Raises KeyError."""
        self._definition(name)
        return f"{self.package}.{name}"

    def called(self, definition: str) -> Any:
        """The class or function of this name. Raises AttributeError: for `__getattr__` of the package."""
        for name, node in self._definitions.items():
            if node.name == definition:
                return self[name]
        raise AttributeError(f"module {self.package!r} has no attribute {definition!r}")

    def parameters(self, name: str, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Parameter → its annotation, of the constructor or, of a function, those given by keyword.

        known: what names in annotations mean before they are looked up.
        Raises TypeError for one without an annotation, or with one that uses more than `typing`, `pydantic.Field` and
        names of its own module.
        """
        node = self._definition(name)
        arguments = _arguments(node)
        for argument in arguments:
            if argument.annotation is None:
                raise TypeError(f"{self.module(name)}: parameter {argument.arg} of {node.name} has no type; add one")
        names = _Names(self._trees, name, known or {})
        return {argument.arg: names.value(argument.annotation) for argument in arguments if argument.annotation}

    def bases(self, name: str) -> set[str]:
        """Names of the classes that a class is derived from, as its source says them."""
        node = self._definition(name)
        return {ast.unparse(base) for base in node.bases} if isinstance(node, ast.ClassDef) else set()

    def functions(self, name: str) -> set[str]:
        """Names of the functions that a class itself defines."""
        return {part.name for part in self._methods(name)}

    def arguments(self, name: str, function: str) -> list[str]:
        """Names of the arguments of a function that a class itself defines, beside self; empty if it does not."""
        found = [part for part in self._methods(name) if part.name == function]
        return [argument.arg for part in found for argument in [*part.args.args, *part.args.kwonlyargs][1:]]

    def constant(self, name: str, attribute: str) -> Any:
        """The value that a class itself gives an attribute in its body, if it is a literal; else None."""
        for part in self._definition(name).body:
            match part:
                case ast.Assign(targets=[ast.Name(id=found)]) if found == attribute:
                    return ast.literal_eval(part.value)
        return None

    def _methods(self, name: str) -> list[ast.FunctionDef]:
        return [part for part in self._definition(name).body if isinstance(part, ast.FunctionDef)]

    def _definition(self, name: str) -> ast.ClassDef | ast.FunctionDef:
        if name not in self._definitions:
            raise KeyError(f"{name!r} is not in {self.package}; accepted: {', '.join(self._definitions)}")
        return self._definitions[name]

    @cached_property
    def _trees(self) -> dict[str, ast.Module]:
        return {
            path.stem: ast.parse(path.read_text(encoding="utf-8"), str(path))
            for path in sorted(self._folder.glob("[!_]*.py"))
        }

    @cached_property
    def _definitions(self) -> dict[str, ast.ClassDef | ast.FunctionDef]:
        found = {}
        for name, tree in self._trees.items():
            wanted = _plain(self._member or name)
            for node in tree.body:
                if isinstance(node, self._kinds) and _plain(node.name) == wanted:
                    found[name] = node
        return found


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _arguments(node: ast.ClassDef | ast.FunctionDef) -> list[ast.arg]:
    if isinstance(node, ast.FunctionDef):
        return node.args.kwonlyargs
    constructor = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
    arguments = [argument for part in constructor for argument in [*part.args.args, *part.args.kwonlyargs]]
    return [argument for argument in arguments if argument.arg not in GIVEN]


class _Names(dict[str, Any]):
    """What annotations may mention: types, `Annotated`, `Literal`, `Field`, and what their own module assigns.

    Names that it imports from another module of the package are looked up there.
    """

    def __init__(self, trees: Mapping[str, ast.Module], name: str, known: Mapping[str, Any]) -> None:
        super().__init__(
            {kind.__name__: kind for kind in (bool, int, float, str, list, dict, tuple)}
            | {"Annotated": Annotated, "Literal": Literal, "Field": Field}
            | dict(known)
        )
        self._trees, self._name = trees, name

    def __missing__(self, name: str) -> Any:
        for node in self._trees[self._name].body:
            if isinstance(node, ast.Assign) and any(ast.unparse(target) == name for target in node.targets):
                return self.value(node.value)
            if not isinstance(node, ast.ImportFrom):
                continue
            there = [part.name for part in node.names if (part.asname or part.name) == name]
            module = (node.module or "").rpartition(".")[2]
            if there and module in self._trees:
                return _Names(self._trees, module, {})[there[0]]
        raise TypeError(f"{self._name}.py: the type {name!r} of a parameter is assigned neither there nor beside it")

    def value(self, expression: ast.expr) -> Any:
        """What an annotation means."""
        return eval(compile(ast.Expression(expression), self._name, "eval"), {"__builtins__": {}}, self)
