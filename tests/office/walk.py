"""Every page of the office, as somebody who may open it: route → (who, address) of each state that a test looks at."""

from collections.abc import Mapping, Sequence

from tests.office.house import House

NO_PAGE = {"healthz": "two words of JSON for a machine", "static": "style sheets, scripts and pictures",
           "catalogue-file": "a file to keep", "change-file": "a file to keep"}  # fmt: skip
"""Routes that one gets and that are no page → why."""
ADJUDICATOR, AUDITOR, CENTRE, IMPORTER, APPROVER, OTHER_APPROVER = "zhang", "sun", "li", "han", "wang", "zhao"
ANOTHER_CENTRE, EDITOR = "ma", "lin"
SWITCH = "name=static&zh=%E7%B3%BB%E7%BB%9F%E6%A3%80%E6%9F%A5%E4%B8%AD&en=Under+inspection&reason=drill"


def walk(house: House) -> Mapping[str, Sequence[tuple[str, str]]]:
    """All of them; "" is nobody."""
    return {**_entrance(), **_account(), **_releases(house), **_files(house), **_persons(house), **_texts(house)}


def _entrance() -> dict[str, list[tuple[str, str]]]:
    return {
        "sign-in": [("", "/sign-in")],
        "second-factor": [("half", "/sign-in/second")],
        "confirm": [(APPROVER, "/confirm")],
        "enrol": [("", "/enrol")],
        "enrol-password": [("new", "/enrol/password")],
        "enrol-factor": [("newer", "/enrol/factor")],
    }


def _account() -> dict[str, list[tuple[str, str]]]:
    return {
        "home": [(who, "/") for who in (APPROVER, CENTRE)],
        "account": [(APPROVER, "/account")],
        "make-key": [(APPROVER, "/account/key")],
        "add-factor": [(APPROVER, "/account/factors/add")],
        "change-password": [(APPROVER, "/account/password")],
        "staff": [("chen", "/staff")],
        "add-staff": [("chen", "/staff/add")],
        "member": [("chen", "/staff/li")],
        "centres": [("chen", "/centres"), (AUDITOR, "/centres")],
        "retention": [("chen", "/retention")],
        "audit": [(AUDITOR, "/audit")],
        "board": [(AUDITOR, "/board")],
        "switches": [(APPROVER, "/switches")],
        "move-switch": [(APPROVER, f"/switches/move?{SWITCH}")],
    }


def _releases(house: House) -> dict[str, list[tuple[str, str]]]:
    at, things = f"/releases/{house.release}", house.things
    red, out, waits, counted = (f"/releases/{things[name]}" for name in ("red", "withdrawable", "waits", "counted"))
    shown = f"/statistics/{things['shown']}"
    return {
        "releases": [(ADJUDICATOR, "/releases")],
        "open-release": [(ADJUDICATOR, "/open-release")],
        "release": [(ADJUDICATOR, at), (APPROVER, red), (APPROVER, out)],
        "release-job": [(ADJUDICATOR, f"{at}/jobs/job-running")],
        "gate": [(AUDITOR, f"{red}/gate")],
        "approve": [(APPROVER, f"{at}/approve")],
        "override": [(APPROVER, f"{red}/override/shares"), (APPROVER, f"{red}/override/shares?reason=known")],
        "province-counts": [(ANOTHER_CENTRE, f"{counted}/provinces/110000")],
        "waive-confirmation": [(APPROVER, f"{counted}/provinces/110000/waive")],
        "hour": [(APPROVER, f"{waits}/hour"), (APPROVER, f"{waits}/hour?at=2099-08-20T10:00:00")],
        "withdraw": [(APPROVER, f"{out}/withdraw"), (APPROVER, f"{out}/withdraw?zh=%E5%A4%8D%E6%A0%B8&en=Review")],
        "statistics": [(AUDITOR, "/statistics")],
        "statistics-release": [(AUDITOR, shown)],
        "statistics-province": [(AUDITOR, f"{shown}/310000")],
    }


def _files(house: House) -> dict[str, list[tuple[str, str]]]:
    things = house.things
    tried, taken, line = f"/uploads/{things['tried']}", f"/uploads/{things['taken']}", f"/lines/{things['line']}"
    failed = f"/lines/{things['line-failed']}"
    return {
        "catalogue": [(EDITOR, "/catalogue"), (APPROVER, "/catalogue")],
        "exam": [(EDITOR, "/catalogue/exams/trial"), (EDITOR, "/catalogue/exams/social-worker")],
        "change": [(who, f"/catalogue/changes/{things['change']}") for who in (EDITOR, APPROVER)],
        "sittings": [(IMPORTER, "/sittings")],
        "files": [(IMPORTER, "/sittings/social-worker-2028")],
        "upload": [(IMPORTER, tried), (IMPORTER, taken), (IMPORTER, f"{tried}?kind=marks")],
        "upload-job": [(IMPORTER, f"{tried}/jobs/{things['tried-job']}")],
        "batch": [(IMPORTER, f"/batches/{things['batch']}")],
        "lines": [(ADJUDICATOR, "/sittings/trial-2026/lines"), (AUDITOR, "/sittings/trial-2026/lines")],
        "line": [("qian", line), (ADJUDICATOR, line), (ADJUDICATOR, failed)],
        "line-job": [
            (ADJUDICATOR, f"{line}/jobs/{things['line-job']}"),
            (ADJUDICATOR, f"{failed}/jobs/{things['line-failed-job']}"),
        ],
    }


def _persons(house: House) -> dict[str, list[tuple[str, str]]]:
    things = house.things
    return {
        "desk": [(CENTRE, "/desk")],
        "previews": [(APPROVER, "/previews")],
        "preview": [(who, f"/previews/{things['preview']}") for who in (APPROVER, OTHER_APPROVER)],
        "exports": [(CENTRE, "/exports")],
        "exports-of": [(CENTRE, f"/exports/exp-{state}") for state in ("made", "lapsed", "asked")],
        "export-job": [(CENTRE, f"/exports/exp-made/jobs/{things['export-job']}")],
        "withholdings": [(APPROVER, "/withholdings")],
        "withholding": [(who, f"/withholdings/{things['request']}") for who in (APPROVER, OTHER_APPROVER)],
    }


def _texts(house: House) -> dict[str, list[tuple[str, str]]]:
    notice = f"/notices/{house.things['notice']}"
    return {
        "notices": [(APPROVER, "/notices")],
        "write-notice": [(APPROVER, f"/notices/write?kind={kind}") for kind in ("notice", "centre", "helpline")],
        "notice": [(APPROVER, notice), (OTHER_APPROVER, notice), (APPROVER, f"/notices/{house.things['centre']}")],
        "preview-notice": [(APPROVER, f"{notice}/preview"), (APPROVER, f"/notices/{house.things['centre']}/preview")],
        "publish-notice": [(APPROVER, f"{notice}/publish")],
    }
