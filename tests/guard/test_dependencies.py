"""What runs needs only what `requirements/run.txt` locks, and everything locked carries its hashes."""

import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.guard.source import PACKAGE, ROOT, imported, python_files, tree

# Only with FANGBANG_DATABASE=postgresql://…; the extra `postgres` names it.
OPTIONAL = {"psycopg"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(path: Path) -> dict[str, int]:
    """Distribution → number of its hashes."""
    entries = re.split(r"^(?=[A-Za-z0-9])", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = [(re.match(r"([A-Za-z0-9._-]+)==", entry), entry) for entry in entries]
    return {canonical(match[1]): entry.count("--hash=sha256:") for match, entry in named if match}


def outside(paths: Iterable[Path]) -> set[str]:
    """Distributions that these files import from, the standard library and the project itself apart."""
    tops = {name.partition(".")[0] for path in paths for _, name in imported(tree(path))}
    owners = packages_distributions()
    foreign = tops - set(sys.stdlib_module_names) - {"fangbang"} - OPTIONAL
    return {canonical(owners.get(name, [name])[0]) for name in foreign}


@pytest.mark.parametrize("name", ["run", "dev"])
def test_everything_locked_carries_hashes(name: str) -> None:
    hashes = locked(ROOT / "requirements" / f"{name}.txt")

    assert len(hashes) > 20
    assert [package for package, count in hashes.items() if count == 0] == []


def test_the_package_imports_nothing_that_is_not_locked_for_running() -> None:
    assert outside(python_files(PACKAGE)) - set(locked(ROOT / "requirements" / "run.txt")) == set()


def test_tests_and_benches_import_nothing_that_is_not_locked() -> None:
    files = [*python_files(ROOT / "tests"), *python_files(ROOT / "bench")]
    ours = {"tests", "bench", "docs"}

    assert outside(files) - set(locked(ROOT / "requirements" / "dev.txt")) - ours == set()


def test_running_and_testing_use_the_same_versions() -> None:
    pinned = {
        name: set(re.findall(r"^\S+==\S+", (ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("run.txt", "dev.txt")
    }

    assert pinned["run.txt"] - pinned["dev.txt"] == set()


def test_the_detector_sees_an_unlisted_import(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("import json\nfrom pytest import fixture\nimport numpy.linalg\nimport fangbang.core\n")

    assert outside([module]) == {"pytest", "numpy"}
