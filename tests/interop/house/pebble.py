"""Debian's pebble, an authority for tests, and its name server: everybody is 127.0.0.1."""

import json
import os
import shutil
import ssl
import subprocess
import time
from pathlib import Path
from typing import Final

import httpx
import pytest

from allmende.core.clock import SystemClock
from allmende.transports.tls import own_certificate
from tests.ports import free_port

PEBBLE: Final = shutil.which("pebble")
NAMES: Final = shutil.which("pebble-challtestsrv")
_START_S: Final = 10.0

needs = pytest.mark.skipif(
    PEBBLE is None or NAMES is None, reason="pebble is missing: install Debian's package pebble"
)


class Pebble:
    """An authority that looks at ``http_port`` of this machine, whatever the name."""

    def __init__(self, folder: Path, http_port: int) -> None:
        folder.mkdir()
        self._folder = folder
        self._log = (folder / "log").open("ab")
        own = own_certificate(folder / "tls", ["127.0.0.1"], SystemClock())
        self.trusted = own.authority
        self.port, self._manage, self._dns = free_port(), free_port(), free_port()
        self.directory = f"https://127.0.0.1:{self.port}/dir"
        settings = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self._manage}",
            "certificate": str(own.certificate),
            "privateKey": str(own.key),
            "httpPort": http_port,
            "tlsPort": free_port(),
            "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
        }
        (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
        self._names: subprocess.Popen[bytes] | None = None
        self._authority: subprocess.Popen[bytes] | None = None

    def start(self, *, refused_nonces: int = 5) -> "Pebble":
        """Begin, without memory of accounts and orders."""
        assert PEBBLE
        assert NAMES
        if self._names is None:
            management = f"127.0.0.1:{free_port()}"
            self._names = self._run(
                NAMES, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-http01", "",
                "-https01", "", "-tlsalpn01", "", "-dns01", f"127.0.0.1:{self._dns}",
                "-management", management,
            )  # fmt: skip
        dns = f"127.0.0.1:{self._dns}"
        self._authority = self._run(
            PEBBLE, "-config", str(self._folder / "pebble.json"), "-dnsserver", dns,
            PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT=str(refused_nonces),
        )  # fmt: skip
        self._wait()
        return self

    def _run(self, *command: str, **environ: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, stdout=self._log, stderr=self._log, env={**os.environ, **environ}
        )

    def _wait(self) -> None:
        trust = ssl.create_default_context(cafile=self.trusted)
        until = time.monotonic() + _START_S
        while time.monotonic() < until:
            try:
                httpx.get(self.directory, verify=trust)
                return
            except httpx.TransportError:
                os.sched_yield()
        raise AssertionError("pebble does not answer")

    def root(self) -> str:
        """Return the root that its certificates lead to."""
        trust = ssl.create_default_context(cafile=self.trusted)
        address = f"https://127.0.0.1:{self._manage}/roots/0"
        return httpx.get(address, verify=trust).text

    def forget(self) -> None:
        """Start again: every account is unknown."""
        self._end(self._authority)
        self.start()

    def close(self) -> None:
        """End it."""
        self._end(self._authority)
        self._end(self._names)
        self._log.close()

    def _end(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is not None:
            process.terminate()
            process.wait()
