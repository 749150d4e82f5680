"""The page of all commands, made from the commands: `python -m leadline.cli.reference > docs/90-commands.md`."""

from __future__ import annotations

import sys
from inspect import cleandoc
from typing import Any

import typer


def page() -> str:
    """docs/90-commands.md: every command with what it does, its arguments and its options."""
    from leadline.cli.main import app

    group: Any = typer.main.get_command(app)
    lines = ["# Commands", "", "Made from the commands themselves; a test holds it to them.", ""]
    for name in sorted(group.commands):
        lines += _section(name, group.commands[name])
    return "\n".join(lines).rstrip() + "\n"


def _section(name: str, command: Any) -> list[str]:
    rows = [_row(parameter) for parameter in command.params if parameter.name != "help"]
    usage = " ".join(_usage(parameter) for parameter in command.params if parameter.param_type_name == "argument")
    table = ["| | |", "|---|---|", *rows] if rows else []
    return [f"## leadline {name} {usage}".rstrip(), "", cleandoc(command.help or ""), "", *table, ""]


def _usage(parameter: Any) -> str:
    shown = (parameter.metavar or parameter.name).upper()
    return shown if parameter.required else f"[{shown}]"


def _row(parameter: Any) -> str:
    names = ", ".join(parameter.opts) if parameter.param_type_name == "option" else _usage(parameter)
    default = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
    plain = default not in (None, False, "") and parameter.show_default is not False and not callable(default)
    said = f" Default: {default}." if plain else ""
    return f"| `{names}` | {(parameter.help or '').replace('|', '/')}{said} |"


if __name__ == "__main__":
    sys.stdout.write(page())
