"""The texts of the public pages, read from .po files when the process starts. Keys are stable names, not sentences."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.exams.provinces import PROVINCES

LANGUAGES = ("zh", "en")
"""Chinese first: it is what a request without a wish gets."""

_PLACE = re.compile(r"\{(\d+|\*|[a-z0-9]+)\}")


def fill(template: str, params: Mapping[str, str]) -> str:
    """Put values into `{name}` places; an unknown place stays as it is. The script `app.js` does the same."""
    return _PLACE.sub(lambda found: params.get(found[1], found[0]), template)


class Texts:
    """All texts of one language."""

    def __init__(self, language: str, messages: Mapping[str, str]) -> None:
        self.language = language
        self.messages = messages

    def __call__(self, key: str, **params: object) -> str:
        """The text for a key; a key that nobody wrote is a KeyError, not a silent gap."""
        return fill(self.messages[key], {name: str(value) for name, value in params.items()})

    def under(self, prefix: str) -> dict[str, str]:
        """The texts whose keys begin with `prefix`."""
        return {key: text for key, text in self.messages.items() if key.startswith(prefix)}

    def regions(self, codes: Sequence[str]) -> str:
        """Province codes as names; a code of an authority's own stands for itself."""
        named = [PROVINCES.get(code) for code in codes]
        zh = self.language == "zh"
        names = [(item.zh if zh else item.en) if item else code for item, code in zip(named, codes, strict=True)]
        return self.messages["list.comma"].join(names)

    def moment(self, at: datetime) -> str:
        """Day and minute in the authority's zone."""
        return fill(self.messages["time.format"], time_parts(at))

    def hour(self, at: datetime) -> str:
        """The hour of a release: a moment, to the second where it is no whole minute, so that it never seems past."""
        return self("waiting.at-second", time=self.moment(at), ss=f"{at.second:02}") if at.second else self.moment(at)

    def date(self, on: date) -> str:
        """A day that stands in data."""
        parts = {"y": on.year, "m": on.month, "d": on.day, "mm2": f"{on.month:02}", "dd2": f"{on.day:02}"}
        return fill(self.messages["date.format"], {name: str(value) for name, value in parts.items()})

    def day(self, at: datetime) -> str:
        """The day in the authority's zone."""
        return fill(self.messages["date.format"], time_parts(at))


def time_parts(at: datetime) -> dict[str, str]:
    """The numbers a date text may use."""
    local = at.astimezone(AUTHORITY_ZONE)
    return {
        "y": str(local.year),
        "m": str(local.month),
        "d": str(local.day),
        "mm2": f"{local.month:02}",
        "dd2": f"{local.day:02}",
        "hh": f"{local.hour:02}",
        "mm": f"{local.minute:02}",
    }


@cache
def texts(language: str, package: str = "fangbang.pages") -> Texts:
    """The shipped texts of `language` ("zh" or "en"): of the public pages, or of another room that has pages."""
    source = files(package).joinpath("translations").joinpath(f"{language}.po")
    with source.open("rb") as stream:
        catalogue = read_po(stream, locale=language)
    return Texts(language, {str(message.id): str(message.string) for message in catalogue if message.id})


def preferred(chosen: str, cookie: str, accepted: str) -> str:
    """The language of an answer: `?lang=`, else the cookie, else the browser's first wish, else Chinese."""
    if chosen in LANGUAGES:
        return chosen
    if cookie in LANGUAGES:
        return cookie
    first = accepted.split(",", 1)[0].strip().lower()
    return "en" if first and not first.startswith(("zh", "*")) else "zh"
