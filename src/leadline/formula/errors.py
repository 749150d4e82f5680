"""The error of a formula: what is wrong, where (a caret), what was expected, what may have been meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from leadline.core.errors import RequestError

WINDOW = 100


class FormulaError(RequestError):
    """A formula that cannot be read or does not fit its catalogue or panel. Exit code 2, as every request error.

    `text` is the formula, `at` the place in it (0-based; None when unknown). Long text is shown around the place only.

    >>> print(FormulaError("function", found="chnage", expected="change", text="chnage(IWM, 6d)", at=0))
    function: found chnage; expected change
      chnage(IWM, 6d)
      ^
    """

    def __init__(
        self, asked: str, *, found: str = "", expected: str = "", text: str = "", at: int | None = None
    ) -> None:
        self.text, self.at = text, at
        super().__init__(asked, found=found, expected=expected)

    def sentence(self) -> str:
        """The message, and below it the formula with a caret when the place is known."""
        said = super().sentence()
        return said if self.at is None or not self.text else f"{said}\n{_pointed(self.text, self.at)}"

    def placed(self, text: str) -> FormulaError:
        """The same error, pointing into `text`."""
        return FormulaError(self.asked, found=self.found, expected=self.expected, text=text, at=self.at)


def _pointed(text: str, at: int) -> str:
    at = min(max(at, 0), len(text))
    start = 0 if len(text) <= WINDOW else max(0, min(at - WINDOW // 2, len(text) - WINDOW))
    shown = "".join(" " if sign.isspace() else sign for sign in text[start : start + WINDOW])
    before, after = ("..." if start else ""), ("..." if start + WINDOW < len(text) else "")
    return f"  {before}{shown}{after}\n  {' ' * (len(before) + at - start)}^"


def nearest(name: str, known: Iterable[str], otherwise: str) -> str:
    """What may have been meant by `name`: up to three of `known`, or `otherwise`.

    >>> nearest("chnage", ["change", "corr"], "a function")
    'change'
    """
    by_lower = {one.lower(): one for one in sorted(known, reverse=True)}
    close = get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.6)
    return " or ".join(by_lower[one] for one in close) if close else otherwise
