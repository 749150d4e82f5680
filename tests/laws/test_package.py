"""The wheel holds the package and every data file of it, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_has_every_file_of_the_package(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("leadline/")}
    source = ROOT / "src"
    tracked = subprocess.run(["git", "ls-files", "src"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = {Path(line).relative_to("src").as_posix() for line in tracked.splitlines() if (ROOT / line).exists()}
    assert files <= packed
    assert {
        name for name in packed if (source / name).suffix not in {".py", ".yaml", ".json", ".lark", ".j2", ".typed"}
    } == set()
    assert {"leadline/formula/grammar.lark", "leadline/judgement/playbook/sample.yaml", "leadline/py.typed"} <= packed
