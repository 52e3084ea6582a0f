"""Addresses that Mumble opens: ``mumble://NAME:PASSWORD@HOST:PORT/CHANNEL?title=TITLE&version=1.2.0``.

Source: https://wiki.mumble.info/wiki/Mumble_URL, and MainWindow::openUrl of Mumble 1.5: without
a name a client asks for one, without a password for that as soon as it is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

DEFAULT_PORT: Final = 64738
VERSION: Final = "1.2.0"
"""The form of the address. A client refuses one of a later version than its own (seen with 1.3.4
and 1.5.0), and one without any, since that is of 1.1."""


@dataclass(frozen=True, slots=True)
class MumblePlace:
    """Where a server listens. ``host``: a name or an address, IPv6 without brackets."""

    host: str
    port: int = DEFAULT_PORT

    def address(
        self, title: str, *, name: str = "", code: str = "", path: Sequence[str] = ()
    ) -> str:
        """Return the address. ``title``: what the client calls it in its list of servers.

        ``code``: the token of an invitation, or a password. ``path``: names of channels, from
        below the root to the one to be in; a slash in one is shown, and meant, as U+2215.
        """
        who = quote(name, safe="")
        if code:
            who += f":{quote(code, safe='')}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        before = f"{who}@" if who else ""
        channel = "/".join(quote(part.replace("/", "\u2215"), safe="") for part in path)
        query = urlencode({"title": title, "version": VERSION}, quote_via=quote)
        return f"mumble://{before}{host}:{self.port}/{channel}?{query}"
