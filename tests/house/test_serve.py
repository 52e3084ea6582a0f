"""The command line that must hold from now on (issue 2)."""

import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.servers import HOUSE, Server

pytestmark = pytest.mark.slow


def allmende(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "allmende", *arguments)
    return subprocess.run(
        command, cwd=HOUSE, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_server_prints_address_and_first_invite_and_stops_cleanly(server: Server) -> None:
    assert httpx.get(f"{server.url}/health.json").json()["systems"]["meet"] == "up"
    assert re.search(rf"^{server.url}/i/\S{{20,}}$", server.printed, re.MULTILINE)
    assert "█" in server.printed
    assert server.stop() == 0


def test_everything_in_the_data_folder_belongs_to_the_server_alone(server: Server) -> None:
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    for path in server.data.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_second_server_on_one_folder_is_refused_with_the_number_of_the_first(
    server: Server,
) -> None:
    second = allmende("serve", "--data", str(server.data), "--port", "0")
    assert second.returncode == 1
    assert str(server.process.pid) in second.stderr
    assert "Traceback" not in second.stderr
    assert httpx.get(f"{server.url}/health.json").status_code == 200


def test_commands_work_beside_a_running_server(server: Server, tmp_path: Path) -> None:
    where = ("--data", str(server.data))
    assert allmende("invite", *where).stdout.startswith(f"{server.url}/i/")
    assert allmende("account", "list", *where).returncode == 0
    target, kit = tmp_path / "copy.age", tmp_path / "kit.txt"
    kit.write_text(allmende("backup", "key", *where).stdout)
    assert allmende("backup", str(target), *where).returncode == 0
    assert target.stat().st_mode & 0o077 == 0
    restore = ("restore", str(target), "--key", str(kit))
    refused = allmende(*restore, *where)
    assert refused.returncode == 1
    assert "not empty" in refused.stderr
    done = allmende(*restore, "--data", str(tmp_path / "new"))
    assert done.returncode == 0, done.stderr


def test_the_first_invite_is_given_once(tmp_path: Path, quiet_media: None) -> None:
    data = tmp_path / "data"
    first = Server(data, "--port", "0")
    assert first.stop() == 0
    again = Server(data, "--port", "0")
    try:
        assert "/i/" in first.printed
        assert "/i/" not in again.printed
    finally:
        again.close()


def test_after_kill_9_the_server_starts_again(server: Server, quiet_media: None) -> None:
    server.process.kill()
    server.process.wait()
    again = Server(server.data, "--port", "0")
    assert again.stop() == 0


def test_control_c_is_a_clean_stop_too(server: Server) -> None:
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(15) == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[media]\nudp_prot = 1", "Unknown key media.udp_prot in allmende.toml."),
        ('domain = "example.org"\n[tls]\nmode = "off"', "tls.mode: off is for loopback only"),
        ('[tls]\nmode = "files"\ncertificate = "x"\nkey = "y"', "The certificate x"),
        ('[web]\nlisten = ["203.0.113.1"]\n[tls]\nmode = "own"', "Cannot listen on 203.0.113.1"),
    ],
)
def test_a_wrong_configuration_refuses_the_start_in_one_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "allmende.toml"
    file.write_text(text)
    refused = allmende("serve", "--config", str(file), "--data", str(tmp_path / "data"))
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_system_that_is_switched_off_is_not_there(
    tmp_path: Path, quiet_media: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLMENDE__SYSTEMS__MEET", "false")
    for name in ("CHAT", "PADS", "PLENUM"):
        monkeypatch.setenv(f"ALLMENDE__SYSTEMS__{name}", "false")
    alone = Server(tmp_path / "data", "--port", "0")
    try:
        assert httpx.get(f"{alone.url}/health.json").json()["systems"] == {"desk": "up"}
        assert httpx.get(alone.url).status_code == 200
        for gone in ("/rtc/v1/validate", "/p", "/r/any/plenum"):
            assert httpx.get(f"{alone.url}{gone}").status_code == 404
        assert alone.stop() == 0
    finally:
        alone.close()


def test_wrong_usage_has_an_exit_code_of_its_own() -> None:
    assert allmende("serve", "--port", "many").returncode == 2
    assert allmende("nonsense").returncode == 2


def test_no_address_and_no_agent_is_in_log_or_data(server: Server) -> None:
    agent = "sentinel-agent-4711"
    for page in ("/", "/nothing", "/api/v1/nothing", "/rtc/v1"):
        httpx.get(server.url + page, headers={"user-agent": agent})
    server.stop()
    for path in (server.log, *server.data.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            assert agent.encode() not in content, path
            assert b"127.0.0.1" not in content, path
