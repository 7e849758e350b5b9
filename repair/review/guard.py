"""Who may talk to the review page: tokens, origins, hosts, sizes, rates. Plain ASGI.

The address that `repair review` prints holds a link token in its fragment, which browsers
send to nobody. The page trades it, once, for a session token, keeps that in its session
storage and sends it as a header: there is no cookie that another site could ride on.
Nothing but the empty page and its static files is given out without it (sessions.py). Other
programs (service.py) send their token as `Authorization: Bearer`, which no site can make a browser
send either, and get errors as JSON.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Container, MutableMapping
from contextlib import suppress
from typing import Any

from repair.review.sessions import Session, Sessions, TooManyError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

TOKEN_HEADER = "x-repair-token"
LARGEST = 1_000_000  # bytes of a request's body
AT_ONCE = 32  # requests being answered; one more gets 429
PER_SECOND = 200  # requests a second over BURST seconds
BURST = 5
BODY_SECONDS = 30  # for a request's body to come in
# How much of a refused body is read and thrown away, and how long: a client that is still sending
# when the connection closes never gets to see why.
BEYOND, REFUSED_SECONDS = 64_000_000, 5

_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """Refuses what must not come in, before the app sees it, and adds the headers.

    `hosts` are the values of Host that are ours (against DNS rebinding); `public` the paths
    that are answered without a token, and `open_posts` those of them that may be posted.
    A request's body has at most `largest` bytes; with `api`, refusals are JSON objects."""

    def __init__(
        self, app: App, sessions: Sessions, hosts: Container[str], public: frozenset[str],
        open_posts: frozenset[str] = frozenset({"/session"}),
        *, largest: int = LARGEST, api: bool = False,
    ) -> None:  # fmt: skip
        self.app, self.sessions, self.hosts = app, sessions, hosts
        self.public, self.open_posts = public, open_posts
        self.largest, self.api = largest, api
        self.running = 0
        self.allowance, self.at = float(PER_SECOND * BURST), time.monotonic()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets here
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        refused = self._refused(scope, headers)
        who = None
        if refused is None:
            try:
                who = self._who(scope, headers)
            except TooManyError:
                refused = TOO_MANY
            if who is None and not self._open(scope):
                where = "send it as Authorization: Bearer" if self.api else _OPEN
                refused = refused or (401, f"no valid token: {where}")
        if refused:
            with suppress(TimeoutError):
                async with asyncio.timeout(REFUSED_SECONDS):
                    await _body(receive, 0)
            await self._answer(send, *refused)
            return
        scope.setdefault("state", {})["session"] = who
        self.running += 1
        try:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    body = await _body(receive, self.largest)
            except TimeoutError:
                await self._answer(send, 408, "the request takes too long to come")
                return
            if body is None:
                await self._answer(send, 413, "the request is too large")
            else:
                await self.app(scope, _again(body, receive), _with_headers(send))
        finally:
            self.running -= 1

    def _refused(
        self, scope: MutableMapping[str, Any], headers: dict[str, str]
    ) -> tuple[int, str] | None:
        path, method = scope["path"], scope["method"]
        host = headers.get("host", "")
        if host not in self.hosts:
            return 421, "this address is not ours"
        if not self._in_time() or self.running >= AT_ONCE:
            return 429, "too many requests at once"
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self.largest:
            return 413, "the request is too large"
        writes = method not in ("GET", "HEAD")
        origin = headers.get("origin")
        scheme = scope.get("scheme", "http")
        if writes and origin is not None and origin != f"{scheme}://{host}":
            return 403, "a request from another origin"
        site = headers.get("sec-fetch-site", "same-origin")
        if site not in ("same-origin", "none") and (writes or path not in self.public):
            return 403, "a request from another origin"
        return None

    def _open(self, scope: MutableMapping[str, Any]) -> bool:
        """Whether it is answered without a token."""
        writes = scope["method"] not in ("GET", "HEAD")
        return scope["path"] in (self.open_posts if writes else self.public)

    def _who(self, scope: MutableMapping[str, Any], headers: dict[str, str]) -> Session | None:
        """The session of a request. A program may send the password itself as its token; a
        page's token that is not known any more is no try of one."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.sessions.of(token.strip()) or self.sessions.by_password(
                token.strip(), client(scope)
            )
        return self.sessions.of(headers.get(TOKEN_HEADER, ""))

    def _in_time(self) -> bool:
        now = time.monotonic()
        gained = (now - self.at) * PER_SECOND
        self.allowance, self.at = min(PER_SECOND * BURST, self.allowance + gained), now
        if self.allowance < 1:
            return False
        self.allowance -= 1
        return True

    async def _answer(self, send: Send, status: int, words: str) -> None:
        kind, body = "text/plain; charset=utf-8", words
        if self.api:
            kind, body = "application/json", json.dumps({"error": words})
        headers = {"content-type": kind, **_MORE.get(status, {})}
        with_headers = _with_headers(send)
        plain = [(name.encode(), value.encode()) for name, value in headers.items()]
        await with_headers({"type": "http.response.start", "status": status, "headers": plain})
        await with_headers({"type": "http.response.body", "body": body.encode()})


TOO_MANY = (429, "too many wrong passwords: wait a minute")
_OPEN = "open the address that repair printed"
_MORE = {
    401: {"www-authenticate": "Bearer"},
    408: {"connection": "close"},
    413: {"connection": "close"},
    429: {"retry-after": "1"},
}


def client(scope: MutableMapping[str, Any]) -> str:
    """The address that a request comes from."""
    return str((scope.get("client") or ("",))[0])


async def _body(receive: Receive, largest: int) -> bytes | None:
    """The whole body, or None where it is longer than that, whatever its header said."""
    parts: list[bytes] = []
    size = 0
    while size <= largest + BEYOND:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        size += len(message.get("body", b""))
        if size <= largest:
            parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts) if size <= largest else None
    return None


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read already, then what comes after it."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            have = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [
                *message["headers"],
                *((k.encode(), v.encode()) for k, v in _HEADERS.items() if k.encode() not in have),
            ]
        await send(message)

    return sending
