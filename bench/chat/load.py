"""What a server on loopback spends on sign-ins, messages and idle clients; a JSON line.

    python -m bench.chat.load --port 5222 --server-pid PID --accounts FILE [--register]

``FILE``: names and passwords as JSON. Everything goes over STARTTLS and SCRAM-SHA-1. CPU is that
of the server and all it started. It ends by itself: everything is counted, and has a deadline.
"""

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.chat.client import Client, Salted
from bench.processes import family

IN_FLIGHT: Final = 10
AT_ONCE: Final = 16
NO_STORE: Final = "<no-store xmlns='urn:xmpp:hints'/>"
TEXT: Final = "wir treffen uns um acht am brunnen, wer bringt den kuchen mit? " * 2
_WITHIN_S: Final = 300.0
_SETTLE_S: Final = 2.0


@dataclass(frozen=True)
class Target:
    """The server that is measured."""

    port: int
    pid: int
    accounts: Mapping[str, str]

    def cpu_s(self) -> float:
        """Return what it has spent so far."""
        return sum(process.cpu_s() for process in family(self.pid))

    def rss_kib(self) -> float:
        """Return the memory it holds."""
        return sum(process.rss_bytes() for process in family(self.pid)) / 1024


async def signed_in(target: Target, names: Sequence[str], salted: Salted) -> list[Client]:
    """Sign in all, some at the same time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Client:
        async with gate:
            client = await Client(target.port, name, target.accounts[name]).connect()
            return await client.sign_in(salted)

    return list(await asyncio.gather(*map(one, names)))


async def register(target: Target) -> None:
    """Make all accounts."""
    for name, password in target.accounts.items():
        client = await Client(target.port, name, password).connect()
        await client.register()
        client.close()


async def logins(target: Target, count: int, salted: Salted) -> float:
    """Return milliseconds of CPU of one sign-in, its TLS handshake included."""
    names = list(target.accounts)
    await _ended(await signed_in(target, names, salted))  # the generator has its keys, all is warm
    before = target.cpu_s()
    done = 0
    while done < count:
        some = names[: min(len(names), count - done)]
        await _ended(await signed_in(target, some, salted))
        done += len(some)
    return (target.cpu_s() - before) / count * 1000


async def idle(target: Target, count: int, salted: Salted) -> float:
    """Return the KiB that one more client costs that says nothing."""
    names = list(target.accounts)
    await asyncio.sleep(_SETTLE_S)
    before = target.rss_kib()
    clients = await signed_in(target, [names[n % len(names)] for n in range(count)], salted)
    await asyncio.sleep(_SETTLE_S)
    found = (target.rss_kib() - before) / count
    await _ended(clients)
    return found


async def chat(target: Target, count: int, more: str, salted: Salted) -> float:
    """Return seconds of CPU for 10,000 messages between pairs, some of each in flight."""
    clients = await signed_in(target, list(target.accounts), salted)
    pairs = list(zip(clients[::2], clients[1::2], strict=False))
    each = count // len(pairs)
    ignored = [asyncio.ensure_future(_ignore(sender)) for sender, _ in pairs]
    await asyncio.sleep(_SETTLE_S)  # presences are over
    before = target.cpu_s()
    async with asyncio.timeout(_WITHIN_S):
        await asyncio.gather(*(_talk(sender, to, each, more) for sender, to in pairs))
    spent = target.cpu_s() - before
    for task in ignored:
        task.cancel()
    await _ended(clients)
    return spent / (each * len(pairs)) * 10_000


async def _talk(sender: Client, to: Client, count: int, more: str) -> None:
    message = f"<message to='{to.jid}' type='chat'><body>{TEXT}</body>{more}</message>".encode()
    sent = min(IN_FLIGHT, count)
    sender.send(message * sent)
    heard, rest = 0, b""
    while heard < count:
        data = await to.came()
        if not data:
            raise ConnectionError("the server closed a stream")
        rest += data
        found = rest.count(b"</message>")
        rest = rest[rest.rfind(b"</message>") + 10 :] if found else rest
        heard += found
        again = min(found, count - sent)
        sent += again
        if again:
            sender.send(message * again)


async def _ignore(client: Client) -> None:
    while await client.came():
        pass


async def _ended(clients: Sequence[Client]) -> None:
    for client in clients:
        client.send(b"</stream:stream>")
        client.close()
    await asyncio.sleep(0.5)


async def measured(target: Target, asked: argparse.Namespace) -> dict[str, Any]:
    """Run all loads; return figures by name."""
    salted: Salted = {}
    if asked.register:
        await register(target)
    figures: dict[str, Any] = {"login_ms": await logins(target, asked.logins, salted)}
    figures["idle_kib"] = await idle(target, asked.idle, salted)
    for name, more in (("kept", ""), ("passing", NO_STORE)):
        runs = [await chat(target, asked.messages, more, salted) for _ in range(asked.repeat)]
        figures[f"{name}_s_per_10k"] = statistics.median(runs)
    return figures


def main(words: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--accounts", type=Path, required=True)
    parser.add_argument("--register", action="store_true")
    parser.add_argument("--logins", type=int, default=300)
    parser.add_argument("--idle", type=int, default=300)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=1)
    asked = parser.parse_args(words)
    accounts = json.loads(asked.accounts.read_text())
    target = Target(asked.port, asked.server_pid, accounts)
    print(json.dumps(asyncio.run(measured(target, asked))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
