"""`fangbang statistics` as people run it: text, JSON, files, and what it refuses."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastexcel
import pytest

from tests.conftest import ROOT
from tests.project.databases import environment_of

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    home = tmp_path_factory.mktemp("home")

    def command(*words: str, module: str = "fangbang") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *words],
            env={**os.environ, **environment_of(home / "data"), "FANGBANG_LANG": "en"},
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert command("init").returncode == 0
    (home / "seeded.json").write_text(command(module="tests.office.seeding_marks").stdout.splitlines()[-1])
    command.__dict__["seeded"] = json.loads((home / "seeded.json").read_text())
    return command


@pytest.fixture(scope="module")
def seeded(run: Run) -> dict[str, Any]:
    told: dict[str, Any] = run.__dict__["seeded"]
    return told


def test_published_releases_are_listed_and_others_are_not(run: Run, seeded: dict[str, Any]) -> None:
    told = json.loads(run("--json", "statistics", "list").stdout)

    assert [item["sitting"] for item in told["releases"]] == ["social-worker-2024", "social-worker-2025"]
    assert seeded["release"] not in {item["release"] for item in told["releases"]}


def test_figures_of_one_province(run: Run, seeded: dict[str, Any]) -> None:
    told = json.loads(run("--json", "statistics", "show", seeded["published"], "--province", "110000").stdout)

    assert {one["province"] for one in told["figures"]} == {"110000"}
    assert len(told["figures"]) == 3
    assert "110000" in run("statistics", "show", seeded["published"]).stdout


def test_the_file_has_both_tables(run: Run, seeded: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "out.xlsx"

    told = json.loads(run("--json", "statistics", "export", seeded["published"], str(file)).stdout)

    assert told == {"file": str(file), "bytes": file.stat().st_size}
    assert fastexcel.read_excel(file).sheet_names == ["Figures", "Marks"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "{release}"), "release.not-published"),
        (("show", "rel-none"), "release.unknown"),
        (("show", "{published}", "--province", "650000"), "cli.statistics-place"),
        (("export", "{published}", "out.pdf"), "cli.statistics-ending"),
    ],
)
def test_what_cannot_be_told_is_refused(run: Run, seeded: dict[str, Any], words: tuple[str, ...], code: str) -> None:
    done = run("--json", "statistics", *(word.format(**seeded) for word in words))

    assert json.loads(done.stderr)["code"] == code
    assert done.returncode != 0
