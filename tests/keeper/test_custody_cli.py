"""`fangbang keeper` for production custody, as people at a terminal use it: keys, ceremony, refusals, escrow."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fangbang.accounts.rules import create_custody_key, create_key
from fangbang.cli import main
from fangbang.keeper.quorum import Person
from fangbang.keeper.state import State, load_state, save_state
from fangbang.keeper.wrapped import WrappedCustody, load_keyring
from fangbang.snapshot.board import load_anchor

WORDS = "correct horse battery"
NAMES = ("li", "wu", "jia", "yi", "bing")
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five people's key files and cards, and their passphrase; made once, since each key costs a third of a second."""
    import msgspec

    folder = tmp_path_factory.mktemp("desk")
    for name in NAMES:
        private, pem = create_custody_key(WORDS)
        card = Person(name, private.public_key().public_bytes_raw().hex())
        (folder / f"{name}.pem").write_bytes(pem)
        (folder / f"{name}.json").write_bytes(msgspec.json.encode(card))
    (folder / "words").write_text(WORDS)
    return folder


@pytest.fixture
def run(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith("FANGBANG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FANGBANG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FANGBANG_CUSTODY", "production")
    monkeypatch.chdir(desk)

    def ran(*words: str, **environment: str) -> Result:
        return CliRunner().invoke(main, ["--json", "keeper", *words], env=environment)

    return ran


def code_of(result: Result) -> str:
    code: str = json.loads(result.stderr.splitlines()[-1])["code"]
    return code


CUSTODIANS = [word for name in ("jia", "yi", "bing") for word in ("--custodian", f"{name}.json")]
MAKE = ["init", "--name", "a", "--officer", "li.json", "--officer", "wu.json", *CUSTODIANS]
OPEN = ["--open", "jia", "jia.pem", "--open", "bing", "bing.pem", *["--passphrase-file", "words"] * 2]
THREE = "system,ntp://a,ntp://b"


def made(run: Run) -> dict[str, Any]:
    result = run(*MAKE)
    assert result.exit_code == 0, result.stderr
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def custody(home: Path) -> WrappedCustody:
    """The keeper's custody, as two officers would arm it."""
    from fangbang.accounts.rules import open_custody_key
    from fangbang.keeper.quorum import part_of

    keyring = load_keyring(home)
    parts = {
        name: part_of(keyring.officers, name, open_custody_key(Path(f"{name}.pem").read_bytes(), WORDS))
        for name in ("li", "wu")
    }
    return WrappedCustody.opened(home, keyring, parts)


def test_a_key_is_its_owner_s_and_its_card_is_public(run: Run, tmp_path: Path) -> None:
    paths = ["--out", str(tmp_path / "k.pem"), "--card", str(tmp_path / "k.json"), "--passphrase-file", "words"]

    first, again = run("key", "赵云", *paths), run("key", "赵云", *paths)

    told = json.loads(first.stdout)
    assert (tmp_path / "k.pem").stat().st_mode & 0o777 == 0o600
    assert json.loads((tmp_path / "k.json").read_text())["name"] == "赵云"
    assert len(told["fingerprint"]) == 16
    assert code_of(again) == "cli.file-exists"


def test_a_weak_passphrase_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "short").write_text("short")
    paths = ["--out", str(tmp_path / "k.pem"), "--card", str(tmp_path / "k.json")]

    result = run("key", "li", *paths, "--passphrase-file", str(tmp_path / "short"))

    assert (code_of(result), (tmp_path / "k.pem").exists()) == ("accounts.weak-passphrase", False)


def test_the_ceremony_makes_a_keeper_names_everybody_and_is_held_once(run: Run, tmp_path: Path) -> None:
    told = made(run)

    again = run(*MAKE)

    assert (told["custody"], told["needed"], [it["name"] for it in told["officers"]]) == ("production", 2, ["li", "wu"])
    assert [it["name"] for it in told["custodians"]] == ["jia", "yi", "bing"]
    assert len(load_anchor(tmp_path / "home" / "public" / "trust.json")) == 1
    assert sorted(path.name for path in (tmp_path / "home" / "keeper").iterdir()) == [
        "card.json", "escrow-1", "keyring.json", "link.crt", "link.key", "vault-1",
    ]  # fmt: skip
    assert code_of(again) == "keeper.already-made"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["init"], "--name"),
        (["init", "--name", "a", "--officer", "li.json", "--officer", "wu.json"], "three custodians"),
        ([*MAKE[:5], *CUSTODIANS], "keeper.bad-quorum"),
        (["init", "--name", "a", "--officer", "li.pem", "--officer", "wu.json", *CUSTODIANS], "keeper.bad-card"),
    ],
)
def test_a_ceremony_without_all_its_people_makes_nothing(run: Run, tmp_path: Path, words: list[str], said: str) -> None:
    result = run(*words)

    assert result.exit_code != 0
    assert said in result.stderr
    assert not (tmp_path / "home" / "keeper" / "keyring.json").exists()


def test_the_two_custodies_never_share_a_folder(run: Run) -> None:
    made(run)
    demo = run("init", FANGBANG_CUSTODY="demo")
    served = run("serve", FANGBANG_CUSTODY="demo")

    assert (code_of(demo), code_of(served)) == ("keeper.wrong-custody", "keeper.wrong-custody")


def test_a_demo_folder_is_not_taken_for_production(run: Run) -> None:
    assert run("init", FANGBANG_CUSTODY="demo").exit_code == 0

    assert code_of(run(*MAKE)) == "keeper.wrong-custody"


@pytest.mark.parametrize(
    ("sources", "code"),
    [
        ("system", "keeper.too-few-sources"),
        ("system,ntp://a", "keeper.too-few-sources"),
        ("system,a,b", "keeper.bad-source"),
    ],
)
def test_a_production_keeper_does_not_start_on_one_clock(run: Run, sources: str, code: str) -> None:
    made(run)

    assert code_of(run("serve", FANGBANG_TIME_SOURCES=sources)) == code


def test_a_production_keeper_does_not_start_where_memory_may_be_swapped_out(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(run)
    monkeypatch.setattr("fangbang.keeper.hardening.harden", lambda **_: False)
    monkeypatch.setattr("fangbang.keeper.hardening.swap_is_off", lambda: False)

    assert code_of(run("serve", FANGBANG_TIME_SOURCES=THREE)) == "keeper.memory-not-kept"


def test_a_link_that_is_no_address_is_refused(run: Run) -> None:
    made(run)

    assert code_of(run("serve", "--link", "7443", FANGBANG_TIME_SOURCES=THREE)) == "keeper.bad-command"


def test_the_card_is_shown_with_an_address(run: Run, tmp_path: Path) -> None:
    told = made(run)

    shown = run("card", "--address", "10.0.0.1:7443", "--out", str(tmp_path / "a.json"))
    wrong = run("card", "--address", "10.0.0.1")

    assert json.loads(shown.stdout)["fingerprint"] == told["fingerprint"]
    assert json.loads((tmp_path / "a.json").read_text())["address"] == "10.0.0.1:7443"
    assert code_of(wrong) == "keeper.bad-card"


@pytest.mark.parametrize("verb", ["alone", "lead", "pair", "appoint"])
def test_an_act_is_dry_without_yes(run: Run, tmp_path: Path, verb: str) -> None:
    made(run)
    run("card", "--address", "10.0.0.1:7443", "--out", str(tmp_path / "a.json"))
    people = [w for n in ("li", "wu") for w in ("--new-officer", f"{n}.json")]
    people += [w for n in ("jia", "yi", "bing") for w in ("--new-custodian", f"{n}.json")]
    more = {"pair": [str(tmp_path / "a.json")], "appoint": people}.get(verb, [])

    dry = run(verb, *more, "--as", "li", "--key", "li.pem", "--passphrase-file", "words")
    wet = run(verb, *more, "--as", "li", "--key", "li.pem", "--passphrase-file", "words", "--yes")

    assert json.loads(dry.stdout) == {"act": verb, "done": False, "dry": True}
    assert code_of(wet) == "snapshot.keeper-unreachable"


def test_two_custodians_try_the_copies_and_see_no_secret(run: Run, tmp_path: Path) -> None:
    made(run)
    copies = tmp_path / "home" / "keeper" / "escrow-1"
    secret = custody(tmp_path / "home" / "keeper").get("signing")

    result = run("escrow", "test", "--copies", str(copies), *OPEN)

    assert json.loads(result.stdout) == {"opened": ["link", "signing", "state"], "custodians": ["jia", "bing"]}
    assert secret.hex() not in result.output


@pytest.mark.parametrize(
    ("openers", "code"),
    [
        (["--open", "jia", "jia.pem"], "keeper.quorum-short"),
        (["--open", "jia", "jia.pem", "--open", "yi", "bing.pem"], "keeper.part-wrong"),
        (["--open", "jia", "jia.pem", "--open", "li", "li.pem"], "keeper.not-a-member"),
    ],
)
def test_the_copies_do_not_open_for_one_for_others_or_with_wrong_keys(
    run: Run, tmp_path: Path, openers: list[str], code: str
) -> None:
    made(run)
    copies = tmp_path / "home" / "keeper" / "escrow-1"

    result = run("escrow", "test", "--copies", str(copies), *openers, *["--passphrase-file", "words"] * 2)

    assert code_of(result) == code


def test_a_signing_key_is_no_custody_key_and_a_passphrase_must_be_right(run: Run, tmp_path: Path) -> None:
    made(run)
    copies = str(tmp_path / "home" / "keeper" / "escrow-1")
    (tmp_path / "sign.pem").write_bytes(create_key(WORDS)[1])
    (tmp_path / "plain.pem").write_text("nothing")
    (tmp_path / "other").write_text("another passphrase")
    tried = [
        run("escrow", "test", "--copies", copies, "--open", "jia", str(key), "--passphrase-file", str(words))
        for key, words in (
            (tmp_path / "sign.pem", "words"),
            (tmp_path / "plain.pem", "words"),
            ("jia.pem", tmp_path / "other"),
        )
    ]

    codes = [code_of(result) for result in tried]

    assert codes == ["accounts.not-a-custody-key", "accounts.not-a-custody-key", "accounts.wrong-passphrase"]


def test_two_custodians_make_a_lost_keeper_anew(run: Run, tmp_path: Path) -> None:
    made(run)
    lost, kept = tmp_path / "home" / "keeper", tmp_path / "offline"
    before = custody(lost)
    secret, anchor = before.draw("release-1"), (tmp_path / "home" / "public" / "trust.json").read_bytes()
    save_state(lost / "state.json", State(counter=41, decisions=3), before.state_key)
    kept.mkdir()
    (lost / "escrow-1").rename(kept / "escrow-1")
    (lost / "state.json").rename(kept / "state.json")
    recover = ["escrow", "recover", "--copies", str(kept / "escrow-1"), "--state", str(kept / "state.json")]
    recover += ["--name", "a", *OPEN, *MAKE[3:]]
    elsewhere = {"FANGBANG_HOME": str(tmp_path / "new")}

    dry = run(*recover, **elsewhere)
    nothing = (tmp_path / "new").exists()
    wet = run(*recover, "--yes", **elsewhere)

    assert (json.loads(dry.stdout)["dry"], nothing) == (True, False)
    assert wet.exit_code == 0, wet.stderr
    again = custody(tmp_path / "new" / "keeper")
    state = load_state(tmp_path / "new" / "keeper" / "state.json", again.state_key)
    assert (again.get("release-1"), state.decisions, state.counter) == (secret, 3, 1_000_041)
    assert (tmp_path / "new" / "public" / "trust.json").read_bytes() == anchor


def test_a_state_that_was_changed_is_not_recovered(run: Run, tmp_path: Path) -> None:
    made(run)
    lost = tmp_path / "home" / "keeper"
    save_state(lost / "state.json", State(counter=41), custody(lost).state_key)
    (lost / "state.json").write_bytes((lost / "state.json").read_bytes().replace(b"41", b"42"))
    recover = ["escrow", "recover", "--copies", str(lost / "escrow-1"), "--state", str(lost / "state.json")]

    result = run(*recover, "--name", "a", *OPEN, *MAKE[3:], "--yes", FANGBANG_HOME=str(tmp_path / "new"))

    assert code_of(result) == "keeper.bad-state"


def test_init_in_production_makes_no_keeper_and_carries_no_list_of_approvers_to_one(tmp_path: Path) -> None:
    """Both are people's acts: the ceremony, and carrying the office's list after comparing its hash."""
    home = tmp_path / "home"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FANGBANG_")}
    environment |= {"FANGBANG_HOME": str(home), "FANGBANG_CUSTODY": "production"}

    done = subprocess.run(
        [sys.executable, "-m", "fangbang", "--json", "init"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, json.loads(done.stdout)["custody"]) == (0, "production"), done.stderr
    assert (home / "office" / "trust.json").exists()
    assert sorted(path.name for path in (home / "keeper").rglob("*")) == ["books.json", "keys"]
