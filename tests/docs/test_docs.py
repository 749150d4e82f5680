"""Every snippet of the documentation runs, and the commands print what the page says.

In a console block a line `$ leadline ...` is run; the lines below it must be in its output in order, `...` standing
for anything, `! ` at the start for stderr. Python blocks of a page run one after the other in one namespace. Pages that
use the ledger `demo` without making it find the sample in it, and `LEADLINE_HOME` leads to it too.
"""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from leadline.cli.main import app
from leadline.core.clock import now
from leadline.core.errors import LeadlineError
from leadline.data.feeds.sample import Sample
from leadline.data.ledger.write import pull

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])
BLOCK = re.compile(r"^```(?P<kind>console|python)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    words: list[str]
    out: list[str]
    err: list[str]


def commands(body: str) -> list[Command]:
    found: list[Command] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append(Command(shlex.split(line[2:]), [], []))
        elif line.startswith("! "):
            found[-1].err.append(line[2:])
        elif line.strip():
            found[-1].out.append(line)
    return found


def missing(expected: list[str], printed: str) -> list[str]:
    """The expected lines that are not in the output, in order."""
    lines = iter(printed.splitlines())
    lacking = []
    for line in expected:
        pattern = ".*".join(re.escape(piece.strip()) for piece in line.split("..."))
        if not any(re.fullmatch(pattern, one.strip()) for one in lines):
            lacking.append(line)
    return lacking


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sample")
    pull(home, Sample(), now())
    return home


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_the_page_does_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample_home: Path
) -> None:
    text = page.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    shutil.copytree(ROOT / "docs" / "example", tmp_path / "docs" / "example")
    if "pull sample --home demo" not in text:
        shutil.copytree(sample_home, tmp_path / "demo")
    monkeypatch.setenv("LEADLINE_HOME", str(tmp_path / "demo"))
    names: dict[str, Any] = {}
    for block in BLOCK.finditer(text):
        if block["kind"] == "python":
            exec(compile(block["body"], f"{page.name}", "exec"), names)  # noqa: S102 - our own pages
            continue
        for command in commands(block["body"]):
            assert command.words[0] == "leadline", f"only leadline is run here, not {command.words[0]}"
            ran = CliRunner().invoke(app, command.words[1:])
            said = str(ran.exception) if isinstance(ran.exception, LeadlineError) else ""
            printed = ran.stderr + (f"leadline: {said}" if said else "")
            assert command.err or ran.exit_code == 0, f"{command.words}: {ran.exception}"
            assert missing(command.out, ran.stdout) == [], f"{command.words} printed:\n{ran.stdout}"
            assert missing(command.err, printed) == [], f"{command.words} said:\n{printed}"


def test_every_link_to_a_file_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
