"""Writing a brief into a folder: all of it or nothing, and the same bytes for the same record."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from leadline.core.errors import RequestError
from leadline.data.panel.panel import Panel
from leadline.publish.brief import html, markdown
from leadline.publish.brief.charts import charts
from leadline.publish.brief.record import Brief, as_json
from leadline.publish.look import theme
from leadline.publish.look.drawing import png

#: every chart this project has ever drawn into a folder, with its size: those that are not drawn now are taken away
SIZES = {"ratio": theme.WIDE, "strength": theme.TALL}


def write(brief: Brief, panel: Panel, folder: Path) -> tuple[Path, ...]:
    """Write brief.html, brief.md, brief.json and charts/*.png; return their paths, in this order.

    `panel` is the one the brief was built on. Everything is made in a folder beside `folder` first; then a new `folder`
    appears by one rename, and in one that exists each file is replaced by a rename. Other files there stay, a chart of
    an earlier brief that this one does not draw goes. Raises RequestError where the folder cannot be written.
    """
    made = render(brief, panel)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = folder.absolute().parent / f".{folder.absolute().name}.{os.getpid()}.partial"
        try:
            _fill(aside, made)
            _move(aside, folder, made)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise RequestError(
            f"folder {folder} for the brief",
            found=error.strerror or str(error),
            expected="a folder that can be written",
            todo="name another with --out",
        ) from error
    return tuple(folder / name for name in made)


def render(brief: Brief, panel: Panel) -> dict[str, bytes]:
    """Every file of the brief by its name inside the folder. The same record gives the same bytes."""
    drawn = charts(brief, panel)
    document = json.dumps(as_json(brief), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return {
        "brief.html": html.page(brief, drawn).encode(),
        "brief.md": markdown.text(brief, drawn).encode(),
        "brief.json": document.encode(),
        **{f"charts/{chart.name}.png": png(chart, SIZES[chart.name]) for chart in drawn},
    }


def _fill(aside: Path, made: dict[str, bytes]) -> None:
    shutil.rmtree(aside, ignore_errors=True)  # what a killed process of the same number left
    (aside / "charts").mkdir(parents=True)
    for name, content in made.items():
        (aside / name).write_bytes(content)


def _move(aside: Path, folder: Path, made: dict[str, bytes]) -> None:
    if not folder.exists():
        aside.rename(folder)
        return
    (folder / "charts").mkdir(parents=True, exist_ok=True)
    for name in made:
        (aside / name).replace(folder / name)
    for chart in SIZES:
        if f"charts/{chart}.png" not in made:
            (folder / "charts" / f"{chart}.png").unlink(missing_ok=True)
