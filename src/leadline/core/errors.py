"""The errors, by cause: the request is wrong, the data cannot answer, a source failed, a promise inside was broken.

Every error is built from the same four answers: what was asked, what was found, what was expected, what to do.
"""

from __future__ import annotations


class LeadlineError(Exception):
    """The root of every error this project raises on purpose.

    Parameters are sentences or fragments; those that are empty are left out of the message.

    >>> str(RequestError("as-of date", found="2024-13-01", expected="a date such as 2024-07-16"))
    'as-of date: found 2024-13-01; expected a date such as 2024-07-16'
    """

    exit_code = 1

    def __init__(self, asked: str, *, found: str = "", expected: str = "", todo: str = "") -> None:
        self.asked, self.found, self.expected, self.todo = asked, found, expected, todo
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """The whole message in one line: asked, found, expected, what to do."""
        parts = [f"found {self.found}" if self.found else "", f"expected {self.expected}" if self.expected else ""]
        parts.append(self.todo)
        said = "; ".join(part for part in parts if part)
        return f"{self.asked}: {said}" if said else self.asked

    def as_json(self) -> dict[str, str]:
        """The same four answers by name, for `--json`."""
        return {
            "error": type(self).__name__,
            "asked": self.asked,
            "found": self.found,
            "expected": self.expected,
            "todo": self.todo,
        }


class RequestError(LeadlineError):
    """What was asked is wrong: the user can mend it. Exit code 2."""

    exit_code = 2


class DataError(LeadlineError):
    """The request is fine, but the data at hand cannot answer it. Exit code 1."""


class SourceError(LeadlineError):
    """A source did not answer, or answered something else than its format. Exit code 1."""


class PromiseError(LeadlineError):
    """Something this project promises does not hold: a bug, or a damaged ledger. Exit code 1."""
