"""Who is in: link tokens, each good for one session, sessions' own tokens, the password.

Tokens are kept as their hashes, so that looking one up takes as long whatever it says.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from repair.review.password import Password

TRIES = 5  # wrong passwords from one address in WINDOW…
ALL_TRIES = 30  # …and from everywhere
WINDOW = 60.0  # seconds


class TooManyError(Exception):
    """So many wrong passwords came that none is looked at for a while."""


@dataclass(frozen=True, slots=True)
class Session:
    """One person or program: a short name for its leases, and who it says it is."""

    name: str
    reviewer: str = ""


class Sessions:
    """All of them. `fixed` are tokens that are sessions from the start; with a `password`,
    whoever knows it may come in (by `enter`, or with it as the token)."""

    def __init__(self, fixed: Iterable[str] = (), password: Password | None = None) -> None:
        self._links: dict[bytes, bool] = {}  # hash of a token -> used
        self._sessions = {_hash(token): _session() for token in fixed}
        self._password = password
        self._wrong: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    @property
    def asks(self) -> bool:
        """Whether a password lets in."""
        return self._password is not None

    def link(self) -> str:
        """A new token for an address."""
        token = secrets.token_urlsafe(24)
        self._links[_hash(token)] = False
        return token

    def exchange(self, link: str) -> str | None:
        """The session's token for a link that nobody used yet, else None."""
        with self._lock:
            if self._links.get(_hash(link), True):
                return None
            self._links[_hash(link)] = True
        return self._new("")

    def used(self, link: str) -> bool:
        """Whether it was a link of ours that somebody has used."""
        return self._links.get(_hash(link), False)

    def enter(self, password: str, client: str, reviewer: str = "") -> str | None:
        """The session's token for somebody who knows the password, else None. TooManyError
        after too many wrong ones."""
        return self._new(reviewer) if self._right(password, client) else None

    def of(self, token: str) -> Session | None:
        """The session with this token, or None."""
        return self._sessions.get(_hash(token))

    def by_password(self, token: str, client: str) -> Session | None:
        """The session of a program whose token is the password: hashed slowly once, and
        known from then on. TooManyError after too many wrong ones."""
        if self._password is None or not self._right(token, client):
            return None
        return self._sessions.setdefault(_hash(token), _session())

    def names(self) -> list[str]:
        """The names of all sessions."""
        return [session.name for session in self._sessions.values()]

    def _new(self, reviewer: str) -> str:
        token = secrets.token_urlsafe(24)
        self._sessions[_hash(token)] = _session(reviewer)
        return token

    def _right(self, password: str, client: str) -> bool:
        if self._password is None:
            return False
        with self._lock:
            now = time.monotonic()
            for who, most in ((client, TRIES), ("*", ALL_TRIES)):
                tries = self._wrong[who]
                while tries and tries[0] < now - WINDOW:
                    tries.popleft()
                if len(tries) >= most:
                    raise TooManyError
            if self._password.fits(password):
                return True
            for who in (client, "*"):
                self._wrong[who].append(now)
            if len(self._wrong) > 1000:  # addresses that came once and never again
                self._wrong = defaultdict(deque, {"*": self._wrong["*"]})
        return False


def _session(reviewer: str = "") -> Session:
    return Session(secrets.token_hex(4), reviewer)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
