"""Playbook files: YAML to a `Playbook`, with errors that name the key and the line.

Shipped playbooks lie beside this module; `SHIPPED` is the order in which they are tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from leadline.core.errors import RequestError
from leadline.judgement.playbook.model import Playbook

#: the same loader in C, several times as fast, where PyYAML was built with it
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

SHIPPED = ("size-rotation", "sample", "simulated")


def load(path: Path) -> Playbook:
    """The playbook of a YAML file.

    Raises RequestError where the file cannot be read, is not YAML, or has a wrong, missing or unknown key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"playbook {path}", found=str(error), expected="a readable YAML file in UTF-8") from error
    return parse(text, str(path))


def shipped() -> tuple[Playbook, ...]:
    """The playbooks that come with the package, in the order in which they are tried.

    >>> [playbook.numerator.name for playbook in shipped()]
    ['IWM', 'SMALL', 'SIM_SMALL']
    """
    return tuple(one_by_one())


def one_by_one() -> Iterator[Playbook]:
    """The playbooks of `shipped`, each read when it is its turn: the first mostly fits."""
    return (_shipped(name) for name in SHIPPED)


@cache
def _shipped(name: str) -> Playbook:
    text = (files("leadline.judgement.playbook") / f"{name}.yaml").read_text(encoding="utf-8")
    return parse(text, f"{name}.yaml")


def parse(text: str, where: str) -> Playbook:
    """The playbook of YAML text; `where` names it in errors. Raises RequestError as `load` does."""
    try:
        _refuse_aliases(text, where)
        tree = yaml.compose(text, Loader=_LOADER)
        _refuse_repeated_keys(tree, where)
        return Playbook.model_validate(yaml.load(text, Loader=_LOADER))  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise RequestError(f"playbook {where}", found=_one_line(str(error)), expected="YAML") from error
    except ValidationError as error:
        raise _complaint(error, tree, where) from error


def _complaint(error: ValidationError, tree: yaml.Node | None, where: str) -> RequestError:
    all_of_them = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    first, others = all_of_them[0], len(all_of_them) - 1
    key = ".".join(str(part) for part in first["loc"]) or "the file"
    return RequestError(
        f"playbook {where}, line {_line(tree, first['loc'])}, {key}",
        found=f"{_said(first)}{f' (and {others} more)' if others else ''}",
        todo="see the shipped playbooks for the keys",
    )


def _said(one: ErrorDetails) -> str:
    if one["type"] == "extra_forbidden":
        return "a key that playbooks do not have"
    if one["type"] == "missing":
        return "nothing: this key is required"
    if one["type"] == "value_error":
        return one["msg"].removeprefix("Value error, ")
    return f"{one['msg'][:1].lower()}{one['msg'][1:]}, given {str(one['input'])[:60]!r}"


def _line(tree: yaml.Node | None, loc: tuple[int | str, ...]) -> int:
    """The line (from 1) of the innermost node of `loc` that the file has."""
    node, line = tree, 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _refuse_aliases(text: str, where: str) -> None:
    for token in yaml.scan(text, Loader=_LOADER):
        if isinstance(token, yaml.AliasToken):
            line = token.start_mark.line + 1
            raise RequestError(
                f"playbook {where}, line {line}", found=f"an alias *{token.value}", expected="plain values"
            )


def _refuse_repeated_keys(node: yaml.Node | None, where: str) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item, where)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value)
        if name in seen:
            line = key.start_mark.line + 1
            raise RequestError(f"playbook {where}, line {line}, {name}", found="this key stands here twice")
        seen.add(name)
        _refuse_repeated_keys(value, where)


def _one_line(text: str) -> str:
    return " ".join(text.split())
