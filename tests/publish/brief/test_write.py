from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from leadline.core.errors import RequestError
from leadline.data.panel.panel import Panel
from leadline.judgement.playbook import choose
from leadline.publish.brief import Brief, as_json, build, write
from leadline.publish.brief.write import render

from .panels import daily, market

DRAWN = ("ratio", "strength", "distribution", "participation", "drawdowns")
NAMES = ["brief.html", "brief.md", "brief.json", *(f"charts/{name}.png" for name in DRAWN)]


def made(count: int = 300) -> tuple[Brief, Panel]:
    panel = daily(market(count))
    return build(panel, choose(panel)), panel


def below(folder: Path) -> list[str]:
    return sorted(str(found.relative_to(folder)) for found in folder.rglob("*") if found.is_file())


def test_a_new_folder_holds_the_whole_brief_and_nothing_else(tmp_path: Path) -> None:
    brief, panel = made()
    folder = tmp_path / "deep" / "out"
    assert write(brief, panel, folder) == tuple(folder / name for name in NAMES)
    assert below(tmp_path) == sorted(f"deep/out/{name}" for name in NAMES)
    assert json.loads((folder / "brief.json").read_text(encoding="utf-8")) == as_json(brief)


def test_charts_as_svg_stand_alone_and_go_when_they_are_not_asked_for(tmp_path: Path) -> None:
    brief, panel = made()
    write(brief, panel, tmp_path, svg=True)
    assert below(tmp_path) == sorted([*NAMES, *(f"charts/{name}.svg" for name in DRAWN)])
    for name in DRAWN:
        root = ET.fromstring((tmp_path / "charts" / f"{name}.svg").read_text(encoding="utf-8"))  # noqa: S314 - our own file
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        words = "".join(root.itertext())
        assert f"data {brief.data_hash}" in words, "the footer says source, cut and version"
        assert "http" not in words
    write(brief, panel, tmp_path)
    assert below(tmp_path) == sorted(NAMES)


def test_the_same_record_gives_the_same_bytes() -> None:
    first, second = render(*made()), render(*made())
    assert list(first) == NAMES
    assert first == second


def test_an_existing_folder_keeps_what_is_not_ours_and_loses_a_chart_no_longer_drawn(tmp_path: Path) -> None:
    brief, panel = made()
    write(brief, panel, tmp_path)
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "charts" / "mine.png").write_bytes(b"mine")
    young, short = made(30)  # too young for three months of strength
    names = [path.relative_to(tmp_path).as_posix() for path in write(young, short, tmp_path)]
    assert names[:4] == ["brief.html", "brief.md", "brief.json", "charts/ratio.png"]
    assert "charts/strength.png" not in names
    assert below(tmp_path) == sorted([*names, "charts/mine.png", "mine.txt"])
    assert json.loads((tmp_path / "brief.json").read_text(encoding="utf-8")) == as_json(young)


def test_a_file_in_the_way_is_a_wrong_request(tmp_path: Path) -> None:
    brief, panel = made(30)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(RequestError, match=r"for the brief: found .*expected a folder that can be written"):
            write(brief, panel, folder)
    assert below(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_a_wrong_request(tmp_path: Path) -> None:
    brief, panel = made(30)
    tmp_path.chmod(0o500)
    with pytest.raises(RequestError, match="Permission denied"):
        write(brief, panel, tmp_path / "out")
    tmp_path.chmod(0o700)


def test_a_failure_in_the_middle_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brief, panel = made(30)
    kept = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "brief.json":
            raise OSError(28, "No space left on device")
        return kept(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(RequestError, match="No space left on device"):
        write(brief, panel, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
