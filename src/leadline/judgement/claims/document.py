"""A YAML file as values and lines: one pass over the text, and errors that name the line and the key.

Aliases and keys that stand twice are refused; so is text that is too long or too deep to be a file of ours.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from leadline.core.errors import RequestError

LONGEST: Final = 1_000_000
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Document:
    """A file that was read: what it is called in errors, its values, and its tree with the place of every key."""

    name: str
    values: Any
    tree: yaml.Node | None

    def line(self, path: Sequence[int | str]) -> int:
        """The line (from 1) of the innermost part of `path` that the file has; what it does not have is skipped."""
        node, line = self.tree, 1 if self.tree is None else self.tree.start_mark.line + 1
        for part in path:
            found = _step(node, part)
            if found is not None:
                line, node = found
        return line


class _Loader(yaml.SafeLoader):
    """SafeLoader without aliases and without repeated keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias; write the values out", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        seen: set[object] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands here twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def text_of(path: Path, what: str, todo: str) -> str:
    """The text of a YAML file. Raises RequestError where it cannot be read; `what` it is and `todo` are for that."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "bytes that are not UTF-8 text"
        raise RequestError(f"{what} {path}", found=said, expected="a YAML file in UTF-8", todo=todo) from error


def read_document(text: str, name: str, todo: str) -> Document:
    """The values of YAML text with their places. Raises RequestError, with the line where there is one."""
    if len(text) > LONGEST:
        raise RequestError(name, found=f"{len(text):,} characters", expected=f"at most {LONGEST:,}")
    try:
        tree, values = _loaded(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}, line {mark.line + 1}" if mark else name
        raise RequestError(where, found=str(error.problem or error.context), expected="YAML", todo=todo) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        said = "nesting too deep to read" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise RequestError(name, found=said, expected="YAML", todo=todo) from error
    return Document(name, values, tree)


def _loaded(text: str) -> tuple[yaml.Node | None, Any]:
    loader = _Loader(text)
    try:
        tree = loader.get_single_node()
        return tree, None if tree is None else loader.construct_document(tree)
    finally:
        loader.dispose()


def fitted(document: Document, model: type[Model], todo: str) -> Model:
    """The document as a model. Raises RequestError: line, key, what was found there."""
    if not isinstance(document.values, dict):
        kind = "nothing" if document.values is None else "text without keys"
        raise RequestError(document.name, found=kind, expected="keys and values", todo=todo)
    try:
        return model.model_validate(document.values)
    except ValidationError as error:
        raise _complaint(error, document, todo) from error


def _complaint(error: ValidationError, document: Document, todo: str) -> RequestError:
    """The first unknown key, else the first error; how many more there are."""
    found = error.errors(include_url=False)
    first = min(found, key=lambda one: one["type"] != "extra_forbidden")
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    path = [part for part in first["loc"] if not str(part).startswith(("function-", "constrained-"))]
    key = ".".join(str(part) for part in path) or "the file"
    where = f"{document.name}, line {document.line(path)}, {key}"
    return RequestError(where, found=f"{_wrong(first)}{more}", todo=todo)


def _wrong(one: ErrorDetails) -> str:
    fixed = {"extra_forbidden": "a key that is not known here", "missing": "nothing: this key is required"}
    if one["type"] in fixed:
        return fixed[one["type"]]
    said = one["msg"].removeprefix("Value error, ")
    if one["type"] == "value_error":
        return said
    return f"{said[:1].lower()}{said[1:]}, given {str(one.get('input'))[:60]!r}"


def _step(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    return None
