"""Settings are data: name, type, default, help. They come from `FANGBANG_<NAME>` and are parsed loudly."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fangbang.core.errors import FangbangError, Kind, Problem

UNKNOWN_SETTING = Problem(
    "core.unknown-setting", Kind.INPUT, zh="没有名为 {name} 的设置", en="There is no setting {name}"
)
BAD_SETTING = Problem(
    "core.bad-setting",
    Kind.INPUT,
    zh="设置 {name} 的值无法使用，可用：{choices}",
    en="The value of setting {name} cannot be used; it may be: {choices}",
)

# Settings that take one of a few words.
_CHOICES = {
    "LANG": ("zh", "en"),
    "CUSTODY": ("demo", "production"),
    "CONFIRMATIONS": ("staffed", "all", "none"),
}


@dataclass(frozen=True)
class Setting:
    """One setting. `default` is also its type's example; `help` stands in docs/reference/settings.md."""

    name: str
    default: str
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting("HOME", "./fangbang-data", "Folder that holds everything of an embedded installation."),
    Setting("DATABASE", "", "Database of the office as a URL; empty means SQLite below HOME."),
    Setting("EXAMS", "", "Folder with the authority's own exam files, laid over the shipped catalogue."),
    Setting(
        "RETENTION",
        "",
        "File with the authority's own retention schedule; a class that it does not name is kept as shipped.",
    ),
    Setting("LANG", "zh", "Language of the command line: zh or en."),
    Setting("OPERATOR", "", "Id of the member of staff who acts, for commands without --as."),
    Setting("KEY", "", "File of that person's signing key, for commands without --key."),
    Setting("PASSPHRASE_FILE", "", "File that holds the passphrase of the key; empty means ask."),
    Setting("INTAKE_SIZE", str(8 << 30), "Most bytes of a file that is taken in."),
    Setting("INTAKE_ROWS", "50000000", "Most rows of a file that is taken in."),
    Setting("INTAKE_COLUMNS", "256", "Most columns of a file that is taken in."),
    Setting("INTAKE_UNPACKED", str(2 << 30), "Most bytes that the parts of an XLSX file may unpack to, together."),
    Setting("INTAKE_MEMORY", str(4 << 30), "Most bytes of memory for the process that reads an XLSX or DBF file."),
    Setting("INTAKE_SECONDS", "300", "Most seconds of CPU time for the process that reads an XLSX or DBF file."),
    Setting("INTAKE_UPLOAD", str(4 << 30), "Most bytes of a file that is brought in through the office's pages."),
    Setting("INTAKE_QUOTA", str(16 << 30), "Most bytes of all files together that wait in the office to be taken in."),
    Setting("INTAKE_DROP", "", "Folder where files may be left for the office to take in; empty: drop, below HOME."),
    Setting(
        "OFFICE_ORIGIN", "", "Address of the office as browsers know it (https://…); empty: this machine only, http."
    ),
    Setting(
        "OFFICE_DEMO", "", "File with a demonstration's staff, whom the sign-in pages then let in; demo custody only."
    ),
    Setting("OFFICE_PASSWORD_LENGTH", "12", "Least characters of a password of staff (8 or more)."),
    Setting("OFFICE_PASSWORD_HISTORY", "5", "How many of one's last passwords cannot be chosen again."),
    Setting("OFFICE_REFUSED_PASSWORDS", "", "File with more passwords that nobody may choose, one a line."),
    Setting("OFFICE_IDLE_MINUTES", "30", "Minutes without a request after which a session of staff is over."),
    Setting("OFFICE_SESSION_HOURS", "10", "Hours after which a session of staff is over in any case."),
    Setting("OFFICE_STEP_UP_MINUTES", "5", "Minutes for which a second factor allows grave acts."),
    Setting("OFFICE_WATCH_SECONDS", "20", "Seconds between two looks for edits behind the office's back (1 to 40)."),
    Setting("OFFICE_INVITATION_HOURS", "48", "Hours for which a one-time enrolment code is good."),
    Setting("OFFICE_SEARCHES_HOUR", "60", "Searches for candidates that one member of staff may make in an hour."),
    Setting("NODES", "", "Metrics addresses of the query nodes that the office's board watches, separated by commas."),
    Setting(
        "CONFIRMATIONS",
        "staffed",
        "Provinces that confirm their counts before approval: staffed, those with a provincial centre in service; "
        "all; none.",
    ),
    Setting(
        "LOOKUP_DAYS",
        "60",
        "Days after its hour for which a release can be asked for anonymously (1 to 3650); then nodes erase keys and "
        "snapshot. Read by the keeper when an hour is set.",
    ),
    Setting(
        "SMALLEST_CELL",
        "10",
        "People of whom a number in plots, statistics and public counts must tell at least; fewer are kept back.",
    ),
    Setting("IMAGES", "50000", "Images of the challenge that a query node keeps drawn ahead; each takes 1.8 KB."),
    Setting("LIMIT_BITS", "16", "Ordinary price of a query: 2 to this many tries of a proof of work."),
    Setting("LIMIT_TOP_BITS", "20", "Highest price that limits may ask."),
    Setting("LIMIT_PERSONS", "3000", "Persons an address prefix may ask for in ten minutes; dearer from a tenth."),
    Setting("LIMIT_FAILURES", "1000", "Wrong tries of an address prefix in ten minutes; dearer from a fifth."),
    Setting("LIMIT_PERSON_FAILURES", "20", "Wrong tries at one person, from anywhere, that raise that person's price."),
    Setting(
        "LIMIT_PAIR_FAILURES", "20", "Wrong tries at a person from one prefix before it is refused for that person."
    ),
    Setting("LIMIT_NETWORK_FACTOR", "20", "A network (/16, IPv6 /40) has so many times a prefix's budgets (/24, /56)."),
    Setting("LIMIT_WIDE_NETWORKS", "", "Networks of carriers, separated by commas, whose budgets are wider."),
    Setting("LIMIT_WIDE_FACTOR", "20", "How many times wider."),
    Setting("ALARM_FAILURES", "100", "Failed queries within 30 seconds that sound an alarm, with the next line."),
    Setting(
        "ALARM_FAILURE_PERCENT",
        "50",
        "Per cent of answers that must have failed; everybody's price rises meanwhile.",
    ),
    Setting("ALARM_PERSONS", "10", "Persons whose price rose within 30 seconds that sound an alarm."),
    Setting("ALARM_SEQUENCE", "50", "Tickets tried one after another within 30 seconds that sound an alarm."),
    Setting("ALARM_REFUSALS", "50", "Refused queries within 30 seconds that sound an alarm."),
    Setting("LIMITS_STORE", "", "Redis-protocol URL where nodes exchange counts; empty: each node counts for itself."),
    Setting("LIMITS_KEY_FILE", "", "File with the key (32 bytes or more) that all nodes share for it."),
    Setting("LIMITS_NODES", "1", "How many nodes share the limits: budgets are divided by it while the store is away."),
    Setting(
        "CUSTODY",
        "demo",
        "Who holds the keys: demo, a folder beside the data; production, two keepers armed by officers at each start.",
    ),
    Setting(
        "TIME_SOURCES",
        "system",
        "Clocks that a keeper goes by, separated by commas: system (the machine's own), ntp://host[:port]. Production "
        "takes three or more, of which a majority must agree within a second.",
    ),
    Setting("BOOK_KEYS", "", "File with the books' keys, for the keeper's sealing; empty: keeper/keys/ below HOME."),
    Setting(
        "KEEPER_SOCKETS",
        "",
        "Sockets of the keepers, separated by commas, as the office tries them; empty: HOME's.",
    ),
)


@dataclass(frozen=True)
class Settings:
    """The settings of this process."""

    values: Mapping[str, str]

    @property
    def home(self) -> Path:
        return Path(self.values["HOME"]).resolve()

    def number(self, name: str, *, least: int = 0, most: int = (1 << 63) - 1) -> int:
        """A setting that is a whole number between `least` and `most`; anything else is an error."""
        text = self.values[name]
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise FangbangError(BAD_SETTING, name=f"FANGBANG_{name}", choices=f"{least} … {most}")
        return int(text)

    @property
    def language(self) -> str:
        return self.values["LANG"]


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; an unknown `FANGBANG_` name or a bad value is an error, never ignored."""
    environ = os.environ if environ is None else environ
    known = {setting.name: setting.default for setting in SETTINGS}
    given = {name.removeprefix("FANGBANG_"): value for name, value in environ.items() if name.startswith("FANGBANG_")}
    for name in given:
        if name not in known:
            raise FangbangError(UNKNOWN_SETTING, name=f"FANGBANG_{name}")
    values = {**known, **given}
    for name, choices in _CHOICES.items():
        if values[name] not in choices:
            raise FangbangError(BAD_SETTING, name=f"FANGBANG_{name}", choices=", ".join(choices))
    return Settings(values)
