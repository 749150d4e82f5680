"""The law of pins: an extra that a pinned package asks for stands at the pin.

pip takes `coverage[toml]` for another package than a pinned `coverage`: it looks for the newest one and refuses it, as
it has no hash here. A lock without its extras works until the day on which there is a newer release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = Path(__file__).parents[2] / "requirements"


def pins(lock: str) -> dict[str, set[str]]:
    """The extras at each pin of a lock that counts on this machine, by package."""
    found: dict[str, set[str]] = {}
    for line in (LOCKS / lock).read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            one = Requirement(line.removesuffix("\\").strip())
            if one.marker is None or one.marker.evaluate():
                found.setdefault(canonicalize_name(one.name), set()).update(one.extras)
    return found


def asked(package: str, extras: set[str]) -> Iterator[Requirement]:
    """What an installed package asks for here, with the extras it is pinned with; nothing of one that is not there."""
    try:
        wanted = [Requirement(text) for text in requires(package) or ()]
    except PackageNotFoundError:
        return
    for one in wanted:
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield one


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt"])
def test_every_extra_that_is_asked_for_is_pinned(lock: str) -> None:
    pinned = pins(lock)
    assert "polars" in pinned
    wanted = [(package, one) for package, extras in pinned.items() for one in asked(package, extras)]
    missing = [
        f"{package} asks for {one}"
        for package, one in wanted
        if not one.extras <= pinned.get(canonicalize_name(one.name), set())
    ]
    assert missing == [], "run `make lock`"


def test_the_test_sees_an_extra_that_is_not_pinned() -> None:
    pinned = pins("dev.txt")
    assert pinned["coverage"] == {"toml"}
    assert any(one.name == "coverage" and one.extras == {"toml"} for one in asked("pytest-cov", set()))
