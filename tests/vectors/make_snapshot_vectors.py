"""Writes tests/vectors/snapshot-v1.json: run once when the format is fixed, never to make a failing test pass.

python -m tests.vectors.make_snapshot_vectors
"""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from fangbang.exams.vocabulary import CredentialKind
from fangbang.snapshot.derive import Deriver, canonical_credential, key_check, subkey
from fangbang.snapshot.layout import FILES
from fangbang.snapshot.reader import Snapshot
from fangbang.snapshot.record import pad
from tests.snapshot import samples

VECTORS = Path(__file__).with_name("snapshot-v1.json")

CREDENTIALS = (
    (CredentialKind.TICKET_DOCUMENT, ("110600000001", "110101199001010010")),
    (CredentialKind.TICKET_DOCUMENT, ("1106 0000-0002", "11010119900101004x")),
    (CredentialKind.DOCUMENT_NAME, ("110101199001010010", "张三")),
    (CredentialKind.DOCUMENT_NAME, ("11010119900101004X", "\U00020bb7田・一郎")),
    (CredentialKind.ARCHIVE_DOCUMENT, ("A0000001", "110101199001010010")),
    (CredentialKind.BOUND, ("110101199001010010",)),
)


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
        "files": {name: hashlib.sha256((sealed / name).read_bytes()).hexdigest() for name in FILES},
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        VECTORS.write_text(json.dumps(document(Path(temporary)), indent=1, ensure_ascii=False) + "\n")
