"""Which values of a request's Host are ours, and who can reach an address."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import Any


class Names:
    """The values of Host that are ours. A name is only `localhost` or the host that was
    given: another one could have been pointed at us by a page (DNS rebinding). Where we
    listen elsewhere than on loopback, every address in numbers is ours too: it is no name."""

    def __init__(self, host: str, port: int) -> None:
        self.names, self.port = {host.lower(), "localhost"}, port
        self.numbers = not loopback(host)
        if self.numbers:
            self.names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    def __contains__(self, value: object) -> bool:
        name, _, port = str(value).lower().rpartition(":")
        if not port.isdecimal() or "]" in port or not name:
            name, port = str(value).lower(), "80"
        name = name.removeprefix("[").removesuffix("]")
        if port != str(self.port):
            return False
        return name in self.names or (self.numbers and _address(name) is not None)


def _address(name: str) -> Any:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    address = _address(host)
    return host == "localhost" if address is None else bool(address.is_loopback)


def listen(host: str, port: int, password_file: Path | None) -> socket.socket:
    """A socket that listens there. ValueError where others can reach it and no password is
    asked: whoever opens the page reads all texts and decides."""
    if password_file is None and not loopback(host):
        raise ValueError(f"--host {host} can be reached from elsewhere: give --password-file too")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family)
    # Its connections inherit this. asyncio sets it on sockets that it opens itself only, and
    # without it an answer's body waits for the browser to acknowledge its head: 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def shown(host: str, port: int) -> str:
    """The address as a URL has it."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
