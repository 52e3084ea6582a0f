"""Generated native clients against one Mumble server: ours, or Debian's mumble-server.

Talkers send at a fixed pace; listeners count in the kernel; samples decrypt and time. The cost
is the CPU time of all threads of the server's processes, which stays right beside neighbours;
loss and rate count on an idle machine only. Loopback only.

    python -m bench.voice.load --port 64738 --server-pid PID --clients 101 --talkers 3
"""

import argparse
import asyncio
import ipaddress
import json
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import uvloop

from bench.processes import family
from bench.voice.client import Native, Way

PACKETS_PER_S: Final = 50
SETTLE_S: Final = 1.0
"""From the last packet until all have arrived."""

WARM_PACKETS: Final = 25


@dataclass(frozen=True)
class Wish:
    """What is asked for. ``samples``: clients that decrypt; ``rate``: packets of a talker/s."""

    host: str
    port: int
    password: str
    clients: int
    talkers: int
    samples: int
    seconds: float
    rate: float
    payload: int
    protobuf: bool
    tunnel: bool
    concurrency: int


@dataclass(frozen=True)
class Measured:
    """One run. CPU in seconds; memory in bytes; latency in seconds."""

    sent: int
    expected: int
    heard: int
    bad: int
    loss: float
    cpu_s: float
    cpu_s_per_100k: float
    wall_s: float
    p50_s: float
    p95_s: float
    p99_s: float


@dataclass(frozen=True)
class Arrived:
    """What coming in cost the server."""

    clients: int
    cpu_ms_per_login: float
    bytes_per_client: float
    wall_s: float


class Crowd:
    """Clients that are in; the first ones talk, the next ones are samples."""

    def __init__(self, wish: Wish, pid: int) -> None:
        self.wish, self.pid = wish, pid
        self.clients: list[Native] = []

    def server_cpu_s(self) -> float:
        """Return the CPU time of all processes of the server."""
        return sum(each.cpu_s() for each in family(self.pid))

    def server_bytes(self) -> int:
        """Return their memory."""
        return sum(each.rss_bytes() for each in family(self.pid))

    async def arrive(self) -> Arrived:
        """Let everybody in."""
        wish = self.wish
        way = Way(wish.host, wish.port, wish.password, wish.protobuf, wish.tunnel)
        gate = asyncio.Semaphore(wish.concurrency)

        async def one(number: int) -> Native:
            async with gate:
                return await Native(f"load{number}", way).enter()

        first = await one(0)  # what the server loads with its first client is not counted
        before, memory, begun = self.server_cpu_s(), self.server_bytes(), time.monotonic()
        rest = await asyncio.gather(*(one(number) for number in range(1, wish.clients)))
        self.clients = [first, *rest]
        spent, more = self.server_cpu_s() - before, self.server_bytes() - memory
        count = max(1, len(rest))
        wall_s = time.monotonic() - begun
        return Arrived(len(rest), 1000 * spent / count, more / count, wall_s)

    async def leave(self) -> None:
        """Let everybody go."""
        await asyncio.gather(*(client.leave() for client in self.clients))

    def count_in_kernel(self) -> None:
        """Let all but the samples count without reading."""
        if not self.wish.tunnel:
            for client in self._counted():
                client.count_in_kernel()

    def _talkers(self) -> Sequence[Native]:
        return self.clients[: self.wish.talkers]

    def _samples(self) -> Sequence[Native]:
        return self.clients[self.wish.talkers : self.wish.talkers + self.wish.samples]

    def _counted(self) -> Sequence[Native]:
        samples = set(map(id, self._samples()))
        return [client for client in self.clients if id(client) not in samples]

    def _heard(self) -> int:
        if self.wish.tunnel:
            return sum(client.tunnelled for client in self.clients)
        read = sum(client.heard.packets for client in self._samples())
        return read + sum(client.heard_by_kernel() for client in self._counted())

    async def talk(self, seconds: float, rate: float) -> Measured:
        """Talk for ``seconds`` and return what was heard."""
        for client in self._samples():
            client.heard.late_s.clear()
            client.heard.bad = 0
        heard, cpu_s, begun = self._heard(), self.server_cpu_s(), time.monotonic()
        sent = await self._send(seconds, rate)
        await asyncio.sleep(SETTLE_S)
        spent = self.server_cpu_s() - cpu_s
        heard = self._heard() - heard
        expected = sent * (len(self.clients) - 1)
        late = sorted(s for client in self._samples() for s in client.heard.late_s) or [0.0]
        return Measured(
            sent=sent,
            expected=expected,
            heard=heard,
            bad=sum(client.heard.bad for client in self._samples()),
            loss=1 - heard / expected if expected else 0.0,
            cpu_s=spent,
            cpu_s_per_100k=spent / max(heard, 1) * 100_000,
            wall_s=time.monotonic() - begun,
            p50_s=late[len(late) // 2],
            p95_s=late[int(len(late) * 0.95)],
            p99_s=late[int(len(late) * 0.99)],
        )

    async def _send(self, seconds: float, rate: float) -> int:
        """Send in turn, spread over each interval; return how many packets went out."""
        talkers = self._talkers()
        step = 1 / (rate * len(talkers))
        begun, sent, total = time.monotonic(), 0, int(seconds * rate) * len(talkers)
        while sent < total:
            due = begun + sent * step
            ahead = due - time.monotonic()
            if ahead > 0:
                await asyncio.sleep(ahead)
            talkers[sent % len(talkers)].talk(self.wish.payload)
            sent += 1
        return sent


async def run(wish: Wish, pid: int, repeat: int) -> tuple[Arrived, list[Measured]]:
    """Let everybody in, talk ``repeat`` times, let them go."""
    crowd = Crowd(wish, pid)
    arrived = await crowd.arrive()
    try:
        crowd.count_in_kernel()
        await crowd.talk(WARM_PACKETS / wish.rate, wish.rate)
        runs = [await crowd.talk(wish.seconds, wish.rate) for _ in range(repeat)]
    finally:
        await crowd.leave()
    return arrived, runs


async def saturate(wish: Wish, pid: int, step: float) -> float:
    """Raise the rate until more than 1 % is lost twice; return the best forwarded packets/s."""
    crowd = Crowd(wish, pid)
    await crowd.arrive()
    best, rate, misses = 0.0, wish.rate, 0
    try:
        crowd.count_in_kernel()
        while misses < 2:
            one = await crowd.talk(wish.seconds, rate)
            if one.loss > 0.01:
                misses += 1
            else:
                best = max(best, one.heard / (one.wall_s - SETTLE_S))
            rate *= step
    finally:
        await crowd.leave()
    return best


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=64738)
    parser.add_argument("--password", default="")
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--clients", type=int, default=101)
    parser.add_argument("--talkers", type=int, default=3)
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=PACKETS_PER_S)
    parser.add_argument("--payload", type=int, default=80)
    parser.add_argument("--udp", choices=("legacy", "pb"), default="legacy")
    parser.add_argument("--mode", choices=("udp", "tcp"), default="udp")
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--saturate", action="store_true")
    parser.add_argument("--step", type=float, default=1.25)
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    """Measure and print JSON."""
    asked = _arguments(words)
    if not ipaddress.ip_address(asked.host).is_loopback:
        print("loopback only")
        return 2
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wish = Wish(
        host=asked.host, port=asked.port, password=asked.password, clients=asked.clients,
        talkers=asked.talkers, samples=asked.samples, seconds=asked.seconds, rate=asked.rate,
        payload=asked.payload, protobuf=asked.udp == "pb", tunnel=asked.mode == "tcp",
        concurrency=asked.concurrency,
    )  # fmt: skip
    if asked.saturate:
        print(json.dumps({"per_s": uvloop.run(saturate(wish, asked.server_pid, asked.step))}))
        return 0
    arrived, runs = uvloop.run(run(wish, asked.server_pid, asked.repeat))
    median = statistics.median(one.cpu_s_per_100k for one in runs)
    print(
        json.dumps(
            {
                "arrived": asdict(arrived),
                "runs": [asdict(one) for one in runs],
                "cpu_s_per_100k": median,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
