"""The project's own source, read as text and never imported."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "avepoint_async"

# these stand outside and use the public names, as any program or test suite does
GUESTS = ("cli", "spark", "testing")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@attrs.frozen
class Import:
    """One imported name, seen from one module; modules are named relative to the package.

    Attributes:
        importer: The module that holds the statement; `""` is the package root.
        target: The module that is loaded.
        name: What is taken out of `target`, or None where the module itself is meant.
    """

    importer: str
    target: str
    name: str | None = None

    def __str__(self) -> str:
        """The import as a failing test shows it."""
        return f"{self.importer or '<root>'} -> {self.target or '<root>'} ({self.name})"


def python_files() -> list[Path]:
    """Every Python file of the project: package, tests, benchmarks, sessions."""
    folders = (PACKAGE, ROOT / "tests", ROOT / "benchmarks")
    return [ROOT / "noxfile.py", *(path for each in folders for path in sorted(each.rglob("*.py")))]


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_name(path: Path) -> str:
    """`auth.token` for `avepoint_async/auth/token.py`; a package goes by its folder."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def package_modules() -> dict[str, ast.Module]:
    """Every module of the package by its relative name; `""` is the root."""
    return {module_name(path): parse(path) for path in sorted(PACKAGE.rglob("*.py"))}


def guest(module: str) -> str:
    """The guest that a module belongs to, or is; `""` for a module of the house."""
    return next((each for each in GUESTS if f"{module}.".startswith(f"{each}.")), "")


def inner_imports(modules: dict[str, ast.Module]) -> list[Import]:
    """Every import of one module by another, those inside functions and `if` blocks too."""
    return [each for name in modules for each in imports_of(name, modules)]


def imports_of(name: str, modules: dict[str, ast.Module]) -> Iterator[Import]:
    """What one module imports of the package it belongs to."""
    for node in ast.walk(modules[name]):
        match node:
            case ast.Import(names=aliases):
                found = [Import(name, inner(alias.name)) for alias in aliases if ours(alias.name)]
            case ast.ImportFrom(names=aliases) if ours(base := origin(name, node, modules)):
                found = [member(name, inner(base), alias.name, modules) for alias in aliases]
            case _:
                found = []
        yield from found


def ours(absolute: str) -> bool:
    """Does the name belong to this package?"""
    return absolute.partition(".")[0] == PACKAGE.name


def inner(absolute: str) -> str:
    """The name without the package's own in front."""
    return absolute.partition(".")[2]


def origin(name: str, node: ast.ImportFrom, modules: dict[str, ast.Module]) -> str:
    """The absolute name of the module behind `from`, its leading dots resolved."""
    if not node.level:
        return node.module or ""
    here = [PACKAGE.name, *(part for part in name.split(".") if part)]
    is_package = any(other.startswith(f"{name}.") for other in modules) or not name
    kept = here[: len(here) - node.level + is_package]
    return ".".join([*kept, *([node.module] if node.module else [])])


def member(name: str, base: str, taken: str, modules: dict[str, ast.Module]) -> Import:
    """`from base import taken`, where `taken` may itself be a module."""
    as_module = f"{base}.{taken}".lstrip(".")
    return Import(name, as_module) if as_module in modules else Import(name, base, taken)


def functions(tree: ast.Module) -> list[FunctionNode]:
    """Every function and method, wherever it stands."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def undocumented(tree: ast.Module, where: str) -> list[str]:
    """The public names without a docstring: the module, its classes, functions and methods."""
    missing = [] if ast.get_docstring(tree) else [where]
    return missing + [f"{where}.{path}" for path in public_without(tree, "")]


def public_without(owner: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    """The public definitions directly inside a module or class that lack a docstring."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in owner.body:
        if isinstance(node, kinds) and not node.name.startswith("_") and not is_repeated(node):
            path = f"{prefix}{node.name}"
            yield from [] if ast.get_docstring(node) else [path]
            yield from public_without(node, f"{path}.") if isinstance(node, ast.ClassDef) else []


def is_repeated(node: ast.ClassDef | FunctionNode) -> bool:
    """An overload or a setter; the definition that it belongs to explains it."""
    endings = ("overload", ".setter")
    return any(ast.unparse(each).endswith(endings) for each in node.decorator_list)


def calls(tree: ast.Module) -> set[str]:
    """The last name of everything that is called: `ClientSession` of `aiohttp.ClientSession()`."""
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {ast.unparse(each).rpartition(".")[2] for each in called}
