"""Every page is valid HTML, by the Nu checker (vnu): every template, every state of a sitting, both languages.

The checker is a Java program. `./dev test` fetches it, by the hash in `checker/package-lock.json`, where npm and Java
are; VNU_JAR names another one.
"""

import json
import subprocess
from pathlib import Path

import pytest

from fangbang.pages.contacts import load_contacts
from fangbang.pages.site import Site
from tests.conftest import CHECKER
from tests.pages.gallery import gallery
from tests.pages.test_contacts import SAMPLE, folder
from tests.pages.test_site import DEMO

pytestmark = pytest.mark.checker


def complaints(folder: Path) -> list[str]:
    """What the checker says about the files of a folder, warnings included."""
    command = ["java", "-Xss1m", "-jar", str(CHECKER), "--format", "json", "--skip-non-html", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stderr)["messages"]
    return [f"{Path(item['url']).name}:{item.get('lastLine')}: {item['message']}" for item in found]


def test_every_page(tmp_path: Path) -> None:
    (tmp_path / "exams").mkdir()
    sites = {"plain": Site(), "demo": Site(DEMO, load_contacts(folder(tmp_path / "exams", SAMPLE)))}
    (tmp_path / "pages").mkdir()
    for name, site in sites.items():
        for language in ("zh", "en"):
            for page, html in gallery(site, language).items():
                (tmp_path / "pages" / f"{name}-{language}-{page}.html").write_bytes(html)

    assert complaints(tmp_path / "pages") == []


def test_a_planted_fault_is_found(tmp_path: Path) -> None:
    """Positive control."""
    (tmp_path / "bad.html").write_bytes(Site().help("zh").replace(b"<ul>", b"<ul><p>", 1))

    assert len(complaints(tmp_path)) > 0
