"""The shape of the code: sizes of modules, functions and signatures. Run it, or let the test beside it run it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "leadline"
MODULE_LINES = 400
FUNCTION_LINES = 60
PARAMETERS = 6
FORBIDDEN_NAMES = {"utils", "helpers", "misc", "common"}


def complaints(source: Path = SOURCE) -> Iterator[str]:
    """One sentence for everything that breaks the house's rules of shape."""
    for path in sorted(source.rglob("*.py")):
        where = path.relative_to(source).as_posix()
        text = path.read_text(encoding="utf-8")
        if path.stem in FORBIDDEN_NAMES:
            yield f"{where}: a module named {path.stem} says nothing of what is in it"
        if (lines := len(text.splitlines())) > MODULE_LINES:
            yield f"{where}: {lines} lines, at most {MODULE_LINES}"
        for node in ast.walk(ast.parse(text)):
            yield from (f"{where}:{said}" for said in _of_node(node))


def _of_node(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION_LINES:
            yield f"{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}"
        if len(node.args.posonlyargs + node.args.args) > PARAMETERS:
            yield f"{node.lineno}: {node.name} takes more than {PARAMETERS} parameters by position"
        if node.args.kwarg is not None and not node.name.startswith("_"):
            yield f"{node.lineno}: {node.name} takes **{node.args.kwarg.arg}"
    if isinstance(node, ast.ClassDef):
        if node.name.endswith("Mixin"):
            yield f"{node.lineno}: {node.name} is a mixin"
        if any(keyword.arg == "metaclass" for keyword in node.keywords):
            yield f"{node.lineno}: {node.name} has a metaclass"
    if (
        isinstance(node, ast.ExceptHandler)
        and isinstance(node.type, ast.Name)
        and node.type.id in {"Exception", "BaseException"}
    ):
        yield f"{node.lineno}: catches {node.type.id}"


def main() -> int:
    """Print the complaints; 1 when there are any."""
    said = list(complaints())
    sys.stdout.write("\n".join(said) + "\n" if said else "shape: every module, function and signature is in bounds\n")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main())
