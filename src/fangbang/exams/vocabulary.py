"""The closed vocabulary of a result: what a record may say, in codes. Prose for each code stands in `pages`."""

from enum import StrEnum


class Outcome(StrEnum):
    """The result of one candidate at one level of one sitting."""

    QUALIFIED = "qualified"
    QUALIFIED_REGIONALLY = "qualified-regionally"
    PARTLY_PASSED = "partly-passed"
    NOT_PASSED = "not-passed"
    ABSENT = "absent"
    VOID = "void"
    WITHHELD = "withheld"
    LINE_NOT_ANNOUNCED = "line-not-announced"


class SubjectStatus(StrEnum):
    """The result of one subject of this sitting."""

    PASSED = "passed"
    PASSED_REGIONALLY = "passed-regionally"
    NOT_PASSED = "not-passed"
    ABSENT = "absent"
    VIOLATION = "violation"
    INVALID = "invalid"
    UNDEFINED_CODE = "undefined-code"
    """A code whose meaning no source defines: shown as it is, counted as not passed."""
    VOID = "void"
    """A mark that a code of sitting scope on another subject took away."""
    LINE_NOT_ANNOUNCED = "line-not-announced"
    WITHHELD = "withheld"


class StatementCode(StrEnum):
    """One sentence of the explanation; its arguments stand in brackets, in order."""

    WINDOW_EARNED = "window.earned"
    """(subject, year earned, valid through year) a pass that counts."""
    WINDOW_EARNED_REGIONALLY = "window.earned-regionally"
    """(subject, year earned, valid through year, province) a pass at a regional line."""
    WINDOW_EXEMPT = "window.exempt"
    """(subject) the category owes this subject not."""
    WINDOW_LAPSED = "window.lapsed"
    """(subject, year earned) a pass that no longer counts."""
    WINDOW_OWED = "window.owed"
    """(subject) still to be passed."""
    WINDOW_SAVES = "window.saves"
    """(year, subject …) the last sitting that saves these passes; of this year: they are not kept after it."""
    WINDOW_COMPLETE = "window.complete"
    """(first year, last year) all owed subjects passed within the window."""
    WINDOW_RULE = "window.rule"
    """(window in years, source index in the catalogue) the rule that was applied."""
    NEXT_CERTIFICATE = "next.certificate"
    """() post-exam check, public notice, then the certificate."""
    NEXT_PANEL = "next.panel"
    """(valid years of the pass proof) apply to the expert panel."""
    NEXT_REVIEW = "next.review"
    """(days, subject …) a review of addition and registration may be requested of these subjects."""
    NEXT_RETAKE = "next.retake"
    """(year) sit the owed subjects."""
    NEXT_LINE = "next.line"
    """() wait for the pass line's announcement."""
    RESULT_CODE = "result.code"
    """(subject, code) what a result code means, from the catalogue."""


class ChangeReason(StrEnum):
    """Why a later version of a result differs from the one before. A record may carry several, separated by spaces."""

    MARK = "mark"
    """A subject's mark or result code was corrected."""
    LINE = "line"
    """A pass line was announced or changed, a regional one among them."""
    WITHHELD = "withheld"
    """The result is held back for the time being."""
    RELEASED = "released"
    """The result was withheld before."""
    HISTORY = "history"
    """Passes of earlier years came or went."""
    DETAILS = "details"
    """Details of the registration were corrected."""
    RECOMPUTED = "recomputed"
    """The rule or what is said about it was corrected; marks and lines are the same."""
    ADDED = "added"
    """The result was added after the first publication."""


class CredentialKind(StrEnum):
    """What a candidate may show to be found. The order of the fields is part of the snapshot format."""

    TICKET_DOCUMENT = "ticket-document"
    DOCUMENT_NAME = "document-name"
    ARCHIVE_DOCUMENT = "archive-document"
    NAME_BIRTH = "name-birth"
    BOUND = "bound"


class SwitchName(StrEnum):
    """What the authority can turn off, or make dearer, on every query node at once."""

    QUERY = "query"
    """The query of one sitting, with all its releases."""
    KIND = "kind"
    """One kind of credential, in every sitting."""
    RIDDLES = "riddles"
    """Images, voices and their passes: the query without JavaScript."""
    PRICE = "price"
    """Bits on the price of every query."""
    STATIC = "static"
    """Everything but pages: no query, no challenge."""
