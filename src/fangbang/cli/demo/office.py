"""A whole office with its staff, driven verb by verb the way its people would: for the demonstration and for tests.

Nobody does two jobs: 刘洋 brings files in, 张敏 decides and freezes, 王芳 and 赵强 approve with keys of their own.
There is one of every other role too, so that a visitor of the office finds them all.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fangbang.cli.demo.verbs import Verbs
from fangbang.core.clock import to_wire
from fangbang.core.errors import FangbangError

ADMINISTRATOR, IMPORTER, ADJUDICATOR = "chen", "liu", "zhang"
APPROVERS = ("wang", "zhao")


@dataclass(frozen=True)
class Member:
    """A member of the demonstration's staff. `region`: GB/T 2260, empty for the nation."""

    id: str
    name: str
    role: str
    region: str = ""


STAFF = (
    Member(ADMINISTRATOR, "陈静", "administrator"),
    Member("sun", "孙丽", "catalogue-editor"),
    Member(IMPORTER, "刘洋", "importer"),
    Member(ADJUDICATOR, "张敏", "adjudicator"),
    Member(APPROVERS[0], "王芳", "approver"),
    Member(APPROVERS[1], "赵强", "approver"),
    Member("zhou", "周涛", "provincial-centre", "460000"),
    Member("wu", "吴霞", "city-desk", "460100"),
    Member("zheng", "郑浩", "auditor"),
)
PROVINCES_OF_DESKS = tuple(f"{member.region[:2]}0000" for member in STAFF if member.role == "city-desk")
"""Where candidates' files must tell a city, so that its desk has somebody to answer."""
_WORDS = "demonstration only"


@dataclass(frozen=True)
class Files:
    """One sitting's files as a marking centre sends them; manifests stand beside them."""

    registrations: Path
    marks: Path
    profile: Path | None = None
    """How to read the marks file, where its columns are its sender's own."""

    @staticmethod
    def below(folder: Path) -> "Files":
        return Files(folder / "registrations.csv", folder / "marks.csv")


@dataclass
class Office:
    """Drives `verbs`. Keys and passphrases of the staff lie in `keys`, which is not part of any installation."""

    verbs: Verbs
    keys: Path
    batches: list[dict[str, Any]] = field(default_factory=list)

    # ---- before the first file ----

    def furnish(self) -> None:
        """Make the installation and its staff with their keys."""
        self.verbs("init")
        self.keys.mkdir(parents=True, exist_ok=True)
        self._passphrase_file.write_text(_WORDS + "\n")
        for member in STAFF:
            self.enter(member, key=member.role == "approver")

    def enter(self, member: Member, *, key: bool) -> None:
        """Enter a member of staff, with a key of their own or without."""
        words = ["operator", "add", member.id, "--name", member.name, "--role", member.role]
        if member.region:
            words += ["--region", member.region]
        if key:
            words += ["--key-out", str(self.key_file(member.id)), "--passphrase-file", str(self._passphrase_file)]
        self.verbs(*words, *([] if member.id == ADMINISTRATOR else ["--as", ADMINISTRATOR]))

    def believe(self, centre: Path, name: str = "阅卷中心") -> None:
        """Enrol a marking centre's public key: its manifests count from now on."""
        self.verbs("intake", "centre", name, str(centre), "--as", ADMINISTRATOR)

    # ---- one sitting ----

    def open(self, exam: str, year: int) -> str:
        """Open a sitting; returns its id."""
        sitting: str = self.verbs("sitting", "open", exam, str(year), "--as", IMPORTER)["sitting"]
        return sitting

    def take_in(self, exam: str, year: int, files: Files) -> str:
        """Open a sitting and take its two files in; returns the sitting's id."""
        sitting = self.open(exam, year)
        for kind, path in (("registrations", files.registrations), ("marks", files.marks)):
            words = ["intake", kind, sitting, str(path), "--as", IMPORTER]
            manifest = path.with_suffix(".manifest.json")
            if manifest.exists():
                words += ["--manifest", str(manifest)]
            if kind == "marks" and files.profile:
                words += ["--profile", str(files.profile)]
            self.batches.append({"sitting": sitting, **self.verbs(*words)})
        return sitting

    def adjudicate(self, sitting: str, history: Iterable[str] = (), withhold: bool = False) -> dict[str, Any]:
        """Run both calculators; candidates with a gap are withheld if so wished, else the run is refused."""
        words = ["adjudicate", "run", sitting, "--as", ADJUDICATOR]
        for run in history:
            words += ["--history-run", run]
        return self.verbs(*words, *(["--withhold-missing"] if withhold else []))

    # ---- one release ----

    def freeze(self, sitting: str, overlay: str = "") -> str:
        """Freeze the last run's report; returns the release's id. `overlay` names the published base to correct."""
        words = ["release", "freeze", sitting, "--as", ADJUDICATOR]
        release: str = self.verbs(*words, *(["--overlay", overlay] if overlay else []))["release"]
        return release

    def confirm(self, release: str) -> None:
        """The provinces that have a centre say that their counts are right. One that has nobody in the report is
        refused and not needed; whatever else is refused here, approval is refused for."""
        for member in STAFF:
            if member.role == "provincial-centre":
                with suppress(FangbangError):
                    self.verbs("release", "confirm", release, member.region, "--as", member.id, "--yes")

    def approve(self, release: str) -> list[str]:
        """Both approvers sign the frozen report, after the provinces' word; returns who approved."""
        self.confirm(release)
        told: dict[str, Any] = {}
        for operator in APPROVERS:
            told = self.verbs("release", "approve", release, "--yes", *self.signed(operator))
        approvers: list[str] = told["approvers"]
        return approvers

    def seal(self, release: str) -> dict[str, Any]:
        """The keeper seals; the header becomes public. Returns the verb's answer with `snapshot`, `header`, `root`."""
        return self.verbs("release", "seal", release, "--as", ADJUDICATOR, "--yes")

    def distribute(self, release: str, workers: int, seconds: float = 40) -> dict[str, Any]:
        """Enter that the nodes hold the snapshot, once that many workers have told the keeper so."""
        words = ("release", "distribute", release, "--workers", str(workers), "--as", ADJUDICATOR, "--yes")
        end = time.monotonic() + seconds
        while True:
            try:
                return self.verbs(*words)
            except FangbangError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)

    def schedule(self, release: str, t: datetime) -> dict[str, Any]:
        """Both approvers sign the hour T; the keeper takes it."""
        told: dict[str, Any] = {}
        for operator in APPROVERS:
            told = self.verbs("release", "schedule", release, "--at", to_wire(t), "--yes", *self.signed(operator))
        return told

    # ---- the staff's own ----

    @property
    def passphrase(self) -> str:
        """Of every key in a demonstration."""
        return _WORDS

    def key_file(self, operator: str) -> Path:
        """The operator's encrypted signing key."""
        return self.keys / f"{operator}.pem"

    @property
    def _passphrase_file(self) -> Path:
        return self.keys / "passphrase"

    def signed(self, operator: str) -> list[str]:
        """The words that say who signs, and with what."""
        words = ["--as", operator, "--key", str(self.key_file(operator))]
        return [*words, "--passphrase-file", str(self._passphrase_file)]
