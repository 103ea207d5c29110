"""An authority's own exam file: the shipped one, with one province that lets people be found by name and birth date."""

from importlib.resources import files
from pathlib import Path

PROVINCE = "110000"
"""The province of the scene's people."""
_RULE = """
[[credentials]]
provinces = ["{province}"]
kinds = ["ticket-document", "document-name", "archive-document", "name-birth"]
status = "memory"
source = ["name-birth"]
"""


def by_name_and_birth(folder: Path, province: str = PROVINCE) -> Path:
    """A folder for `--exams`."""
    folder.mkdir(exist_ok=True)
    shipped = (files("fangbang.exams") / "files" / "social-worker.toml").read_text(encoding="utf-8")
    head, mark, levels = shipped.partition("[[levels]]")
    text = head + _RULE.format(province=province) + "\n" + mark + levels
    (folder / "social-worker.toml").write_text(text, encoding="utf-8")
    return folder
