"""The house's rules of shape hold, and the check can fail."""

from __future__ import annotations

from pathlib import Path

from .shape import complaints


def test_every_module_function_and_signature_is_in_bounds() -> None:
    assert list(complaints()) == []


def test_the_check_finds_what_it_is_for(tmp_path: Path) -> None:
    (tmp_path / "utils.py").write_text("class AMixin:\n    pass\n\n\ndef f(a, b, c, d, e, g, h, **kw):\n    pass\n")
    long = "def long():\n" + "    x = 1\n" * 60 + "\n"
    (tmp_path / "long.py").write_text(long + "y = 1\n" * 400 + "try:\n    pass\nexcept Exception:\n    pass\n")
    said = list(complaints(tmp_path))
    assert len(said) == 7
    assert "utils.py: a module named utils says nothing of what is in it" in said
    assert "long.py:1: long has 61 lines, at most 60" in said
