"""From outside: PyPI sslyze on what encrypts, Mozilla's Observatory on the headers."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.servers import HOUSE, Server

pytestmark = [pytest.mark.interop, pytest.mark.slow]

SSLYZE = HOUSE / "build/sslyze/bin/python"
OBSERVATORY = HOUSE / "build/observatory/node_modules/@mdn/mdn-http-observatory"
NODE = shutil.which("node")
LEAST_SCORE = 125
MAY_FAIL = {"certificate_path_validation"}
"""Nobody but us knows the authority of the test."""


@pytest.fixture(params=["1.3", "1.2"])
def server(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    quiet_media: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Server]:
    monkeypatch.setenv("ALLMENDE__TLS__MODE", "own")
    monkeypatch.setenv("ALLMENDE__TLS__MINIMUM", request.param)
    monkeypatch.setenv("ALLMENDE__TLS__NAMES", '["127.0.0.1"]')
    running = Server(tmp_path / "data", "--port", str(free_port()))
    yield running
    running.close()


def test_what_encrypts_is_as_mozilla_wants_it(server: Server, tmp_path: Path) -> None:
    if not SSLYZE.exists():
        pytest.skip("sslyze is missing: tools/scanners.sh python3")
    target, report = f"127.0.0.1:{server.port}", tmp_path / "report.json"
    command = (
        str(SSLYZE), "-m", "sslyze", "--mozilla_config=intermediate", f"--json_out={report}",
        target,
    )  # fmt: skip
    answer = subprocess.run(command, capture_output=True, text=True)
    (result,) = json.loads(report.read_text())["server_scan_results"]
    assert result["scan_status"] == "COMPLETED", answer.stdout
    failed = {
        line.strip().removeprefix("* ").partition(":")[0]
        for line in answer.stdout.partition("COMPLIANCE")[2].splitlines()
        if line.strip().startswith("* ")
    }
    assert failed <= MAY_FAIL, answer.stdout


@pytest.mark.parametrize("server", ["1.3"], indirect=True)
def test_the_headers_get_the_best_grade(server: Server) -> None:
    if not (OBSERVATORY / "conf/hsts-preload.json").exists() or NODE is None:
        pytest.skip("the Observatory is missing: tools/scanners.sh python3")
    environ = {**os.environ, "NODE_EXTRA_CA_CERTS": str(server.data / "tls/authority.pem")}
    command = (NODE, str(OBSERVATORY / "src/scan.js"), f"localhost:{server.port}")
    answer = subprocess.run(command, capture_output=True, text=True, env=environ, cwd=HOUSE)
    scan = json.loads(answer.stdout)["scan"]
    assert (scan["grade"], scan["testsFailed"]) == ("A+", 0), answer.stdout
    assert scan["score"] >= LEAST_SCORE
