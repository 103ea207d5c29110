"""The states of a release, their groups, and which may follow which."""

from collections.abc import Mapping
from enum import StrEnum

from fangbang.audit.events import AuditEvent


class ReleaseState(StrEnum):
    """Where a release stands. The order below is the way it goes."""

    DRAFT = "draft"
    """Opened, or its inputs were edited: nothing is frozen."""
    ADJUDICATED = "adjudicated"
    """The report of a run is frozen and may be signed."""
    APPROVED = "approved"
    """Two approvers, neither the importer, signed the frozen report."""
    SEALED = "sealed"
    """The keeper sealed exactly that report's outcomes."""
    COMMITTED = "committed"
    """The snapshot's header is public: from here on a change would show."""
    DISTRIBUTED = "distributed"
    """The nodes hold the sealed snapshot."""
    SCHEDULED = "scheduled"
    """Two approvers set the hour T."""
    PUBLISHED = "published"
    """The key is out."""
    SUPERSEDED = "superseded"
    """A later base took its place."""
    WITHDRAWN = "withdrawn"
    """Taken back, with a notice."""

    @property
    def editable(self) -> bool:
        """Not sealed yet: an edit of the inputs sends it back to DRAFT."""
        return self in _EDITABLE

    @property
    def frozen(self) -> bool:
        """Has a report that may be signed."""
        return self in (ReleaseState.ADJUDICATED, ReleaseState.APPROVED)

    @property
    def over(self) -> bool:
        """Nothing follows."""
        return not TRANSITIONS[self]

    @property
    def event(self) -> AuditEvent:
        """What the audit log says when a release enters this state."""
        return EVENTS[self]

    def may_become(self, after: "ReleaseState") -> bool:
        """Whether the state `after` may follow."""
        return after in TRANSITIONS[self]


_S = ReleaseState
_EDITABLE = frozenset({_S.DRAFT, _S.ADJUDICATED, _S.APPROVED})

TRANSITIONS: Mapping[ReleaseState, frozenset[ReleaseState]] = {
    _S.DRAFT: frozenset({_S.ADJUDICATED}),
    _S.ADJUDICATED: frozenset({_S.DRAFT, _S.ADJUDICATED, _S.APPROVED}),
    _S.APPROVED: frozenset({_S.DRAFT, _S.ADJUDICATED, _S.SEALED}),
    _S.SEALED: frozenset({_S.COMMITTED, _S.WITHDRAWN}),
    _S.COMMITTED: frozenset({_S.DISTRIBUTED, _S.WITHDRAWN}),
    _S.DISTRIBUTED: frozenset({_S.SCHEDULED, _S.WITHDRAWN}),
    _S.SCHEDULED: frozenset({_S.SCHEDULED, _S.PUBLISHED, _S.WITHDRAWN}),
    _S.PUBLISHED: frozenset({_S.SUPERSEDED, _S.WITHDRAWN}),
    _S.SUPERSEDED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}

EVENTS: Mapping[ReleaseState, AuditEvent] = {
    _S.DRAFT: AuditEvent.RELEASE_APPROVALS_VOIDED,
    _S.ADJUDICATED: AuditEvent.RELEASE_FROZEN,
    _S.APPROVED: AuditEvent.RELEASE_APPROVED,
    _S.SEALED: AuditEvent.RELEASE_SEALED,
    _S.COMMITTED: AuditEvent.RELEASE_COMMITTED,
    _S.DISTRIBUTED: AuditEvent.RELEASE_DISTRIBUTED,
    _S.SCHEDULED: AuditEvent.RELEASE_SCHEDULED,
    _S.PUBLISHED: AuditEvent.RELEASE_PUBLISHED,
    _S.SUPERSEDED: AuditEvent.RELEASE_SUPERSEDED,
    _S.WITHDRAWN: AuditEvent.RELEASE_WITHDRAWN,
}


class ReleaseKind(StrEnum):
    """A base stands alone; an overlay holds what a later run changed of its base."""

    BASE = "base"
    OVERLAY = "overlay"


INPUT_EVENTS = frozenset(
    {
        AuditEvent.BATCH_ACCEPTED,
        AuditEvent.LINE_ANNOUNCED,
        AuditEvent.RECOMPUTATION_OPENED,
        AuditEvent.RESULT_WITHHELD,
        AuditEvent.WITHHOLDING_LIFTED,
        AuditEvent.RUN_FINISHED,
    }
)
"""Acts of earlier stages that change what an unsealed release of the sitting would say: they void its approvals."""


STATE_TEXTS = {
    ReleaseState.DRAFT: ("草稿（数据未冻结）", "draft (nothing frozen)"),
    ReleaseState.ADJUDICATED: ("已冻结，待批准", "frozen, to be approved"),
    ReleaseState.APPROVED: ("已批准", "approved"),
    ReleaseState.SEALED: ("已封存", "sealed"),
    ReleaseState.COMMITTED: ("封存值已公示", "committed: its header is public"),
    ReleaseState.DISTRIBUTED: ("已分发", "distributed"),
    ReleaseState.SCHEDULED: ("已定时", "scheduled"),
    ReleaseState.PUBLISHED: ("已公布", "published"),
    ReleaseState.SUPERSEDED: ("已被取代", "superseded"),
    ReleaseState.WITHDRAWN: ("已撤回", "withdrawn"),
}
"""State → what a person is told, Chinese and English."""
