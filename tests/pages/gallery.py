"""Every public page in every state, by name: for the HTML checker, for axe, for the tour of screenshots."""

from dataclasses import replace
from datetime import datetime

from fangbang.core.clock import to_wire
from fangbang.exams.model import Text
from fangbang.lookup.formats import FIELDS
from fangbang.pages.bundle import Notice, Topic
from fangbang.pages.counts import Counts, ReleaseCounts, Row, Scope
from fangbang.pages.result import result_view
from fangbang.pages.site import Form, Site, enlarged
from tests.pages.records import CARD, RECORDS, RELEASED, words
from tests.pages.test_site import T, card

MESSAGES = ("notfound", "limited", "challenge", "withdrawn", "unavailable", "overload", "missing", "scriptless")
STATES = ("preparing", "scheduled", "opening", "published", "closed", "ended", "withdrawn")
KINDS = {kind.value: list(names) for kind, names in FIELDS.items()}
AREAS = {"name-birth": ("330000", "640000")}
HOUR = datetime.fromisoformat("2026-02-20T09:00:00+08:00")
NOTICES = (
    Notice(
        id="result-day",
        title=Text("关于 2026 年度成绩发布安排的公告", "When the results of 2026 are released"),
        body=(
            Text("成绩将于 3 月 1 日 10:00 发布，届时查询页自动开放。", "Results are released on 1 March at 10:00."),
            Text("请勿相信任何声称可以提前查询的网站。", "Trust no site that claims to show them earlier."),
        ),
        not_before=to_wire(HOUR),
        sitting="s-2026",
        link="https://www.example.cn/notices/2026",
    ),
)
COUNTED = (
    ReleaseCounts(
        Scope(),
        to_wire(T),
        Counts(
            10,
            2,
            {"110000": Row(1200, 800, 60, 2060), "540000": Row(None, None, None, 90)},
            Row(None, None, None, 2150),
        ),
    ),
)
TOPICS = (
    Topic(
        "when",
        Text("什么时候能查？", "When can I check?"),
        (Text("到公布的发布时间，查询页会自动开放。", "The query opens by itself at the announced hour."),),
    ),
)


def gallery(site: Site, language: str) -> dict[str, bytes]:
    """Name → page."""
    notice = {"zh": "因核查个别成绩，暂停查询，预计当日恢复。", "en": "Some marks are being checked; back today."}
    cards = [card(state, f"{state}-2026", notice=notice, published_at=T) for state in STATES]
    published = card("published", kinds=KINDS, areas=AREAS)
    made = {f"sitting-{item.state}": site.sitting(language, item, Form("ticket-document")) for item in cards}
    made |= {f"query-{kind}": site.sitting(language, published, Form(kind)) for kind in KINDS}
    made |= {f"home-{item.state}": site.home(language, [item]) for item in cards}
    made |= {f"message-{kind}": site.message(language, kind, cards[-1] if kind == "withdrawn" else published)
             for kind in MESSAGES}  # fmt: skip
    made |= {
        f"result-{name.replace(' ', '-')}": site.result(
            language, CARD, result_view(record, words(language, site.contacts), RELEASED)
        )
        for name, record in RECORDS.items()
    }
    typed = {"ticket": "<\"'&", "document": "11010119900307001X"}
    return made | {
        "counts": site.counts(language, replace(published, counts=COUNTED)),
        "home-all": site.home(language, cards, published, fresh=False, lead=(NOTICES[0].body[1],), notices=NOTICES),
        "home-none": site.home(language, []),
        "malformed": site.sitting(language, published, Form("ticket-document", typed, "ticket")),
        "challenge": site.sitting(
            language, published, Form("ticket-document", typed, token="t", seen=True, told="wrong")
        ),
        "notices": site.notices(language, [*cards, published], NOTICES),
        "notices-none": site.notices(language, []),
        "help": site.help(language),
        "help-bundle": site.help(language, TOPICS),
        "help-large": enlarged(site.help(language)),
        "forgot": site.forgot(language),
        "forgot-sitting": site.forgot(language, published),
        "verify": site.verify(language),
        "status": site.status(language, "partly", [*cards, published], NOTICES, now=T, issued=T),
        "status-unsure": site.status(language, "unsure", [], now=T),
    }
