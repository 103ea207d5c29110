"""Every page is valid HTML, by the Nu checker (vnu): every template, every state of a sitting, both languages.

The checker is a Java program: `npm install --no-save vnu-jar` in the project's root, or VNU_JAR with the path of one.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fangbang.pages.contacts import load_contacts
from fangbang.pages.result import result_view
from fangbang.pages.site import Form, Site, enlarged
from tests.pages.records import CARD, RECORDS, RELEASED, words
from tests.pages.test_contacts import SAMPLE, folder
from tests.pages.test_site import DEMO, KINDS, T, card

ROOT = Path(__file__).resolve().parents[2]
JAR = Path(os.environ.get("VNU_JAR") or ROOT / "node_modules/vnu-jar/build/dist/vnu.jar")
needs_checker = pytest.mark.skipif(
    shutil.which("java") is None or not JAR.is_file(), reason="NOT RUN: the Nu checker (vnu.jar) or Java is not here"
)
MESSAGES = ("notfound", "limited", "challenge", "withdrawn", "unavailable", "overload", "missing")


def pages_of(site: Site, language: str) -> dict[str, bytes]:
    """Every page in every state."""
    states = ("preparing", "scheduled", "opening", "published", "withdrawn")
    cards = [card(state, f"{state}-2026", notice={"zh": "说明", "en": "Note"}, published_at=T) for state in states]
    published = card("published")
    form = Form("ticket-document", {"ticket": "<\"'&"}, "ticket")
    made = {f"sitting-{item.state}": site.sitting(language, item, Form(next(iter(KINDS)))) for item in cards}
    made |= {f"home-{item.state}": site.home(language, [item]) for item in cards}
    made |= {f"message-{kind}": site.message(language, kind, published) for kind in MESSAGES}
    made |= {
        f"result-{number}": site.result(language, CARD, result_view(record, words(language, site.contacts), RELEASED))
        for number, record in enumerate(RECORDS.values())
    }
    return made | {
        "home-all": site.home(language, cards, fresh=False),
        "home-none": site.home(language, []),
        "malformed": site.sitting(language, published, form),
        "picture": site.sitting(language, published, Form("document-name", {}, token="t", wrong_image=True)),
        "notices": site.notices(language, cards),
        "notices-none": site.notices(language, []),
        "help": site.help(language),
        "help-large": enlarged(site.help(language)),
        "forgot": site.forgot(language),
        "forgot-sitting": site.forgot(language, published),
        "verify": site.verify(language),
    }


def complaints(folder: Path) -> list[str]:
    """What the checker says about the files of a folder, warnings included."""
    command = ["java", "-Xss1m", "-jar", str(JAR), "--format", "json", "--skip-non-html", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stderr)["messages"]
    return [f"{Path(item['url']).name}:{item.get('lastLine')}: {item['message']}" for item in found]


@needs_checker
def test_every_page(tmp_path: Path) -> None:
    (tmp_path / "exams").mkdir()
    sites = {"plain": Site(), "demo": Site(DEMO, load_contacts(folder(tmp_path / "exams", SAMPLE)))}
    (tmp_path / "pages").mkdir()
    for name, site in sites.items():
        for language in ("zh", "en"):
            for page, html in pages_of(site, language).items():
                (tmp_path / "pages" / f"{name}-{language}-{page}.html").write_bytes(html)

    assert complaints(tmp_path / "pages") == []


@needs_checker
def test_a_planted_fault_is_found(tmp_path: Path) -> None:
    """Positive control."""
    (tmp_path / "bad.html").write_bytes(Site().help("zh").replace(b"<ul>", b"<ul><p>", 1))

    assert len(complaints(tmp_path)) > 0
