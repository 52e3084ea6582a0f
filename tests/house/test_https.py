"""HTTPS by an authority of our own, and a certificate that is read again."""

import hashlib
import signal
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from allmende.core.clock import SystemClock
from allmende.transports.tls import own_certificate
from tests.servers import Server

pytestmark = pytest.mark.slow

OWN = """
[tls]
mode = "own"
"""


def started(tmp_path: Path, text: str) -> Server:
    file = tmp_path / "allmende.toml"
    file.write_text(text)
    return Server(tmp_path / "data", "--config", str(file), "--port", "0")


@pytest.fixture
def own(tmp_path: Path, quiet_media: None) -> Iterator[Server]:
    running = started(tmp_path, OWN)
    yield running
    running.close()


def test_who_trusts_the_printed_authority_gets_in(own: Server) -> None:
    assert own.url.startswith("https://localhost:")
    pem = (own.data / "tls/authority.pem").read_text()
    shown = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    assert ":".join(shown[i : i + 2] for i in range(0, 64, 2)) in own.printed
    trusting = ssl.create_default_context(cadata=pem)
    assert httpx.get(f"{own.url}/authority.pem", verify=trusting).text == pem
    answer = httpx.get(f"{own.url}/health.json", verify=trusting)
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
    assert own.stop() == 0


def served_fingerprint(server: Server) -> str:
    pem = ssl.get_server_certificate(("localhost", server.port))
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def test_given_files_are_read_again_on_sighup(tmp_path: Path, quiet_media: None) -> None:
    old = own_certificate(tmp_path / "old", ["localhost"], SystemClock())
    new = own_certificate(tmp_path / "new", ["localhost"], SystemClock())
    text = f'[tls]\ncertificate = "{old.certificate}"\nkey = "{old.key}"\n'
    running = started(tmp_path, text)
    try:
        before = served_fingerprint(running)
        old.certificate.write_bytes(new.certificate.read_bytes())
        running.process.send_signal(signal.SIGHUP)
        running.wait_for_log("certificate not changed")
        assert served_fingerprint(running) == before
        old.key.write_bytes(new.key.read_bytes())
        running.process.send_signal(signal.SIGHUP)
        running.wait_for_log("certificate read again")
        assert served_fingerprint(running) != before
        assert running.stop() == 0
    finally:
        running.close()
