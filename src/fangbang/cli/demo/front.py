"""The demonstration's office in the browser, and the sitting that waits in it for a visitor's own hands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fangbang.cli.demo.office import STAFF, Member, Office
from fangbang.cli.demo.practice import lay_out
from fangbang.cli.demo.processes import Child, Children, announced
from fangbang.cli.demo.visitor import Visitor
from fangbang.core.clock import Clock
from fangbang.exams.model import Text
from fangbang.simulate.cohort import Plan
from fangbang.simulate.tryout import Person, early_people
from fangbang.simulate.writer import CENTRE, write_cohort

if TYPE_CHECKING:
    from fangbang.project.demonstration import Demo

SECOND_EXAM, SECOND_CANDIDATES = "pharmacist", 3000
"""A small cohort of another examination, without a year before: two of its files are right, two are for practice."""
FILE = "office.json"
LOCAL = ("127.0.0.1", "localhost", "0.0.0.0", "::")  # noqa: S104  (the user asked for it with --host)
"""What to listen on so that browsers on this machine come in by the name `localhost`."""
_STARTING = 60.0
_CENTRE = "第二阅卷中心"


@dataclass
class Front:
    """`open` it once the staff are entered, `ready` before its address is told."""

    office: Office
    children: Children
    host: str
    port: int
    clock: Clock
    address: dict[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.office.keys / FILE

    @property
    def url(self) -> str:
        """As browsers are told: by name on this machine, since passkeys know no bare addresses."""
        shown = "localhost" if self.host in LOCAL else self.host
        return f"http://{shown}:{self.address['port']}"

    def open(self, metrics_port: int) -> None:
        """Let the staff in, and start to serve; the board watches the node with this port of metrics."""
        from fangbang.cli.demo.entrance import let_in

        self.demo: Demo = let_in(self.office, self.file, self.clock)
        words = ["--json", "office", "serve", "--host", self.host, "--port", str(self.port)]
        environment = {
            "FANGBANG_OFFICE_DEMO": str(self.file),
            "FANGBANG_NODES": f"http://127.0.0.1:{metrics_port}/metrics",
        }
        if self.host not in LOCAL:
            environment["FANGBANG_OFFICE_ORIGIN"] = f"http://{self.host}"  # the port comes later; no check needs it
        self._child: Child = self.children.start("office", words, environment)

    def ready(self) -> None:
        """Wait until it answers."""
        self.address = announced(self._child, _STARTING)

    def secret_of(self, member: Member) -> str:
        """The secret of somebody's authenticator app."""
        return next(item.secret for item in self.demo.staff if item.id == member.id)

    def visited_by_all(self) -> list[str]:
        """Everybody signs in over HTTP; returns who did. UNAVAILABLE for the first who could not."""
        base = self.url.replace("//localhost", "//127.0.0.1")
        return [member.id for member in STAFF if Visitor(base).sign_in(member.id, self.demo.password)]


@dataclass(frozen=True)
class Second:
    """The sitting that waits: it is open, its files lie in the drop folder, everything after that is the visitor's."""

    sitting: str
    name: Text
    people: Sequence[Person]
    files: Sequence[str]


def prepare_second(office: Office, plan: Plan, folder: Path, drop: Path, meanwhile: Callable[[], object]) -> Second:
    """Open the second sitting and put its files into the drop folder; `meanwhile` is called between the steps, each of
    about a second."""
    write_cohort(plan, folder)
    meanwhile()
    files = lay_out(plan, folder, drop)
    meanwhile()
    people = early_people(plan, plan.candidates)
    office.believe(folder / CENTRE, _CENTRE)
    return Second(office.open(plan.rules.exam_id, plan.rules.year), plan.rules.exam_name, people, files)
