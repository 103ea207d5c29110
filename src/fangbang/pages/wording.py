"""Words for codes: what a page needs to turn the answer's JSON into sentences, for one sitting in one language.

The same document feeds the server's HTML (`result.py`) and the script in the browser (`static/app.js`), so that both
say the same.
"""

import re
from collections.abc import Sequence
from typing import Any

from fangbang.exams.model import SittingRules
from fangbang.exams.provinces import PROVINCES
from fangbang.exams.vocabulary import StatementCode
from fangbang.pages.contacts import Centre, Contacts
from fangbang.pages.texts import Texts

ARGUMENTS: dict[str, str] = {
    StatementCode.WINDOW_EARNED: "s--",
    StatementCode.WINDOW_EARNED_REGIONALLY: "s--p",
    StatementCode.WINDOW_EXEMPT: "s",
    StatementCode.WINDOW_LAPSED: "s-",
    StatementCode.WINDOW_OWED: "s",
    StatementCode.WINDOW_SAVES: "-*",
    StatementCode.WINDOW_COMPLETE: "--",
    StatementCode.WINDOW_RULE: "--",
    StatementCode.NEXT_CERTIFICATE: "",
    StatementCode.NEXT_PANEL: "-",
    StatementCode.NEXT_REVIEW: "-*",
    StatementCode.NEXT_RETAKE: "-",
    StatementCode.NEXT_LINE: "",
    StatementCode.RESULT_CODE: "s-",
}
"""How a statement's arguments are read: s subject, p province, - as it is, * all further ones are subjects."""

_SHARED = ("outcome.", "status.", "statement.", "reason.", "found.", "person.", "time.", "date.", "list.")
_MESSAGES = ("malformed.", "notfound.", "limited.", "challenge.", "withdrawn.", "unavailable.", "overload.", "offline.",
             "closed.")  # fmt: skip


def sitting_words(
    texts: Texts,
    title: str,
    rules: SittingRules | None,
    contacts: Contacts | None = None,
    releases: Sequence[str] = (),
    *,
    ended: bool = False,
) -> dict[str, Any]:
    """The words of one sitting. Without rules (an exam this node has no file for) codes stand for themselves.

    `releases`: when results of this sitting were published so far, the oldest first. `ended`: it can no longer be
    asked for, so that its answer `closed` is not for a while.
    """
    contacts = contacts or Contacts()
    language = texts.language
    words: dict[str, Any] = {
        "lang": language,
        "title": title,
        "texts": {key: text for prefix in (*_SHARED, *_MESSAGES) for key, text in texts.under(prefix).items()},
        "arguments": dict(ARGUMENTS),
        "regions": {code: province.en if language == "en" else province.zh for code, province in PROVINCES.items()},
        "levels": {},
        "codes": {},
        "rules": "",
        "sources": [],
        "year": rules.year if rules else 0,
        "centres": {centre.region: centre_line(texts, centre) for centre in contacts.provincial},
        "helpline": helpline_line(texts, contacts),
        "helpline_source": helpline_source(texts, contacts),
        "releases": list(releases),
    }
    if ended:
        words["texts"] |= {f"closed.{part}": texts(f"ended.{part}") for part in ("title", "say", "centre")}
    words["texts"]["query.again"] = texts("query.again")
    words["texts"]["waiting.title"] = texts("waiting.title")
    words["texts"]["waiting.say"] = texts("waiting.plain")
    if rules is not None:
        words["sources"] = [punctuated(source.title, language) for source in rules.sources]
        words["rules"] = rules.catalogue_version[:12]
        words["codes"] = {
            str(code): punctuated(item.text.get(language), language) for code, item in rules.codes.items()
        }
        words["levels"] = {level.id: _level_words(level, language) for level in rules.levels.values()}
    return words


def centre_line(texts: Texts, centre: Centre) -> str:
    """A centre in one sentence: what is known of it, and of which day that is."""
    known = [centre.address, *(texts("centre.phone-is", phone=phone) for phone in centre.phone), centre.hours]
    parts = [part if isinstance(part, str) else part.get(texts.language) for part in known if part]
    details = texts("list.semicolon").join(parts) or texts("centre.local")
    return texts("centre.line", name=centre.name.get(texts.language), details=details, day=texts.date(centre.as_of))


def helpline_line(texts: Texts, contacts: Contacts) -> str:
    """Whom to call after bad news; without data it names no number."""
    lines = [
        texts("helpline.call", name=line.name.get(texts.language), phone=line.phone,
              hours=texts("helpline.hours", hours=line.hours.get(texts.language)) if line.hours else "")
        for line in contacts.helplines.values()
    ]  # fmt: skip
    return texts("helpline.say", lines=texts("list.semicolon").join(lines)) if lines else texts("helpline.none")


def helpline_source(texts: Texts, contacts: Contacts) -> str:
    """Where the helplines' numbers were read, and when; "" without any."""
    lines = list(contacts.helplines.values())
    titles = dict.fromkeys(title for line in lines for title in contacts.cited(line))
    if not titles:
        return ""
    day = texts.date(max(line.as_of for line in lines))
    return texts("helpline.source", day=day, source=texts("list.semicolon").join(titles))


_FULL_WIDTH = dict(zip(",:;?!()", "，：；？！（）", strict=True))
_HALF_WIDTH = re.compile("(?<=[\u4e00-\u9fff\u201d])[,:;?!()]|[,:;?!()](?=[\u4e00-\u9fff\u201c])")


def punctuated(text: str, language: str) -> str:
    """A text from data as a Chinese page prints it: full-width punctuation beside Chinese characters."""
    return text if language == "en" else _HALF_WIDTH.sub(lambda found: _FULL_WIDTH[found[0]], text)


def _level_words(level: Any, language: str) -> dict[str, Any]:
    def said(text: Any) -> str:
        return punctuated(text.get(language), language)

    return {
        "name": said(level.name),
        "subjects": {
            subject.id: {"name": said(subject.name), "full": plain_decimal(subject.full)}
            for subject in level.subjects.values()
        },
        "categories": {category.id: said(category.name) for category in level.categories.values()},
        "specialties": {key: said(text) for key, text in level.specialties.items()},
    }


def plain_decimal(value: Any) -> str:
    """A decimal without exponent and without idle zeros: 100, 62.5."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
