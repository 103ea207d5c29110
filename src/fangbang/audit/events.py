"""The catalogue of audit events. docs/reference/audit-events.md is generated from it and checked by a test."""

from collections.abc import Mapping
from enum import StrEnum


class AuditEvent(StrEnum):
    """What a member of staff (or a process on their behalf) did. Values are stable: never renamed, never reused."""

    OFFICE_INITIALISED = "office.initialised"
    EDIT_FOUND = "audit.edit-found"
    LOG_EXPORTED = "audit.exported"
    RETENTION_ASKED = "retention.asked"
    RETENTION_CARRIED_OUT = "retention.carried-out"
    RETENTION_OF_THE_DAY = "retention.of-the-day"
    BACKUP_MADE = "backup.made"
    BACKUP_RESTORED = "backup.restored"
    OPERATOR_ADDED = "accounts.operator-added"
    OPERATOR_ROLES_CHANGED = "accounts.operator-roles-changed"
    OPERATOR_DISABLED = "accounts.operator-disabled"
    RECORDS_FORGOTTEN = "accounts.records-forgotten"
    OPERATOR_RETIRED = "accounts.operator-retired"
    KEY_ENROLLED = "accounts.key-enrolled"
    KEY_RETIRED = "accounts.key-retired"
    DECISION_SIGNED = "accounts.decision-signed"
    OPERATOR_REACH_CHANGED = "accounts.operator-reach-changed"
    OPERATOR_INVITED = "accounts.operator-invited"
    INVITATION_SHOWN = "accounts.invitation-shown"
    RECOVERY_ASKED = "accounts.recovery-asked"
    RECOVERY_CONFIRMED = "accounts.recovery-confirmed"
    OPERATOR_ENROLLED = "accounts.operator-enrolled"
    PASSWORD_CHOSEN = "accounts.password-chosen"  # noqa: S105 - an event
    PASSWORD_CHANGED = "accounts.password-changed"  # noqa: S105 - an event
    PASSWORD_ACCEPTED = "accounts.password-accepted"  # noqa: S105 - an event
    SIGN_IN_FAILED = "accounts.sign-in-failed"
    SIGNED_IN = "accounts.signed-in"
    STEPPED_UP = "accounts.stepped-up"
    FACTOR_ADDED = "accounts.factor-added"
    FACTOR_RETIRED = "accounts.factor-retired"
    SESSION_ENDED = "accounts.session-ended"
    CATALOGUE_PROPOSED = "catalogue.proposed"
    CATALOGUE_PUT_IN_FORCE = "catalogue.put-in-force"
    CATALOGUE_REFUSED = "catalogue.refused"
    CATALOGUE_TAKEN_BACK = "catalogue.taken-back"
    SITTING_OPENED = "intake.sitting-opened"
    PERSON_PROPOSED = "people.proposed"
    PERSON_APPROVED = "people.approved"
    PERSON_REFUSED = "people.refused"
    BATCH_ACCEPTED = "intake.batch-accepted"
    BATCH_REFUSED = "intake.batch-refused"
    PROFILE_SAVED = "intake.profile-saved"
    CENTRE_ENROLLED = "intake.centre-enrolled"
    CENTRE_RETIRED = "intake.centre-retired"
    UPLOAD_BEGUN = "intake.upload-begun"
    UPLOAD_RECEIVED = "intake.upload-received"
    UPLOAD_LOOKED_AT = "intake.upload-looked-at"
    UPLOAD_MAPPED = "intake.upload-mapped"
    UPLOAD_MANIFEST = "intake.upload-manifest"
    UPLOAD_TRIED = "intake.upload-tried"
    UPLOAD_DISCARDED = "intake.upload-discarded"
    UPLOADS_REMOVED = "intake.uploads-removed"
    QUARANTINE_HANDED_OUT = "intake.quarantine-handed-out"
    LINE_ANNOUNCED = "adjudication.line-announced"
    LINE_PROPOSED = "adjudication.line-proposed"
    LINE_APPROVED = "adjudication.line-approved"
    LINE_REFUSED = "adjudication.line-refused"
    LINE_PREVIEWED = "adjudication.line-previewed"
    RUN_FINISHED = "adjudication.run-finished"
    RUN_REFUSED = "adjudication.run-refused"
    RESULT_WITHHELD = "adjudication.result-withheld"
    WITHHOLDING_LIFTED = "adjudication.withholding-lifted"
    WITHHOLDING_ASKED = "adjudication.withholding-asked"
    WITHHOLDING_REFUSED = "adjudication.withholding-refused"
    WITHHOLDINGS_FORGOTTEN = "adjudication.withholdings-forgotten"
    RECOMPUTATION_OPENED = "adjudication.recomputation-opened"
    RECOMPUTATION_CLOSED = "adjudication.recomputation-closed"
    CANDIDATE_SEARCHED = "desk.candidate-searched"
    SEARCH_LIMIT_REACHED = "desk.search-limit-reached"
    RESULT_SHOWN = "desk.result-shown"
    NUMBERS_GIVEN = "desk.numbers-given"
    PREVIEW_ASKED = "desk.preview-asked"
    PREVIEW_AGREED = "desk.preview-agreed"
    PREVIEW_REFUSED = "desk.preview-refused"
    PREVIEW_SHOWN = "desk.preview-shown"
    EXPORT_ASKED = "desk.export-asked"
    EXPORT_MADE = "desk.export-made"
    EXPORT_FETCHED = "desk.export-fetched"
    DESK_FORGOTTEN = "desk.records-forgotten"
    RELEASE_OPENED = "release.opened"
    RELEASE_FROZEN = "release.frozen"
    RELEASE_OVERRIDDEN = "release.gate-overridden"
    COUNTS_CONFIRMED = "release.counts-confirmed"
    COUNTS_DISPUTED = "release.counts-disputed"
    CONFIRMATION_WAIVED = "release.confirmation-waived"
    RELEASE_APPROVED = "release.approved"
    RELEASE_APPROVALS_VOIDED = "release.approvals-voided"
    RELEASE_SEALED = "release.sealed"
    RELEASE_COMMITTED = "release.committed"
    RELEASE_DISTRIBUTED = "release.distributed"
    RELEASE_SCHEDULED = "release.scheduled"
    RELEASE_HOUR_SIGNED = "release.hour-signed"
    RELEASE_PUBLISHED = "release.published"
    RELEASE_SUPERSEDED = "release.superseded"
    RELEASE_WITHDRAWAL_SIGNED = "release.withdrawal-signed"
    RELEASE_WITHDRAWN = "release.withdrawn"
    JOB_ASKED = "jobs.asked"
    JOB_DONE = "jobs.done"
    JOB_FAILED = "jobs.failed"
    JOBS_FORGOTTEN = "jobs.forgotten"
    NOTICE_PROPOSED = "notices.proposed"
    NOTICE_REFUSED = "notices.refused"
    NOTICE_TAKEN_BACK = "notices.taken-back"
    NOTICE_PUBLISHED = "notices.published"
    PAGES_PROPOSED = "release.pages-proposed"
    PAGES_SIGNED = "release.pages-signed"
    PAGES_PUBLISHED = "release.pages-published"
    SWITCH_SIGNED = "release.switch-signed"
    SWITCH_MOVED = "release.switch-moved"


MEANINGS: Mapping[AuditEvent, str] = {
    AuditEvent.OFFICE_INITIALISED: "The data folder, its tables and its keys were made.",
    AuditEvent.EDIT_FOUND: "The watch found rows that were edited behind the application's back.",
    AuditEvent.LOG_EXPORTED: "A member of staff exported entries of this log.",
    AuditEvent.RETENTION_ASKED: "An administrator asked that data over their time be ended.",
    AuditEvent.RETENTION_CARRIED_OUT: "A second administrator ended data over their time; counts, failures by class.",
    AuditEvent.RETENTION_OF_THE_DAY: "The system by itself ended data over their time; counts, failures by class.",
    AuditEvent.BACKUP_MADE: "The whole installation was backed up, encrypted.",
    AuditEvent.BACKUP_RESTORED: "This installation was restored from a backup that proved right.",
    AuditEvent.OPERATOR_ADDED: "A member of staff was entered with roles.",
    AuditEvent.OPERATOR_ROLES_CHANGED: "A member of staff was given other roles.",
    AuditEvent.OPERATOR_DISABLED: "An account that nobody had signed in to for long was disabled.",
    AuditEvent.RECORDS_FORGOTTEN: "Records of signing in that were over their time were deleted, with their number.",
    AuditEvent.OPERATOR_RETIRED: "A member of staff left; their keys count no longer.",
    AuditEvent.KEY_ENROLLED: "A member of staff enrolled the public half of a signing key.",
    AuditEvent.KEY_RETIRED: "A signing key was retired: lost, replaced or exposed.",
    AuditEvent.DECISION_SIGNED: "What a second person decided at the command line was signed with their key.",
    AuditEvent.OPERATOR_REACH_CHANGED: "A member of staff was given another region or other exams.",
    AuditEvent.OPERATOR_INVITED: "A member of staff was given a one-time code to set up how they sign in.",
    AuditEvent.INVITATION_SHOWN: "Someone showed such a code; it is used up when a second factor is set.",
    AuditEvent.RECOVERY_ASKED: "An administrator asked that someone who lost a factor may enrol again.",
    AuditEvent.RECOVERY_CONFIRMED: "A second administrator confirmed it; there is a one-time code now.",
    AuditEvent.OPERATOR_ENROLLED: "A member of staff set password and second factor with a code.",
    AuditEvent.PASSWORD_CHOSEN: "A password was chosen while enrolling; it counts once a second factor is set.",
    AuditEvent.PASSWORD_CHANGED: "A member of staff changed their password; their other sessions ended.",
    AuditEvent.PASSWORD_ACCEPTED: "A password was right; the second factor was asked for.",
    AuditEvent.SIGN_IN_FAILED: "A password or second factor was wrong.",
    AuditEvent.SIGNED_IN: "A member of staff signed in with both factors.",
    AuditEvent.STEPPED_UP: "A member of staff showed the second factor again, for a grave act.",
    AuditEvent.FACTOR_ADDED: "A member of staff added a passkey or an authenticator app.",
    AuditEvent.FACTOR_RETIRED: "A second factor was retired.",
    AuditEvent.SESSION_ENDED: "Sessions of a member of staff were ended: signed out, or by an administrator.",
    AuditEvent.CATALOGUE_PROPOSED: "A changed file of exam rules was proposed; the details have its SHA-256.",
    AuditEvent.CATALOGUE_PUT_IN_FORCE: "A second person put such a file in force: every unsealed report is void.",
    AuditEvent.CATALOGUE_REFUSED: "Such a file was refused by a second person, with a reason.",
    AuditEvent.CATALOGUE_TAKEN_BACK: "The author of such a file took it back.",
    AuditEvent.SITTING_OPENED: "A sitting was opened for files.",
    AuditEvent.PERSON_PROPOSED: "Someone proposed that documents, persons or names belong together.",
    AuditEvent.PERSON_APPROVED: "A second member of staff approved such a proposal: it counts in the sittings named.",
    AuditEvent.PERSON_REFUSED: "Such a proposal was refused.",
    AuditEvent.BATCH_ACCEPTED: "A file of the marking centre became an immutable book.",
    AuditEvent.BATCH_REFUSED: "A file of the marking centre was refused as a whole.",
    AuditEvent.PROFILE_SAVED: "A column mapping was saved under a name, or replaced.",
    AuditEvent.CENTRE_ENROLLED: "A marking centre's key was enrolled: its manifests are believed.",
    AuditEvent.CENTRE_RETIRED: "A marking centre's key was retired, with the reason: its manifests count no longer.",
    AuditEvent.UPLOAD_BEGUN: "Somebody began to bring in a file for a sitting.",
    AuditEvent.UPLOAD_RECEIVED: "A file was brought in whole; the details have its SHA-256.",
    AuditEvent.UPLOAD_LOOKED_AT: "The columns of such a file were guessed, for somebody to look at.",
    AuditEvent.UPLOAD_MAPPED: "Somebody said how such a file is to be read.",
    AuditEvent.UPLOAD_MANIFEST: "The marking centre's signed manifest was put beside such a file.",
    AuditEvent.UPLOAD_TRIED: "Such a file was read on trial: what taking it in would do.",
    AuditEvent.UPLOAD_DISCARDED: "Somebody removed a file that was not taken in.",
    AuditEvent.UPLOADS_REMOVED: "Files that were not taken in were removed because their days were over.",
    AuditEvent.QUARANTINE_HANDED_OUT: "A quarantine file was handed to a member of staff, with a reason.",
    AuditEvent.LINE_ANNOUNCED: "A pass line was entered with its document number.",
    AuditEvent.LINE_PROPOSED: "Somebody proposed a pass line with its document number.",
    AuditEvent.LINE_APPROVED: "A second member of staff approved such a line: it is announced in the same act.",
    AuditEvent.LINE_REFUSED: "A proposed line was refused, with a reason.",
    AuditEvent.LINE_PREVIEWED: "What each step of a proposed line would change was counted.",
    AuditEvent.RUN_FINISHED: "Both calculators went over a whole sitting and agreed.",
    AuditEvent.RUN_REFUSED: "The two calculators disagreed about a sitting.",
    AuditEvent.RESULT_WITHHELD: "One person's result of a sitting was held back by two people, with a reason.",
    AuditEvent.WITHHOLDING_LIFTED: "A result that was held back may be published, with a reason.",
    AuditEvent.WITHHOLDING_ASKED: "Someone asked to hold back one person's result, or to release it.",
    AuditEvent.WITHHOLDING_REFUSED: "A second member of staff refused that.",
    AuditEvent.WITHHOLDINGS_FORGOTTEN: "Withholdings over their time that had ended, and their requests, were deleted.",
    AuditEvent.RECOMPUTATION_OPENED: "A release changed the history that a later sitting's run had used: run it again.",
    AuditEvent.RECOMPUTATION_CLOSED: "A new run used the history that counts now.",
    AuditEvent.CANDIDATE_SEARCHED: "A candidate was looked for, with a reason; by a keyed hash of what was typed.",
    AuditEvent.SEARCH_LIMIT_REACHED: "A member of staff searched more often than an hour allows: an alarm.",
    AuditEvent.RESULT_SHOWN: "One candidate's published result was shown to a member of staff.",
    AuditEvent.NUMBERS_GIVEN: "A candidate's forgotten ticket and archive number were given, by document and name.",
    AuditEvent.PREVIEW_ASKED: "Someone asked to see one person's result before the hour, with a reason.",
    AuditEvent.PREVIEW_AGREED: "Somebody else agreed: who asked may look for an hour.",
    AuditEvent.PREVIEW_REFUSED: "Somebody else refused such a preview.",
    AuditEvent.PREVIEW_SHOWN: "One person's result was shown before the hour, under a watermark.",
    AuditEvent.EXPORT_ASKED: "A province asked for the list of its passers, with a purpose.",
    AuditEvent.EXPORT_MADE: "The list was made: its rows and the SHA-256 of its file.",
    AuditEvent.EXPORT_FETCHED: "The file was handed out to who had asked for it.",
    AuditEvent.DESK_FORGOTTEN: "Searches, previews and exports over their time were deleted, with their number.",
    AuditEvent.RELEASE_OPENED: "A release was opened for a sitting and a scope.",
    AuditEvent.RELEASE_FROZEN: "The facts of a release were frozen into a report to be signed.",
    AuditEvent.RELEASE_OVERRIDDEN: "A red check of the gate was overridden, with a reason.",
    AuditEvent.COUNTS_CONFIRMED: "A provincial centre confirmed its counts in the frozen report.",
    AuditEvent.COUNTS_DISPUTED: "A provincial centre said that its counts are wrong, with a reason.",
    AuditEvent.CONFIRMATION_WAIVED: "An approver decided to go on without a province's word, with a reason.",
    AuditEvent.RELEASE_APPROVED: "A member of staff signed the frozen report.",
    AuditEvent.RELEASE_APPROVALS_VOIDED: "An edit of its inputs voided a release's report and approvals.",
    AuditEvent.RELEASE_SEALED: "The keeper sealed the snapshot of a release.",
    AuditEvent.RELEASE_COMMITTED: "The header of the sealed snapshot was made public.",
    AuditEvent.RELEASE_DISTRIBUTED: "The sealed snapshot was handed to the nodes.",
    AuditEvent.RELEASE_SCHEDULED: "The keeper took the hour T, or another one, that two approvers signed.",
    AuditEvent.RELEASE_HOUR_SIGNED: "An approver signed an hour T.",
    AuditEvent.RELEASE_PUBLISHED: "The keeper posted the key at T.",
    AuditEvent.RELEASE_SUPERSEDED: "A later release took the place of this one.",
    AuditEvent.RELEASE_WITHDRAWAL_SIGNED: "An approver signed a withdrawal.",
    AuditEvent.RELEASE_WITHDRAWN: "A release was withdrawn, with a reason.",
    AuditEvent.JOB_ASKED: "A member of staff asked for long work from a page.",
    AuditEvent.JOB_DONE: "Such work was done; its acts have events of their own.",
    AuditEvent.JOB_FAILED: "Such work was not done; the details name the problem.",
    AuditEvent.JOBS_FORGOTTEN: "Work that ended long ago was deleted from the list of jobs, with its number.",
    AuditEvent.NOTICE_PROPOSED: "A notice, whom to ask, or that one of them be taken down, was proposed.",
    AuditEvent.NOTICE_REFUSED: "Such a proposal was refused by a second person.",
    AuditEvent.NOTICE_TAKEN_BACK: "The author of such a proposal took it back before it was decided.",
    AuditEvent.NOTICE_PUBLISHED: "Such a proposal came with a bundle that a second person signed.",
    AuditEvent.PAGES_PROPOSED: "A member of staff proposed a bundle of public texts as a file.",
    AuditEvent.PAGES_SIGNED: "An approver signed a bundle of public texts.",
    AuditEvent.PAGES_PUBLISHED: "The keeper published a bundle of public texts.",
    AuditEvent.SWITCH_SIGNED: "An approver signed that something be turned off, or back, on every query node.",
    AuditEvent.SWITCH_MOVED: "The keeper moved a switch of the query nodes as it was signed, with a reason.",
}
"""What each event says, for the catalogue page."""


def catalogue_page() -> str:
    """docs/reference/audit-events.md, as Markdown."""
    rows = "\n".join(f"| `{event.value}` | {MEANINGS[event]} |" for event in sorted(AuditEvent))
    return f"""# Audit events

Generated by `fangbang audit catalogue`; a test compares. Every staff act leaves exactly one of these in the
hash-chained log, in the same database transaction as the act. Names are stable.

| event | what happened |
|---|---|
{rows}
"""
