"""Static files: read once, named by their content, compressed once."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """One file: its address carries its hash, so that browsers may keep it for ever."""

    url: str
    media_type: str
    body: bytes
    compressed: bytes


@cache
def assets(package: str = "fangbang.pages") -> Mapping[str, Asset]:
    """Every static file by its plain name (`app.js`): of the public pages, or of another room that has pages."""
    found = {}
    for item in files(package).joinpath("static").iterdir():
        stem, _, suffix = item.name.rpartition(".")
        if suffix in TYPES:
            body = item.read_bytes()
            digest = hashlib.sha256(body).hexdigest()[:12]
            url = f"/static/{stem}.{digest}.{suffix}"
            found[item.name] = Asset(url, TYPES[suffix], body, gzip.compress(body, 9, mtime=0))
    return found
