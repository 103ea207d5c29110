"""A member of staff in front of the office, over HTTP, without a browser: signs in and reads pages."""

import re
from http.cookiejar import CookieJar
from typing import Self
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

from fangbang.cli.demo.problems import SIGN_IN_FAILED
from fangbang.core.errors import FangbangError

_TIMEOUT = 30.0
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_CODE = re.compile(r'name="code" value="([0-9]{6})"')


class Visitor:
    """One browser's cookies. `url`: the office's address without a slash at the end."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._page = ""
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> tuple[int, str]:
        """Status and page."""
        return self._open(path, None)

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form of the page that was read last, with its token; redirects are followed."""
        token = _TOKEN.search(self._page)
        return self._open(path, {"csrfmiddlewaretoken": token.group(1) if token else "", **fields})

    def sign_in(self, operator: str, password: str) -> Self:
        """Password, then the code that a demonstration's page shows; UNAVAILABLE unless the first page is reached."""
        self.get("/sign-in")
        self.post("/sign-in", operator=operator, password=password)
        code = _CODE.search(self._page)
        status, page = self.post("/sign-in/second", code=code.group(1) if code else "")
        if status != 200 or 'class="who"' not in page:
            raise FangbangError(SIGN_IN_FAILED, operator=operator, status=status)
        return self

    def _open(self, path: str, fields: dict[str, str] | None) -> tuple[int, str]:
        data = None if fields is None else urlencode(fields).encode()
        try:
            with self._opener.open(self.url + path, data, timeout=_TIMEOUT) as reply:
                status, self._page = reply.status, reply.read().decode()
        except HTTPError as error:
            status, self._page = error.code, error.read().decode()
        return status, self._page
