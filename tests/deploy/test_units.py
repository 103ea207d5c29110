"""The shipped units and scripts: what systemd itself says of them, and that what they start is what the program has."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from fangbang.cli import main
from tests.conftest import ROOT

UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")
MOST_EXPOSED = 2.0
"""Of ten, as `systemd-analyze security` counts; an ordinary service without hardening has 9.6."""
PROGRAM = "/usr/local/fangbang/bin/fangbang"
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed (Debian: systemd)")


def analyze(*words: str) -> str:
    assert ANALYZE is not None
    done = subprocess.run([ANALYZE, *words], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def commands(unit: str) -> list[list[str]]:
    """What a unit starts, as words."""
    return [shlex.split(line.partition("=")[2]) for line in unit.splitlines() if line.startswith("ExecStart=")]


def exposure(unit: Path) -> float:
    told = analyze("security", "--offline=true", "--no-pager", str(unit))
    found = re.search(r"exposure level for \S+: ([0-9.]+)", told)
    assert found is not None, told
    return float(found.group(1))


def complaints(unit: Path) -> list[str]:
    """What systemd finds wrong with a unit, but that the program is not installed here."""
    told = analyze("verify", "--man=no", str(unit)).splitlines()
    return [line for line in told if unit.name in line and "is not executable" not in line]


def test_there_is_a_unit_for_each_process() -> None:
    names = {unit.stem for unit in SERVICES}

    assert names == {"fangbang-backup", "fangbang-keeper", "fangbang-lookup", "fangbang-office"}


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: str(unit.stem))
def test_systemd_finds_nothing_wrong_and_little_exposed(unit: Path) -> None:
    assert complaints(unit) == []
    assert exposure(unit) < MOST_EXPOSED


@needs_systemd
def test_the_detectors_see_a_bad_unit(tmp_path: Path) -> None:
    bad = tmp_path / "fangbang-bad.service"
    text = (UNITS / "fangbang-office.service").read_text()
    bad.write_text(
        re.sub(r"(?m)^(Protect|Private|Restrict|SystemCall|Capability|NoNew).*\n", "", text) + "Nonsense=1\n"
    )

    assert [line for line in complaints(bad) if "Nonsense" in line] != []
    assert exposure(bad) > MOST_EXPOSED


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: str(unit.stem))
def test_what_a_unit_starts_is_what_the_program_has(unit: Path) -> None:
    """Every word of ExecStart is a verb or an option that exists."""
    (words,) = commands(unit.read_text())
    options = [word for word in words[1:] if word.startswith("--")]
    verbs = [word for word in words[1:3] if not word.startswith("--")]
    told = CliRunner().invoke(main, [*verbs, "--help"])

    assert words[0] == PROGRAM
    assert told.exit_code == 0
    assert [option for option in options if option not in told.output] == []


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: str(unit.stem))
def test_no_process_dumps_its_memory_or_swaps_it(unit: Path) -> None:
    lines = unit.read_text().splitlines()

    assert {"LimitCORE=0", "MemorySwapMax=0", "NoNewPrivileges=yes"} - set(lines) == set()


def test_the_keeper_has_no_network_and_the_node_no_keys() -> None:
    keeper, lookup = ((UNITS / f"fangbang-{name}.service").read_text().splitlines() for name in ("keeper", "lookup"))

    assert {"PrivateNetwork=yes", "RestrictAddressFamilies=AF_UNIX"} - set(keeper) == set()
    assert [line for line in lookup if line.startswith("InaccessiblePaths=")] == [
        "InaccessiblePaths=-/var/lib/fangbang/office -/var/lib/fangbang/keeper/keys"
    ]


def test_scripts_of_the_air_gapped_installation_fetch_nothing() -> None:
    """`./dev airgap` runs both; here only that the second one cannot reach out."""
    text = (ROOT / "deploy" / "airgap" / "install.sh").read_text()

    assert text.count("--no-index") == 1
    assert re.findall(r"\b(curl|wget|git|apt|apt-get)\b", text) == []
    assert text.count("--require-hashes") == 1
