"""A house whose key is under a passphrase: locked, unlocked, locked again, by page and command."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from allmende.app.lodge import Ask
from allmende.cli.asking import asked
from allmende.storage.vault import Cost, key_path, load_keys, make_key
from allmende.transports.running import Running, find_running
from tests.servers import HOUSE, START_S, Server

pytestmark = pytest.mark.slow

WORDS = "ofen wolke sieben tasse regal moos"


def allmende(data: Path, *arguments: str, said: str = WORDS) -> subprocess.CompletedProcess[str]:
    """Run a command with the passphrase in a file."""
    file = data.parent / "said"
    file.write_text(said)
    command = (sys.executable, "-m", "allmende", *arguments, "--data", str(data))
    environ = {**os.environ, "ALLMENDE_PASSPHRASE_FILE": str(file)}
    return subprocess.run(
        command, cwd=HOUSE, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def sealed(tmp_path: Path, quiet_media: None) -> Iterator[Server]:
    """A new house that was sealed before its first start, and is locked."""
    data = tmp_path / "data"
    cheap = Cost(memory_kib=1024, passes=1, lanes=1)
    make_key(key_path(data), mode="sealed", passphrase=WORDS, cost=cheap)
    running = Server(data, "--port", "0", says="is locked")
    yield running
    running.close()


def post_passphrase(web: httpx.Client, passphrase: str) -> httpx.Response:
    ticket = re.findall(r'name="ticket" value="([^"]+)"', web.get("/unlock").text)[0]
    form = {"ticket": ticket, "passphrase": passphrase}
    return web.post("/unlock", data=form, timeout=START_S)


def test_the_page_is_all_there_is_until_it_opens_the_house(sealed: Server) -> None:
    with httpx.Client(base_url=sealed.url, headers={"accept-language": "en"}) as web:
        shown = web.get("/unlock")
        assert "Unlock this server" in shown.text
        for file in re.findall(r'(?:href|src)="(/static/[^"#]+)', shown.text):
            assert web.get(file).status_code == 200, file
        for page in ("/", "/signin", "/i/abc", "/health.json", "/api/v1/me"):
            answer = web.get(page)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "60"), page
        assert not (sealed.data / "allmende.db").exists()
        wrong = post_passphrase(web, "not this one")
        assert wrong.status_code == 403
        assert "That is not the passphrase." in wrong.text
        right = post_passphrase(web, WORDS)
        assert (right.status_code, right.headers["location"]) == (303, "/")
        assert web.get("/").status_code == 200
        assert web.get("/unlock").status_code == 404
        assert web.get("/health.json").json()["systems"]["desk"] == "up"
    assert sealed.stop() == 0


def test_a_locked_house_stops_when_it_is_told_to(sealed: Server) -> None:
    assert sealed.stop() == 0


def wait_until_locked(server: Server) -> Running:
    """Return where the house is locked; its port is another one with ``--port 0``."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        running = find_running(server.data)
        try:
            if running and httpx.get(f"{running.url}/").status_code == 503:
                return running
        except httpx.TransportError:
            os.sched_yield()
    raise AssertionError(server.log.read_text())


def test_locking_forgets_the_keys_in_two_seconds_and_the_process_stays(sealed: Server) -> None:
    data = sealed.data
    unlocked = allmende(data, "unlock")
    assert (unlocked.returncode, unlocked.stdout) == (0, "The server is unlocked.\n")
    invite = allmende(data, "invite", said="not needed beside an open server")
    assert invite.returncode == 0, invite.stderr
    code = invite.stdout.split("/i/")[1].split()[0]
    keys = load_keys(key_path(data), passphrase=WORDS)
    assert keys.database in memory_of(sealed.process.pid)
    with httpx.stream("GET", f"{sealed.url}/"):
        began_s = time.monotonic()
        assert asked(data, Ask("lock")) is None
        took_s = time.monotonic() - began_s
    assert took_s <= 2
    running = wait_until_locked(sealed)
    assert running.pid == sealed.process.pid
    assert sealed.process.poll() is None
    memory = memory_of(running.pid)
    for secret in (keys.database, keys.database.hex().encode(), keys.blobs, code.encode()):
        assert secret not in memory
    refused = allmende(data, "invite")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The server is running but locked.")
    assert asked(data, Ask("unlock", WORDS)) is not None
    assert httpx.get(f"{running.url}/").status_code == 200
    sealed.process.kill()
    sealed.process.wait()
    require_unreadable(data, code)
    assert allmende(data, "account", "list", said="wrong").returncode == 1
    assert allmende(data, "account", "list").returncode == 0


@pytest.mark.parametrize("begun", [0.0, 0.3, 1.0])
def test_a_house_that_is_told_to_stop_while_it_locks_itself_stops(
    sealed: Server, begun: float
) -> None:
    """``begun``: seconds after the answer; in them the program becomes itself anew."""
    assert asked(sealed.data, Ask("unlock", WORDS)) is not None
    assert asked(sealed.data, Ask("lock")) is None
    until = time.monotonic() + begun
    while time.monotonic() < until:
        os.sched_yield()
    assert sealed.stop() == 0, sealed.log.read_text()


def memory_of(pid: int) -> bytes:
    """Everything that the process has written into its memory."""
    found = bytearray()
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            if rights.startswith("rw") and "[v" not in line:
                begin, end = (int(part, 16) for part in span.split("-"))
                memory.seek(begin)
                found += memory.read(end - begin)
    return bytes(found)


def require_unreadable(data: Path, code: str) -> None:
    for path in data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for sentinel in (code.encode(), b"SQLite format", b"identity_account"):
                assert sentinel not in content, path


def test_a_house_with_an_open_key_cannot_be_locked(tmp_path: Path, quiet_media: None) -> None:
    open_house = Server(tmp_path / "data", "--port", "0")
    try:
        assert "its key lies in" in open_house.printed
        assert "allmende key seal" in open_house.printed
        assert (tmp_path / "data/keys/house.key").stat().st_mode & 0o777 == 0o600
        refused = allmende(open_house.data, "lock")
        assert refused.returncode == 1
        assert "allmende key seal" in refused.stderr
        assert httpx.get(open_house.url).status_code == 200
        assert open_house.stop() == 0
    finally:
        open_house.close()
