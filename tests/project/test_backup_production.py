"""A production keeper's folder in a backup: its secrets stay ciphertext, lie with the keys, and open for its
officers again."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from fangbang.cli.custody.making import made
from fangbang.core.clock import ManualClock, SystemClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.bulletin import board_at
from fangbang.keeper.custody import signing_key
from fangbang.keeper.folders import KeeperFolders
from fangbang.keeper.quorum import part_of
from fangbang.keeper.service import Keeper
from fangbang.keeper.state import State, load_state, save_state
from fangbang.keeper.wrapped import WrappedCustody, load_keyring, wrapped_files
from fangbang.project.backup.envelope import identities_of, unpack
from fangbang.project.layout import Layout
from fangbang.snapshot.board import BOARD_FILES, sign_board
from tests.keeper.production import CUSTODIANS, OFFICERS, People
from tests.project.test_backup import Pair, at, restored, taken

PEOPLE = People(*OFFICERS, *CUSTODIANS)
COUNTER, SHOWN = 41, 57
pytestmark = pytest.mark.timeout(120)


def folders(home: Path) -> KeeperFolders:
    layout = Layout(home)
    return KeeperFolders(layout.keeper, layout.public, layout.books, layout.book_keys)


def armed(home: Path) -> WrappedCustody:
    """As two officers open it."""
    keyring = load_keyring(home / "keeper")
    parts = {name: part_of(keyring.officers, name, PEOPLE.private[name]) for name in OFFICERS[:2]}
    return WrappedCustody.opened(home / "keeper", keyring, parts)


def board(home: Path, counter: int) -> bytes:
    private = signing_key(armed(home))
    return sign_board(board_at(State(counter=counter), SystemClock().now(), {}), private)


@pytest.fixture(scope="module", params=["a", "b"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office beside keeper a or b, which has issued boards."""
    home = tmp_path_factory.mktemp("production") / "home"
    at(home, FANGBANG_CUSTODY="production").run("fangbang", "init")
    made(folders(home), request.param, PEOPLE.cards(*OFFICERS), 2, PEOPLE.cards(*CUSTODIANS))
    custody = armed(home)
    custody.draw("release-1")
    for place in ("uploads/up-x/file/a.csv", "exports/exp-a.sealed", "quarantine/a.csv"):
        (home / "office" / place).parent.mkdir(parents=True, exist_ok=True)
        (home / "office" / place).write_text("x")
    save_state(home / "keeper" / "state.json", State(counter=COUNTER), custody.state_key)
    (home / "public" / BOARD_FILES[request.param]).write_bytes(board(home, COUNTER))
    return home


@pytest.fixture(scope="module")
def pair(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return taken(at(home, FANGBANG_CUSTODY="production"), tmp_path_factory.mktemp("backup"))


def hashes(home: Path) -> dict[str, str]:
    """Of every file of a keeper's folder."""
    files = (path for path in (home / "keeper").rglob("*") if path.is_file())
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_keeper_comes_back_as_it_was_and_its_officers_open_it(home: Path, pair: Pair, tmp_path: Path) -> None:
    told = restored(at(tmp_path / "again", FANGBANG_CUSTODY="production"), pair, "--yes")

    assert hashes(tmp_path / "again") == hashes(home)
    custody = armed(tmp_path / "again")
    assert custody.get("release-1") == armed(home).get("release-1")
    assert load_state(tmp_path / "again" / "keeper" / "state.json", custody.state_key).counter == COUNTER
    assert (told["restored"], told["counter"]) == (True, COUNTER)


def test_it_counts_on_after_the_board_that_is_public_now(home: Path, pair: Pair, tmp_path: Path) -> None:
    public = tmp_path / "board.json"
    public.write_bytes(board(home, SHOWN))

    told = restored(at(tmp_path / "again", FANGBANG_CUSTODY="production"), pair, "--board", str(public), "--yes")

    keeper = Keeper(folders(tmp_path / "again"), ManualClock(SystemClock().now()), custody=armed(home))
    assert (told["counter"], keeper.state.counter) == (SHOWN, SHOWN)
    assert hashes(tmp_path / "again") == hashes(home)


def test_the_data_file_holds_nothing_of_the_keeper_s_secrets(home: Path, pair: Pair, tmp_path: Path) -> None:
    data = unpack(pair.data, identities_of(pair.data_key), tmp_path / "data")["members"]
    keys = unpack(pair.keys, identities_of(pair.keys_key), tmp_path / "keys")["members"]

    secret = {"keyring.json", "link.key", "vault-1", "escrow-1", "keys"}
    assert [name for name in data if name.startswith("keeper/") and Path(name).parts[1] in secret] == []
    assert {Path(name).parts[1] for name in keys if name.startswith("keeper/")} == secret


def test_files_that_go_within_days_do_not_live_on_in_backups(pair: Pair, tmp_path: Path) -> None:
    members = unpack(pair.data, identities_of(pair.data_key), tmp_path)["members"]

    assert {Path(name).parts[1] for name in members if Path(name).parts[0] == "office"} == {"trust.json", "quarantine"}


def test_a_folder_that_no_officer_could_open_is_not_backed_up(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "keeper"
    at(copy)
    copy.mkdir()
    (copy / "keyring.json").write_bytes((home / "keeper" / "keyring.json").read_bytes())

    with pytest.raises(FangbangError, match=r"keeper\.secret-damaged"):
        wrapped_files(copy)


def test_an_office_without_a_keeper_comes_back_too(tmp_path: Path) -> None:
    """Production: the keepers are other machines."""
    office = at(tmp_path / "home", FANGBANG_CUSTODY="production")
    office.run("fangbang", "init")

    told = restored(at(tmp_path / "again", FANGBANG_CUSTODY="production"), taken(office, tmp_path), "--yes")

    assert (told["restored"], told["counter"]) == (True, 0)


def test_a_board_of_another_s_making_moves_no_counter(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    made(folders(other), load_keyring(home / "keeper").keeper, PEOPLE.cards(*OFFICERS), 2, PEOPLE.cards(*CUSTODIANS))
    places = folders(other)
    places.board_of(load_keyring(other / "keeper").keeper).write_bytes(board(home, SHOWN))

    keeper = Keeper(places, ManualClock(SystemClock().now()), custody=armed(other))

    assert keeper.state.counter == 0
    assert msgspec.json.decode((home / "keeper" / "card.json").read_bytes())["signing"]
