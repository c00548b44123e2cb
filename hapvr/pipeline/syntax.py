"""What a module does, without what it says: its syntax tree free of comments, docstrings, types and checks."""

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

TYPE_ALIASES = {
    "Annotated", "Callable", "Iterable", "Literal", "Mapping", "Sequence", "Union", "dict", "list", "set", "tuple",
}  # fmt: skip
CHECKS = {"field_validator", "model_validator"}


@dataclass(frozen=True)
class Module:
    """One module as its source tells.

    digest: of what it does. imports: (module, name or "") of every import statement that may be executed when it is
    used. lazy: the same of its `__getattr__`, executed for the names that it does not bind itself. bound: those names.
    """

    digest: str
    imports: list[tuple[str, str]]
    lazy: list[tuple[str, str]]
    bound: list[str]


def read_module(source: str, name: str) -> Module:
    """Raises SyntaxError naming the module."""
    tree = ast.parse(source, name)
    _without_type_checking(tree)
    lazy = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "__getattr__"]
    imports = {found for node in tree.body if node not in lazy for found in _imports(node)}
    lazily = {found for node in lazy for found in _imports(node)}
    bound = set(_bound(tree))
    # Last: it takes the tree apart.
    return Module(digest_of(tree), sorted(imports), sorted(lazily), sorted(bound))


def digest_of(tree: ast.Module) -> str:
    """Equal for modules that do the same: `tree` loses its docstrings, types, checks and unused imports."""
    bare = _Bare().visit(tree)
    used = {node.id for node in ast.walk(bare) if isinstance(node, ast.Name)}
    imported = []
    for node in ast.walk(bare):
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                kept = [part for part in statements if not isinstance(part, ast.Import | ast.ImportFrom)]
                imported += [part for part in statements if isinstance(part, ast.Import | ast.ImportFrom)]
                setattr(node, field, kept or ([ast.Pass()] if field == "body" and statements else []))
    names = sorted(_used_names(imported, used))
    return hashlib.sha256(f"{names}\n{ast.dump(bare, annotate_fields=False)}".encode()).hexdigest()[:16]


def _used_names(imported: list[ast.Import | ast.ImportFrom], used: set[str]) -> Iterator[str]:
    """What is imported and used, in one form however it was written down."""
    for node in imported:
        for alias in node.names:
            if (alias.asname or alias.name).partition(".")[0] in used:
                yield f"{getattr(node, 'module', None) or ''}:{alias.name}:{alias.asname or ''}"


def _without_type_checking(tree: ast.Module) -> None:
    """Takes out what only a type checker imports."""
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"))
    ]


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    for part in ast.walk(node):
        if isinstance(part, ast.Import):
            yield from ((alias.name, "") for alias in part.names)
        elif isinstance(part, ast.ImportFrom):
            yield from ((part.module or "", alias.name) for alias in part.names)


def _bound(tree: ast.Module) -> Iterator[str]:
    """Names that executing the module binds."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        else:
            yield from (
                part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            )


class _Bare(ast.NodeTransformer):
    """Takes out docstrings, annotations, type aliases, descriptions of fields and validators."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        if any(_name_of(decorator) in CHECKS for decorator in node.decorator_list):
            return None
        node.returns = None
        arguments = node.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for argument in named:
            if argument is not None:
                argument.annotation = None
        return self._visit_body(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._visit_body(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        is_type = isinstance(node.value, ast.Subscript) and ast.unparse(node.value.value) in TYPE_ALIASES
        return None if is_type else self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        if isinstance(node.value, ast.Call) and _name_of(node.value) == "Field":
            defaults = [item for item in node.value.keywords if item.arg in ("default", "default_factory")]
            node.value = ast.Call(node.value.func, node.value.args, defaults) if node.value.args or defaults else None
        return self.generic_visit(node)

    def _visit_body(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node


def _name_of(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]
