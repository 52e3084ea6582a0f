"""Safety, with and without the fault each check is for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from allmende.app.doctor import safety
from allmende.app.doctor.situation import Situation
from allmende.config import Meet, Tls, Web
from allmende.core.findings import State
from tests.app.doctor.wounds import (
    BROKEN,
    GOOD,
    NAME,
    WARNING,
    FixedClock,
    machine_file,
    told,
    with_config,
)


def test_a_python_without_fixes_is_found(here: Situation) -> None:
    late = replace(here, clock=FixedClock(datetime(2031, 1, 1, tzinfo=UTC)))
    assert told(safety.python(late, (3, 11)))[0] is WARNING
    assert told(safety.python(late, (3, 99)))[0] is GOOD
    early = replace(here, clock=FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    assert told(safety.python(early))[0] is GOOD


def test_an_old_openssl_is_found(here: Situation) -> None:
    assert told(safety.openssl(here))[0] is GOOD
    assert told(safety.openssl(here, (1, 1, 1))) == (BROKEN, "OpenSSL 1.1.1 is too old.")


@pytest.mark.parametrize("switch", ["PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONDEBUG"])
def test_a_switch_of_developers_is_found(here: Situation, switch: str) -> None:
    assert told(safety.debug(here, {}))[0] is GOOD
    assert told(safety.debug(here, {switch: "1"}))[0] is WARNING


def test_hooks_for_tests_are_found(here: Situation) -> None:
    state, says = told(safety.debug(with_config(here, meet=Meet(test_hooks=True)), {}))
    assert (state, says) == (WARNING, "A switch for development is on: meet.test_hooks")


@pytest.mark.parametrize(
    ("limit", "pattern", "state"),
    [(0, "core", GOOD), (-1, "|/usr/lib/systemd/systemd-coredump %P", GOOD), (-1, "core", WARNING)],
)
def test_memory_that_a_crash_writes_down_is_found(
    here: Situation, limit: int, pattern: str, state: State
) -> None:
    machine_file(here, "proc/sys/kernel/core_pattern", pattern)
    assert told(safety.core_dumps(here, lambda: limit))[0] is state
    assert told(safety.core_dumps(here))


@pytest.mark.parametrize(
    ("device", "uuid", "state"),
    [
        ("", "", GOOD),
        ("/dev/sda2", "", WARNING),
        ("/swapfile", "", WARNING),
        ("/dev/zram0", "", GOOD),
        ("/dev/dm-0", "LVM-abc", WARNING),
        ("/dev/dm-0", "CRYPT-LUKS2-abc", GOOD),
    ],
)
def test_plain_swap_is_found(here: Situation, device: str, uuid: str, state: State) -> None:
    machine_file(here, "proc/swaps", f"Filename Type Size Used Priority\n{device}\n")
    machine_file(here, "sys/block/dm-0/dm/uuid", uuid)
    assert told(safety.swap(here))[0] is state


LOG = '{} - - [23/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200\n'


@pytest.mark.parametrize(
    ("address", "state"),
    [("203.0.113.7", BROKEN), ("2001:db8::7", BROKEN), ("127.0.0.1", GOOD), ("-", GOOD)],
)
@pytest.mark.parametrize("place", ["nginx/access.log", "caddy/access.log"])
def test_a_proxy_that_writes_down_who_comes_is_found(
    here: Situation, place: str, address: str, state: State
) -> None:
    machine_file(here, f"var/log/{place}", LOG.format(address))
    behind = with_config(
        here, domain=NAME, tls=Tls(mode="proxy"), web=Web(trusted_proxies=("127.0.0.1",))
    )
    assert told(safety.proxy_log(behind))[0] is state
    assert told(safety.proxy_log(here))[0] is GOOD


@pytest.mark.parametrize(("text", "state"), [("from 203.0.113.7", BROKEN), ("ready", GOOD)])
def test_an_address_in_our_lines_of_the_journal_is_found(
    here: Situation, text: str, state: State
) -> None:
    other = "\0MESSAGE=sshd: Accepted from 198.51.100.4\0"
    ours = f'\0MESSAGE={{"at": "2026-11-23T12:00:00.000+00:00", "text": "{text}"}}\0'
    machine_file(here, "var/log/journal/abc/system.journal", other + ours)
    assert told(safety.journal(here))[0] is state


def test_what_cannot_be_read_is_no_fault(here: Situation) -> None:
    (here.root / "var/log/journal/abc/x.journal").mkdir(parents=True)
    for check in (safety.journal, safety.swap, safety.proxy_log):
        assert told(check(here))[0] is GOOD
