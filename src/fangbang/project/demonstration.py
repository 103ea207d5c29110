"""What only a demonstration may have: a file that lets anybody sign in to its office as anybody. It is JSON::

    {"password": "…", "passphrase": "…",
     "staff": [{"id": "wang", "name": "王芳", "role": "approver", "region": "", "secret": "BASE32", "key": "PEM"}]}

The one password is everybody's, `secret` belongs to an authenticator app, `key` is the signing key's file, encrypted
with the one passphrase; empty for those who sign nothing.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from fangbang.core.errors import FangbangError
from fangbang.project.problems import DEMO_CUSTODY_ONLY


class Member(msgspec.Struct, frozen=True):
    """One member of the demonstration's staff."""

    id: str
    name: str
    role: str
    region: str
    secret: str
    key: str


class Demo(msgspec.Struct, frozen=True):
    """Everything that the file says."""

    password: str
    passphrase: str
    staff: tuple[Member, ...]


def demo_file(values: Mapping[str, str]) -> Path | None:
    """The file of a demonstration's staff, if the settings name one. INPUT outside demo custody: no process of such an
    installation starts, whatever the file says."""
    if not values["OFFICE_DEMO"]:
        return None
    if values["CUSTODY"] != "demo":
        raise FangbangError(DEMO_CUSTODY_ONLY)
    return Path(values["OFFICE_DEMO"])


@cache
def load_demo(path: Path) -> Demo:
    """Read the file, once; `OSError` or `msgspec.ValidationError` if it cannot be."""
    return msgspec.json.decode(path.read_bytes(), type=Demo)
