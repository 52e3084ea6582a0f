"""Behind Debian's Caddy with the file of the docs: pages, cookies, long addresses, no log."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from allmende.core.clock import SystemClock
from allmende.transports.tls import OwnFiles, own_certificate
from tests.ports import free_port
from tests.servers import HOUSE, Server

pytestmark = [pytest.mark.interop, pytest.mark.slow]

CADDY = shutil.which("caddy")
SENTINEL = "203.0.113.77"


def caddyfile(port: int, inner: int, files: OwnFiles) -> str:
    """The file of the docs with other ports, a certificate, and without its own admin port."""
    text = (HOUSE / "docs/examples/Caddyfile").read_text(encoding="utf-8")
    changes = {
        "{\n\t# No log": "{\n\tadmin off\n\tauto_https off\n\t# No log",
        "example.org {": f"https://localhost:{port} {{\n\ttls {files.certificate} {files.key}",
        "127.0.0.1:8080": f"127.0.0.1:{inner}",
    }
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


@pytest.fixture
def files(tmp_path: Path) -> OwnFiles:
    return own_certificate(tmp_path / "tls", ["localhost"], SystemClock())


@pytest.fixture
def outside(
    tmp_path: Path, files: OwnFiles, quiet_media: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[httpx.Client]:
    """A browser on the other side of Caddy, which sits before a server."""
    if CADDY is None:
        pytest.skip("caddy is missing: install Debian's package caddy")
    monkeypatch.setenv("ALLMENDE__TLS__MODE", "proxy")
    monkeypatch.setenv("ALLMENDE__WEB__TRUSTED_PROXIES", '["127.0.0.1"]')
    port, inner = free_port(), free_port()
    url = f"https://localhost:{port}"
    monkeypatch.setenv("ALLMENDE__WEB__PUBLIC_URL", url)
    server = Server(tmp_path / "data", "--port", str(inner))
    (tmp_path / "Caddyfile").write_text(caddyfile(port, inner, files))
    with (tmp_path / "caddy.log").open("wb") as log:
        caddy = subprocess.Popen(
            (CADDY, "run", "--config", str(tmp_path / "Caddyfile")),
            stdout=log, stderr=log, env={**os.environ, "HOME": str(tmp_path)},
        )  # fmt: skip
    trust = ssl.create_default_context(cafile=files.authority)
    transport = httpx.HTTPTransport(verify=trust, retries=8)
    try:
        with httpx.Client(transport=transport, base_url=url) as client:
            yield client
    finally:
        caddy.terminate()
        caddy.wait()
        server.close()


def test_pages_cookies_and_links_are_those_of_https(outside: httpx.Client) -> None:
    assert outside.get("/health.json").json()["systems"]["meet"] == "up"
    page = outside.get("/")
    assert page.status_code == 200
    assert page.headers["strict-transport-security"].startswith("max-age=63072000")
    names = [line.partition("=")[0] for line in page.headers.get_list("set-cookie")]
    assert all(name.startswith("__Host-") for name in names)


def test_the_long_address_of_a_call_passes(outside: httpx.Client) -> None:
    upgrade = {
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    query = "access_token=x&join_request=" + "a" * 50_000
    refused = outside.get(f"/rtc/v1?{query}", headers=upgrade)
    assert refused.status_code in (400, 401)
    asked = outside.get(f"/rtc/v1/validate?{query}")
    assert asked.status_code in (400, 401)


def test_no_address_is_in_the_log_of_the_proxy_or_of_the_server(
    outside: httpx.Client, tmp_path: Path
) -> None:
    outside.get("/", headers={"x-forwarded-for": SENTINEL, "user-agent": SENTINEL})
    outside.get("/nothing", headers={"x-forwarded-for": SENTINEL})
    for path in (tmp_path / "log", tmp_path / "caddy.log", *(tmp_path / "data").rglob("*")):
        if path.is_file():
            assert SENTINEL.encode() not in path.read_bytes()
