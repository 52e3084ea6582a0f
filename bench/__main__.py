"""All benchmarks, or those named: ``python -m bench [NAME ..]``. Ends with a table.

Each runs in a process of its own and keeps its figures in ``bench/results``. The exit code is 1
if one of them missed its gate.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.results import FOLDER

Row = tuple[str, str]


@dataclass(frozen=True)
class Bench:
    """``module`` and its words; ``result``: its file; ``rows``: what the table shows of it."""

    module: str
    result: str
    rows: Callable[[Mapping[str, Any]], Sequence[Row]]
    words: tuple[str, ...] = ()


def _changes(kept: Mapping[str, Any]) -> Sequence[Row]:
    per_s, ratios = kept["per_s"], kept["ratio_to_bare"]
    return [
        (f"changes, {who}", f"{per_s[who]:.0f}/s, {ratio:.2f} x bare sqlite3")
        for who, ratio in ratios.items()
    ]


def _encryption(kept: Mapping[str, Any]) -> Sequence[Row]:
    return [
        (
            f"{what}, encrypted",
            f"{one['encrypted']:.0f}, {kept['ratio_to_plain'][what]:.2f} x plain",
        )
        for what, one in kept["medians"].items()
    ]


def _fanout(kept: Mapping[str, Any]) -> Sequence[Row]:
    return [
        (
            f"CPU per forwarded packet, {name}, fan-out {n}",
            f"{each['us']:.1f} us, {each['ratio']:.2f} b",
        )
        for name, of_name in kept["fan_out"].items()
        for n, each in of_name.items()
    ]


def _requests(kept: Mapping[str, Any]) -> Sequence[Row]:
    return [
        (name, f"{kept['per_cpu_s'][name]:.0f} per CPU second, {ratio:.1f} x the CPU of bare")
        for name, ratio in kept["ratio_to_bare"].items()
    ]


def _load(kept: Mapping[str, Any]) -> Sequence[Row]:
    wanted, cpu = kept["wanted"], kept["cpu_us_per_forwarded"]
    what = f"{wanted['people']} people, {wanted['cameras']} cameras at {wanted['height']}p"
    late = f"{kept['latency_p50_ms']:.1f} / {kept['latency_p95_ms']:.1f} ms"
    share = 100 * kept["cpu_share"]["media"]
    return [
        (f"{what}: loss", f"{100 * kept['loss']:.3f} % of {kept['packets_expected']}"),
        (f"{what}: latency p50 / p95", late),
        (f"{what}: CPU of the worker", f"{share:.0f} % of a core, {cpu['media']:.1f} us a packet"),
    ]


def _janus(kept: Mapping[str, Any]) -> Sequence[Row]:
    return [
        (
            f"CPU of 100,000 forwarded packets, {name}",
            f"{one['cpu_s_per_100k']:.2f} s"
            + (f", {ratio:.2f} x janus" if (ratio := kept["ratio_to_janus"].get(name)) else ""),
        )
        for name, one in kept["found"].items()
    ]


def _pads(kept: Mapping[str, Any]) -> Sequence[Row]:
    disk, opening = kept["disk"], kept["opening"]
    rows = [
        (
            f"{count} editors in a pad: p50 / p95 / p99",
            f"{one['latency_p50_ms']:.0f} / {one['latency_p95_ms']:.0f} / "
            f"{one['latency_p99_ms']:.0f} ms, {100 * one['cpu_share']:.0f} % of a core, "
            f"{one['cpu_us_per_delivered']:.1f} us a delivered change",
        )
        for count, one in kept["writing"].items()
    ]
    return [
        *rows,
        (
            f"{disk['edits']} edits on disk",
            f"log {disk['log_bytes'] / 1000:.0f} kB, compacted {disk['state_bytes'] / 1000:.0f} kB",
        ),
        (f"opening a pad of {opening['edits']} edits", f"{opening['seconds']:.2f} s"),
        ("memory per small open pad", f"{kept['rss_kib_per_open_pad']:.0f} KiB"),
    ]


def _together(kept: Mapping[str, Any]) -> Sequence[Row]:
    what = f"call beside {kept['wanted']['editors']} editors"
    p99 = f"{kept['writing']['latency_p99_ms']:.0f} ms"
    return [
        (f"{what}: loss", f"{100 * kept['loss']:.3f} % of {kept['packets_expected']}"),
        (f"{what}: p99 of edits", p99),
    ]


def _backup(kept: Mapping[str, Any]) -> Sequence[Row]:
    what = f"{kept['mb']} MB"
    people, more = kept["people"], max(kept["backup_more_mib"], kept["restore_more_mib"])
    return [
        (
            f"backup of {what}",
            f"{kept['backup_s']:.0f} s, {kept['ratio_to_tar_age']:.2f} x tar | age",
        ),
        (f"restore of {what}", f"{kept['restore_s']:.0f} s, at most {more:.0f} MiB more memory"),
        (
            "a change, alone / beside a backup",
            f"{people['alone_p50_ms']:.1f} / {people['beside_p50_ms']:.1f} ms (median)",
        ),
    ]


def _credentials(kept: Mapping[str, Any]) -> Sequence[Row]:
    spent, ratio = kept["cpu_us"], kept["ratio_to_argon2"]
    return [
        (
            "CPU per check of an app password",
            f"{spent['check']:.0f} us, {100 * ratio:.1f} % of Argon2id; "
            f"remembered {spent['remembered']:.0f} us",
        )
    ]


def _sign_in(kept: Mapping[str, Any]) -> Sequence[Row]:
    spent = kept["median_ms"]
    return [
        (
            "wrong password, known / unknown name",
            f"{spent['known']:.1f} / {spent['nobody']:.1f} ms (median)",
        ),
        ("sign-ins by password", f"{kept['sign_ins_per_s']:.0f} in a second"),
    ]


def _voice_blocks(kept: Mapping[str, Any]) -> Sequence[Row]:
    return [
        (f"voice, a packet to one of 100: {name}", f"{each['with_send_us']:.1f} us")
        for name, each in kept["us"].items()
    ]


def _voice(kept: Mapping[str, Any]) -> Sequence[Row]:
    rows = [
        (
            f"voice to 100 by {name}",
            f"{each['cpu_s_per_100k']:.2f} s of CPU for 100,000 packets, "
            f"{each['login_ms']:.1f} ms a login, {each['client_kb']:.0f} kB a client",
        )
        for name, each in kept["found"].items()
    ]
    return rows + [(f"voice, {what}", f"{ratio:.2f}") for what, ratio in kept["ratios"].items()]


def _chat(kept: Mapping[str, Any]) -> Sequence[Row]:
    rows = [
        (
            f"chat by {name}, TLS",
            f"{one['kept_s_per_10k']:.2f} s of CPU for 10,000 messages kept, "
            f"{one['passing_s_per_10k']:.2f} s passing, {one['login_ms']:.1f} ms a sign-in, "
            f"{one['idle_kib']:.0f} KiB a client",
        )
        for name, one in kept["found"].items()
    ]
    shares = kept["ratios"].get("prosody", {})
    return rows + [(f"chat, {what}, ours / prosody", f"{is_:.2f}") for what, is_ in shares.items()]


def _idle(kept: Mapping[str, Any]) -> Sequence[Row]:
    found = kept["found"]
    return [
        ("memory, idle, all processes", f"{found['all']:.0f} MiB"),
        ("import of what serves, CPU", f"{found['import_cpu_s']:.2f} s"),
        ("start to the first answer", f"{found['first_answer_s']:.2f} s"),
    ]


ALL: Final = {
    "storage.changes": Bench("bench.storage.changes", "storage-changes", _changes),
    "identity.credentials": Bench(
        "bench.identity.credentials", "identity-credentials", _credentials
    ),
    "identity.signin": Bench("bench.identity.signin", "identity-signin", _sign_in),
    "storage.encryption": Bench("bench.storage.encryption", "storage-encryption", _encryption),
    "storage.backup": Bench("bench.storage.backup", "storage-backup", _backup, ("--keep",)),
    "meet.fanout": Bench("bench.meet.fanout", "meet_fanout", _fanout),
    "web.requests": Bench("bench.web.requests", "web-requests", _requests),
    "meet.janus": Bench("bench.meet.janus", "meet-janus", _janus, ("--keep",)),
    "meet.load": Bench("bench.meet.load", "meet-load", _load, ("--seconds", "10", "--keep")),
    "pads.load": Bench("bench.pads.load", "pads-load", _pads, ("--keep",)),
    "plenum.together": Bench("bench.plenum.together", "plenum-together", _together, ("--keep",)),
    "voice.blocks": Bench("bench.voice.blocks", "voice-blocks", _voice_blocks),
    "voice.compare": Bench("bench.voice.compare", "voice-compare", _voice, ("--keep",)),
    "chat.compare": Bench("bench.chat.compare", "chat-compare", _chat, ("--keep",)),
    "idle": Bench("bench.idle", "idle", _idle),
}


def run(bench: Bench) -> int:
    """Run one; return its exit code."""
    command = [sys.executable, "-m", bench.module, *bench.words]
    return subprocess.run(command, check=False).returncode


def table(names: Sequence[str]) -> str:
    """Return what the benchmarks of ``names`` kept."""
    rows: list[Row] = []
    for name in names:
        file = FOLDER / f"{ALL[name].result}.json"
        if file.exists():
            rows += ALL[name].rows(json.loads(file.read_text()))
    width = max((len(what) for what, _ in rows), default=0)
    return "\n".join(f"{what:<{width}}  {figure}" for what, figure in rows)


def main(asked: Sequence[str]) -> int:
    """Run what is asked, else everything."""
    names = list(asked) or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"There is no {', '.join(unknown)}. There are: {', '.join(ALL)}.")
        return 2
    missed = []
    for name in names:
        print(f"--- {name}", flush=True)
        if run(ALL[name]) != 0:
            missed.append(name)
    print(f"\n{table(names)}")
    if missed:
        print(f"\nmissed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
