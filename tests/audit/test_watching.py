"""A served office finds an edit by itself: in its log and its metric, and in the audit log."""

import json
import urllib.request
from pathlib import Path

from fangbang.cli.demo.processes import Children, announced, wait_for
from tests.audit.test_seals import Office
from tests.project.databases import edit_behind, environment_of

LIMIT = 60.0
"""Seconds within which an edit must show."""


def test_an_edit_shows_within_a_minute_in_log_metric_and_audit_log(tmp_path: Path) -> None:
    environment = {
        **environment_of(tmp_path),
        "FANGBANG_LANG": "en",
        "FANGBANG_OFFICE_WATCH_SECONDS": "1",
    }
    office = Office(environment)
    office.run("fangbang", "init")
    office.steps("act")
    children = Children(tmp_path / "logs", environment)
    try:
        child = children.start("office", ["--json", "office", "serve", "--port", "0", "--metrics-port", "0"])
        port = int(announced(child, 60)["metrics_port"])
        wait_for(lambda: number(port, "office_looked_at_seconds") > 0, LIMIT, child)
        quiet = number(port, "office_edits_found")
        edit_behind(environment, "UPDATE accounts_operator SET name = '张三的秘密' WHERE id = 'wang'")
        wait_for(lambda: number(port, "office_edits_found") > 0, LIMIT, child)
        wait_for(lambda: "edited-behind-the-application" in logged(tmp_path), LIMIT, child)
    finally:
        children.stop()

    lines = [json.loads(line) for line in logged(tmp_path).splitlines() if "edited-behind" in line]
    entries = json.loads(office.run("fangbang", "--json", "audit", "show"))["entries"]
    assert quiet == 0
    assert {(line["table"], line["row"], line["what"]) for line in lines} == {
        ("accounts_operator", "wang", "noted"),
        ("accounts_operator", "wang", "changed"),
    }
    assert [entry["event"] for entry in entries].count("audit.edit-found") == 1
    assert "张三的秘密" not in logged(tmp_path) + json.dumps(entries, ensure_ascii=False)


def number(port: int, name: str) -> float:
    """A metric's value."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines: list[str] = answer.read().decode().splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))


def logged(home: Path) -> str:
    return "".join(path.read_text() for path in (home / "logs").iterdir())
