"""The gate: checks over the facts of a run, each green, amber or red with its reasons. Pure functions.

Red blocks approval until it is put right or two approvers override it with a reason. Amber (something could not be
checked, for instance a file that came without a manifest) stands in the report that approvers sign, and blocks nothing.
The last five read how the marks lie (`anomalies`). Provinces' confirmations and the nodes' hashes are added to `CHECKS`
as they are built.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fangbang.core.canonical import content_hash
from fangbang.release.rules.anomalies import comb_findings, share_findings, state_findings, year_findings
from fangbang.release.rules.findings import Finding
from fangbang.release.rules.places import place_findings
from fangbang.release.rules.spreads import Marks


class Light(StrEnum):
    """What a check says."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class BatchFacts:
    """One accepted file. `kind` is registrations, marks or prior-passes. `totals` are the totals taken by intake,
    `manifest` the ones that the marking centre signed (None: the file came without); both by name, so that the same
    names are compared."""

    id: str
    kind: str
    rows: int
    quarantined: int
    file_sha256: str
    importer: str
    totals: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RunFacts:
    """One adjudication of a whole sitting. `inputs` are the books that it read, by kind; `candidates` are the rows of
    the outcome book, `compared` how many the second calculator went over, `orphans` the mark rows that found no
    registration by ticket and document both, `missing` the registered subjects without a mark, whose people are
    withheld; `held` the people withheld by decision, `withheld` a digest of who they are, `people` one of the links
    between documents; `changes` people whose result is another one than they were shown, by reasons. `counts` are
    people by outcome, `tables` the same by level, province and subject."""

    id: str
    inputs: Mapping[str, str]
    outcomes: str
    rule_hash: str
    code: str
    candidates: int
    compared: int
    disagreements: int
    counts: Mapping[str, int]
    orphans: int
    missing: int = 0
    held: int = 0
    withheld: str = ""
    people: str = ""
    changes: Mapping[str, int] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    tables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SentinelFacts:
    """The shadow batch: how many people with known results ran, came out right, and were found in real books; `wrong`
    names the first cases that did not come out right."""

    ran: int
    right: int
    in_books: int
    wrong: Sequence[str] = ()


@dataclass(frozen=True)
class Facts:
    """Everything that a report is frozen from. `inputs` are the sitting's books as intake names them now, by kind;
    `books` says of each book whether its name was recomputed and held; `registered` counts the rows of the
    registrations book; `rule_hash` is of the rules (with their lines), `withheld` of the people held back and `people`
    of the links between documents, as they stand now; `outdated` are earlier sittings of which other outcomes count now
    than the run used; `provincial` the levels whose results each province releases. `seen` is the last audit entry when
    the gathering began: a later edit makes the facts stale. `marks` is how the marks lie (None: not counted)."""

    sitting: str
    exam: str
    catalogue: str
    run: RunFacts
    rule_hash: str
    batches: Sequence[BatchFacts]
    inputs: Mapping[str, str]
    books: Mapping[str, bool]
    registered: int
    sentinels: SentinelFacts | None = None
    withheld: str = ""
    people: str = ""
    outdated: Sequence[str] = ()
    seen: int = 0
    provincial: Sequence[str] = ()
    marks: Marks | None = None

    @property
    def importers(self) -> list[str]:
        """The people who brought any of the files in, sorted."""
        return sorted({batch.importer for batch in self.batches})


@dataclass(frozen=True)
class Verdict:
    """What one check says; `reasons` are codes with arguments, [["book-altered", "marks-1f…"], …]."""

    check: str
    light: Light
    reasons: tuple[tuple[str | int, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"check": self.check, "light": self.light.value, "reasons": [list(reason) for reason in self.reasons]}


Reasons = list[tuple[str | int, ...]]


def check_calculators(facts: Facts) -> Verdict:
    """Both calculators went over every candidate and agreed on all."""
    red: Reasons = []
    if facts.run.disagreements:
        red.append(("disagreements", facts.run.disagreements))
    if facts.run.compared != facts.run.candidates:
        red.append(("not-compared", facts.run.candidates - facts.run.compared))
    return _verdict("calculators", red)


def check_current(facts: Facts) -> Verdict:
    """The run read the books and the rules (lines included) that the sitting has now, held back whom it has to, and
    used the published outcomes of earlier sittings (amber: a run may be told to use others)."""
    kinds = sorted({*facts.inputs, *facts.run.inputs})
    red: Reasons = [("other-book", kind) for kind in kinds if facts.inputs.get(kind) != facts.run.inputs.get(kind)]
    if facts.rule_hash != facts.run.rule_hash:
        red.append(("other-rules", facts.run.rule_hash))
    if facts.withheld != facts.run.withheld:
        red.append(("other-withheld",))
    if facts.people != facts.run.people:
        red.append(("other-links",))
    return _verdict("current", red, [("other-history", sitting) for sitting in facts.outdated])


def check_everyone_once(facts: Facts) -> Verdict:
    """Every registered person has one outcome: nobody is lost, nobody appears twice, the counts add up."""
    red: Reasons = []
    if facts.run.candidates != facts.registered:
        red.append(("outcomes-registrations", facts.run.candidates, facts.registered))
    if sum(facts.run.counts.values()) != facts.run.candidates:
        red.append(("counts-outcomes", sum(facts.run.counts.values()), facts.run.candidates))
    return _verdict("everyone-once", red)


def check_control_totals(facts: Facts) -> Verdict:
    """Each file's rows, sums, minima, maxima and hash are those that the marking centre signed."""
    red: Reasons = []
    amber: Reasons = []
    for batch in facts.batches:
        if batch.manifest is None:
            amber.append(("no-manifest", batch.id))
            continue
        names = sorted({*batch.totals, *batch.manifest})
        red += [
            ("total-differs", batch.id, name) for name in names if batch.totals.get(name) != batch.manifest.get(name)
        ]
    return _verdict("control-totals", red, amber)


def check_books(facts: Facts) -> Verdict:
    """Every book that the run read or wrote was read again, and its rows still give its name."""
    needed = {facts.run.outcomes, *facts.run.inputs.values()}
    red: Reasons = [("book-altered", name) for name in sorted(needed) if facts.books.get(name) is False]
    red += [("book-not-read", name) for name in sorted(needed) if name not in facts.books]
    return _verdict("books", red)


def check_joins(facts: Facts) -> Verdict:
    """Every mark found its registration by ticket and by document."""
    red: Reasons = [("orphan-marks", facts.run.orphans)] if facts.run.orphans else []
    return _verdict("joins", red)


def check_complete(facts: Facts) -> Verdict:
    """Every registered subject has a mark or a code, and nobody's result is held back."""
    amber: Reasons = [("withheld-for-missing-marks", facts.run.missing)] if facts.run.missing else []
    amber += [("withheld-by-decision", facts.run.held)] if facts.run.held else []
    return _verdict("complete", [], amber)


def check_sentinels(facts: Facts) -> Verdict:
    """The people with known results came out right, and none of them stands in a real book (amber: the run had none,
    since it was made before there were any)."""
    sentinels = facts.sentinels
    if sentinels is None or not sentinels.ran:
        return _verdict("sentinels", [], [("no-sentinels",)])
    red: Reasons = []
    if sentinels.right != sentinels.ran:
        red.append(("sentinel-wrong", sentinels.ran - sentinels.right))
        red += [("sentinel-case", case) for case in sentinels.wrong[:_MOST_CASES]]
    if sentinels.in_books:
        red.append(("sentinel-in-books", sentinels.in_books))
    return _verdict("sentinels", red)


def check_states(facts: Facts) -> Verdict:
    """Nobody is in a state that cannot be, and no row looks like a test."""
    return _of_marks("states", facts, state_findings)


def check_years(facts: Facts) -> Verdict:
    """Each subject lies as in earlier years, and is no copy of one (amber: there is no earlier year)."""
    return _of_marks("years", facts, year_findings)


def check_places(facts: Facts) -> Verdict:
    """No province and no city moved away from the others."""
    return _of_marks("places", facts, place_findings)


def check_shares(facts: Facts) -> Verdict:
    """Zeros and absences are as many as in earlier years and in other places."""
    return _of_marks("shares", facts, share_findings)


def check_combs(facts: Facts) -> Verdict:
    """No mark is favoured or missing, and all are marks that the paper can give."""
    return _of_marks("combs", facts, comb_findings)


CHECKS: tuple[Callable[[Facts], Verdict], ...] = (
    check_calculators,
    check_current,
    check_everyone_once,
    check_control_totals,
    check_books,
    check_joins,
    check_complete,
    check_sentinels,
    check_states,
    check_years,
    check_places,
    check_shares,
    check_combs,
)

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "agreement": ("calculators", "current", "everyone-once"),
    "totals": ("control-totals", "books"),
    "joins": ("joins", "complete"),
    "anomalies": ("states", "years", "places", "shares", "combs"),
    "sentinels": ("sentinels",),
    "provinces": ("confirmations",),
}
"""What the checks ask together: the six questions that people go through before a release."""


def worst_light(verdicts: Iterable[Mapping[str, Any]]) -> str:
    """The worst of some verdicts (as JSON); "" of none."""
    lights = {verdict["light"] for verdict in verdicts}
    return next((light.value for light in (Light.RED, Light.AMBER, Light.GREEN) if light in lights), "")


def run_gate(facts: Facts) -> tuple[Verdict, ...]:
    """All checks, in their fixed order."""
    return tuple(check(facts) for check in CHECKS)


def finding_hash(run: str, verdict: Mapping[str, Any]) -> str:
    """What an override is about: one check of one run with exactly these reasons (a verdict as JSON)."""
    return content_hash({"run": run, **{name: verdict[name] for name in ("check", "light", "reasons")}})


_MOST_CASES = 5
"""Shadows that are named when they came out wrong."""
_MOST_REASONS = 40
"""Of one check; a sitting that is odd everywhere is told by these and by the number of the others."""


def _of_marks(check: str, facts: Facts, findings: Callable[[Marks], Iterable[Finding]]) -> Verdict:
    if facts.marks is None:
        return _verdict(check, [], [("marks-not-counted",)])
    found = list(findings(facts.marks))
    red, amber = (_shortened([one.reason for one in found if one.red is wanted]) for wanted in (True, False))
    return _verdict(check, red, amber)


def _shortened(reasons: Reasons) -> Reasons:
    rest = len(reasons) - _MOST_REASONS
    return [*reasons[:_MOST_REASONS], ("and-more", rest)] if rest > 0 else reasons


def _verdict(check: str, red: Reasons, amber: Reasons | None = None) -> Verdict:
    if red:
        return Verdict(check, Light.RED, tuple(red + (amber or [])))
    return Verdict(check, Light.AMBER if amber else Light.GREEN, tuple(amber or []))
