"""The golden vectors: what the format's text fixes, byte by byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.snapshot import samples, tiny_reader
from tests.vectors.make_snapshot_vectors import VECTORS, document


@pytest.fixture(scope="module")
def vectors() -> Any:
    return json.loads(VECTORS.read_text())


def test_the_writer_makes_the_golden_bytes(vectors: Any, tmp_path: Path) -> None:
    made = document(tmp_path)

    assert {name: made[name] == vectors[name] for name in vectors} == dict.fromkeys(vectors, True)


def test_the_reader_written_from_the_text_agrees_on_every_credential(vectors: Any) -> None:
    ascii_only = [item for item in vectors["derivations"] if item["kind"] == "ticket-document"]
    folded = [("110600000001", "110101199001010010"), ("110600000002", "11010119900101004X")]

    ms = [tiny_reader.credential_m(samples.PEPPER, samples.SITTING, "ticket-document", *item) for item in folded]

    assert [m.hex() for m in ms] == [item["m"] for item in ascii_only]


def test_the_reader_written_from_the_text_finds_every_person(sample: Path) -> None:
    found = {
        person.ticket: tiny_reader.look_up(
            sample,
            samples.RELEASE_KEY,
            tiny_reader.credential_m(
                samples.PEPPER, samples.SITTING, "ticket-document", person.ticket, person.document
            ),
        )
        for person in samples.PEOPLE
    }

    zhang = found[samples.ZHANG.ticket]
    assert [array[1] for array in found.values() if isinstance(array, list)] == [p.name for p in samples.PEOPLE]
    assert zhang == [
        1, "张三", "1101************10", "110600000001", "110000", "110100", "junior", "full", "", 2,
        [["ability", "", "61.5", None, "60", 0], ["practice", "", None, -1, "60", 3]],
        [[0, "ability", 2026, 2027], [4, "practice"]], 1, "",
    ]  # fmt: skip


def test_the_reader_written_from_the_text_follows_pointers_and_sees_the_ambiguous_one(sample: Path) -> None:
    def ask(kind: str, *fields: str) -> Any:
        m = tiny_reader.credential_m(samples.PEPPER, samples.SITTING, kind, *fields)
        return tiny_reader.look_up(sample, samples.RELEASE_KEY, m)

    further = ask("ticket-document", "110600000009", samples.ZHANG.document)
    named = ask("document-name", samples.DIPEI.document, "\U00020bb7田·一郎")

    assert (further[3], named[3]) == (samples.ZHANG.ticket, samples.DIPEI.ticket)
    assert ask("document-name", samples.TWICE[0].document, "李四") == "ambiguous"
    assert ask("document-name", samples.ZHANG.document, "李四") is None


def test_the_reader_written_from_the_text_folds_alike(vectors: Any) -> None:
    folded = [tiny_reader.fold(item["of"], item["typed"], vectors["private_use"]) for item in vectors["folds"]]

    assert folded == [item["folded"] for item in vectors["folds"]]


def test_the_reader_written_from_the_text_agrees_on_every_kind(vectors: Any) -> None:
    names = {"document-name": {1}, "name-birth": {0}}

    ms = []
    for item in vectors["derivations"]:
        of = ["name" if place in names.get(item["kind"], ()) else "number" for place in range(2)]
        fields = [tiny_reader.fold(*pair, vectors["private_use"]) for pair in zip(of, item["fields"], strict=False)]
        ms.append(tiny_reader.credential_m(samples.PEPPER, samples.SITTING, item["kind"], *fields).hex())

    assert ms == [item["m"] for item in vectors["derivations"]]


def test_the_reader_written_from_the_text_asks_the_overlay_first(tmp_path: Path) -> None:
    overlay = samples.seal_overlay(tmp_path / "overlay").folder

    ms = [person.item.m for person in (samples.ZHANG, samples.DIPEI, samples.TWICE[0])]
    said = [tiny_reader.look_up(overlay, samples.OVERLAY_KEY, m) for m in ms]

    assert isinstance(said[0], list)
    assert said[0][10][0][2] == "59.5"
    assert said[1:] == ["tombstone", None]


def test_the_reader_written_from_the_text_opens_the_annex(sample: Path) -> None:
    assert tiny_reader.annex(sample, samples.RELEASE_KEY)["format"] == "fangbang-annex/1"


def test_the_header_s_merkle_root_is_that_of_rfc_6962(sample: Path) -> None:
    header = json.loads((sample / "header.json").read_bytes())["header"]

    roots = []
    for name in ("records", "pointers"):
        info = header[name]
        listed = tiny_reader.entries(sample / f"{name}.bin", info["entry_size"], info["entries"])
        roots.append(tiny_reader.merkle_root([address + value for address, value in listed.items()]))

    assert [root.hex() for root in roots] == [header["records"]["merkle_root"], header["pointers"]["merkle_root"]]
