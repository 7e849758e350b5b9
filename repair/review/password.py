"""The password that lets others than this machine in: a file that holds its salted hash.

    password = read(Path("password"))       # made if it is not there, asked for on a terminal
    password.fits("typed")                  # constant time

The file holds one line: `scrypt:16384:8:1:SALT:HASH` (RFC 7914; N, r and p as OWASP's
password storage sheet has them, both ends base64), or a password in plain text, which is
hashed when it is read. Only the hash is kept in memory.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import sys
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path

SHORTEST = 16  # characters of a password
COST = (2**14, 8, 1)  # N, r, p: 16 MB and some 50 ms


@dataclass(frozen=True, slots=True)
class Password:
    """A salted hash."""

    cost: tuple[int, int, int]
    salt: bytes
    digest: bytes

    def fits(self, typed: str) -> bool:
        """Whether that is the password. Takes as long whatever is wrong with it."""
        return hmac.compare_digest(_hash(typed, self.cost, self.salt), self.digest)

    def line(self) -> str:
        """As the file has it."""
        ends = (base64.b64encode(part).decode() for part in (self.salt, self.digest))
        return ":".join(["scrypt", *map(str, self.cost), *ends])


def hashed(typed: str) -> Password:
    """The hash of a password, with a salt of its own."""
    salt = secrets.token_bytes(16)
    return Password(COST, salt, _hash(typed, COST, salt))


def _hash(typed: str, cost: tuple[int, int, int], salt: bytes) -> bytes:
    n, r, p = cost
    data = typed.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=2**27)


def read(path: Path) -> Password:
    """The password of a file. Where there is no file and somebody sits at a terminal, asks
    for one and writes its hash. ValueError for a file that cannot be used."""
    if not path.exists() and sys.stdin.isatty():
        return _made(path)
    try:
        text = path.read_text(encoding="ascii").strip()
    except UnicodeDecodeError:
        raise ValueError(f"{path}: a password must be plain ASCII") from None
    if not text.startswith("scrypt:"):
        return hashed(_checked(text, str(path)))
    try:
        _, n, r, p, salt, digest = text.split(":")
        cost = (int(n), int(r), int(p))
        password = Password(cost, base64.b64decode(salt), base64.b64decode(digest))
        password.fits("")  # whether the numbers can be used at all
    except ValueError as error:
        raise ValueError(f"{path}: no scrypt:N:r:p:salt:hash ({error})") from None
    return password


def _checked(text: str, where: str) -> str:
    if len(text) < SHORTEST or not text.isprintable() or not text.isascii() or " " in text:
        needs = f"{SHORTEST} characters or more, plain ASCII and no spaces"
        raise ValueError(f"{where}: a password needs {needs}")
    return text


def _made(path: Path) -> Password:
    typed = _checked(getpass(f"a new password for {path}: "), str(path))
    if getpass("once more: ") != typed:
        raise ValueError(f"{path}: the two were not the same")
    password = hashed(typed)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password.line() + "\n")
    return password
