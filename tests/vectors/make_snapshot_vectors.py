"""How tests/vectors/snapshot-v1.json was made. The format is frozen: version 2 gets a maker and a file of its own.

python -m tests.vectors.make_snapshot_vectors
"""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from fangbang.core.fold import PRIVATE_USE, fold_name, fold_number
from fangbang.exams.vocabulary import CredentialKind
from fangbang.snapshot.derive import Deriver, canonical_credential, key_check, subkey
from fangbang.snapshot.layout import FILES
from fangbang.snapshot.reader import Snapshot, open_value
from fangbang.snapshot.record import OUTCOMES, STATEMENTS, STATUSES, pad
from tests.snapshot import samples

VECTORS = Path(__file__).with_name("snapshot-v1.json")

CREDENTIALS = (
    (CredentialKind.TICKET_DOCUMENT, ("110600000001", "110101199001010010")),
    (CredentialKind.TICKET_DOCUMENT, ("1106 0000-0002", "11010119900101004x")),
    (CredentialKind.DOCUMENT_NAME, ("110101199001010010", "张三")),
    (CredentialKind.DOCUMENT_NAME, ("11010119900101004X", "\U00020bb7田・一郎")),
    (CredentialKind.ARCHIVE_DOCUMENT, ("A0000001", "110101199001010010")),
    (CredentialKind.BOUND, ("110101199001010010",)),
    (CredentialKind.NAME_BIRTH, ("阿卜杜拉•买买提", "1990-01-01")),
)

NAMES = (
    "张三",
    " 阿卜杜拉 •　买买提",
    "迪丽．热巴",
    "Ｌｉ－ｍｉｎｇ O’Brien",
    "anne-marie\u00ad strau\u00df",
    "e\u0301lodie",
    "\u0390",
    "\ue863\ue7c7",
    "‐\u2060\ufeff李",
)
NUMBERS = ("11010119900101004x", "１１０１-０１　1990", "g\u2011123\uff0d4\u00ad5", "ab\u200b c\u2029d")


def derivations() -> list[dict[str, Any]]:
    """Every step from credential to key, in hex."""
    deriver = Deriver(samples.RELEASE_KEY, samples.SNAPSHOT_ID)
    found = []
    for kind, fields in CREDENTIALS:
        m = samples.PEPPERER.m(kind, *fields)
        address, key, nonce = deriver.place(m)
        found.append(
            {
                "kind": kind.value,
                "fields": list(fields),
                "canonical": canonical_credential(samples.SITTING, kind, fields).hex(),
                "m": m.hex(),
                "address": address.hex(),
                "key": key.hex(),
                "nonce": nonce.hex(),
            }
        )
    return found


def folds() -> list[dict[str, str]]:
    """What is typed, and what is hashed."""
    found = [{"of": "name", "typed": text, "folded": fold_name(text)} for text in NAMES]
    return found + [{"of": "number", "typed": text, "folded": fold_number(text)} for text in NUMBERS]


def words() -> dict[str, list[str]]:
    """The numbered words of layout 1."""
    tables = {"outcome": OUTCOMES, "status": STATUSES, "statement": STATEMENTS}
    return {name: [word.value for word in table] for name, table in tables.items()}


def digests(sealed: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder."""
    return {name: hashlib.sha256((sealed / name).read_bytes()).hexdigest() for name in FILES}


def pointers(sealed: Path) -> list[dict[str, str]]:
    """A pointer to one record, and one that two records claim."""
    opened = Snapshot.open(sealed).pointers
    found = []
    for person in (samples.ZHANG, samples.TWICE[0]):
        place = Deriver(samples.RELEASE_KEY, samples.SNAPSHOT_ID).place(person.item.pointers[0])
        value = opened.find(place.address)
        if value is None:
            raise ValueError("the sample's pointer is not in its own snapshot")
        text = open_value(samples.SNAPSHOT_ID, *place, value)
        found.append({"plaintext": text.hex(), "entry": (place.address + value).hex()})
    return found


def overlay(parent: Path) -> dict[str, Any]:
    """An overlay on the sample, with keys of its own."""
    sealed = samples.seal_overlay(parent).folder
    return {
        "release_key": samples.OVERLAY_KEY.hex(),
        "snapshot_id": samples.OVERLAY_ID.hex(),
        "header": (sealed / "header.json").read_text(),
        "files": digests(sealed),
    }


def document(folder: Path) -> dict[str, Any]:
    """All vectors; the folder is sealed anew below `folder`."""
    sealed = samples.seal_sample(folder / "base").folder
    snapshot = Snapshot.open(sealed)
    place = Deriver(samples.RELEASE_KEY, samples.SNAPSHOT_ID).place(samples.ZHANG.item.m)
    value = snapshot.find(place.address)
    if value is None:
        raise ValueError("the sample is not in its own snapshot")
    return {
        "format": "fangbang-snapshot/1",
        "sitting": samples.SITTING,
        "pepper": samples.PEPPER.hex(),
        "release_key": samples.RELEASE_KEY.hex(),
        "snapshot_id": samples.SNAPSHOT_ID.hex(),
        "signing_seed": samples.SIGNER.private_bytes_raw().hex(),
        "key_check": key_check(samples.RELEASE_KEY, samples.SNAPSHOT_ID).hex(),
        "subkeys": {
            purpose: subkey(samples.RELEASE_KEY, samples.SNAPSHOT_ID, purpose).hex()
            for purpose in ("annex", "annex-salt", "dummy-records", "dummy-pointers")
        },
        "derivations": derivations(),
        "record": {
            "wire": samples.ZHANG.item.wire.hex(),
            "padded": pad(samples.ZHANG.item.wire, 480).hex(),
            "entry": (place.address + value).hex(),
        },
        "header": (sealed / "header.json").read_text(),
        "files": digests(sealed),
        "pointers": pointers(sealed),
        "overlay": overlay(folder / "overlay"),
        "folds": folds(),
        "private_use": {f"{code:04X}": f"{ord(text):04X}" for code, text in PRIVATE_USE.items()},
        "words": words(),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        VECTORS.write_text(json.dumps(document(Path(temporary)), indent=1, ensure_ascii=False) + "\n")
