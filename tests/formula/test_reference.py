from __future__ import annotations

import re
from pathlib import Path

import pytest

from leadline.formula import CATALOGUE, FormulaError, describe
from leadline.formula.reference import BEGIN, END, function_table, function_text

PAGE = Path(__file__).parents[2] / "docs" / "30-formula.md"


def test_the_page_shows_the_catalogue_as_it_is() -> None:
    """Mend with `function_table()` between the marks."""
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.split(BEGIN)[1].split(END)[0].strip() == function_table()


def test_the_page_names_only_functions_that_exist() -> None:
    text = PAGE.read_text(encoding="utf-8").split(BEGIN)[0]
    called = {
        name for name in re.findall(r"\b([a-z_]+)\(", text) if name not in {"call", "parse", "series", "str", "equals"}
    }
    assert called - {"evaluate", "chnage"} <= set(CATALOGUE)


def test_python_on_the_page_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), {})  # noqa: S102 - our own page


def test_help_of_every_function_is_whole() -> None:
    for entry in CATALOGUE.values():
        lines = function_text(entry).splitlines()
        assert lines[0] == entry.signature()
        assert lines[-1] == f"  example: {entry.example}"
        assert len(lines) == len(entry.arguments) + 7


def test_an_unknown_function_has_a_nearest_name() -> None:
    with pytest.raises(FormulaError, match="found drawdwn; expected drawdown"):
        describe("drawdwn")


def test_names_of_functions_are_unique() -> None:
    from leadline.formula.catalogue import FAMILIES

    assert len(CATALOGUE) == sum(len(family.ENTRIES) for family in FAMILIES)
