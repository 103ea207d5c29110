"""`./dev`, the project's one door: what it offers is what it says."""

import re
import subprocess

from tests.guard.source import ROOT

DEV = ROOT / "dev"


def dev(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(DEV), *args], capture_output=True, text=True, check=False)


def told() -> set[str]:
    return set(re.findall(r"^  ([a-z]+)  +\S", dev().stdout, re.MULTILINE))


def test_every_command_has_one_line_of_help_and_every_line_a_command() -> None:
    source = DEV.read_text(encoding="utf-8").split("\ncase $command in\n", 1)[1]
    offered = set(re.findall(r"^  ([a-z]+)\)", source, re.MULTILINE))

    assert told() == offered
    assert {"demo", "test", "bench", "lint", "fmt", "run"} <= offered


def test_an_unknown_command_is_a_usage_error() -> None:
    result = dev("nonsense")

    assert result.returncode == 2
    assert "unknown command: nonsense" in result.stderr


def test_run_is_the_command_line_in_the_projects_environment() -> None:
    assert dev("run", "--version").stdout.startswith("fangbang ")


def test_the_documents_name_no_command_that_is_not_there() -> None:
    pages = [ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "docs/promises.toml")]
    named = {name for page in pages for name in re.findall(r"\./dev ([a-z]+)", page.read_text(encoding="utf-8"))}

    assert named - told() == set()
