"""What the stock npm ``yjs`` writes is read by ours, in any order and sliced anyhow."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from allmende.protocols.yjs.update import read_update
from allmende.systems.pads.model.document import Document
from allmende.systems.pads.model.pad import Kind

NODE = shutil.which("node")
SCRIPT = Path(__file__).parent / "js" / "documents.mjs"
ROOT = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.interop,
    pytest.mark.slow,
    pytest.mark.skipif(
        NODE is None or not (ROOT / "node_modules" / "yjs").exists(), reason="needs node and yjs"
    ),
]


@cache
def documents(seed: int) -> dict[str, Any]:
    task = json.dumps({"seed": seed, "writers": 4, "edits": 120})
    command = [NODE or "node", str(SCRIPT), task]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    written: dict[str, Any] = json.loads(finished.stdout)
    return written


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("seed", range(1, 9))
def test_what_yjs_wrote_is_known_clock_by_clock(kind: Kind, seed: int) -> None:
    written = documents(seed)[kind]
    clocks = {int(client): clock for client, clock in written["clocks"].items()}
    for name in ("merged", "whole"):
        shape = read_update(bytes.fromhex(written[name]))
        assert {client: shape.end(client) for client in shape.ranges} == clocks
        assert all(len(runs) == 1 for runs in shape.ranges.values())
    halves = [read_update(bytes.fromhex(half)) for half in written["halves"]]
    covered = {client: 0 for client in clocks}
    for shape in halves:
        for client, runs in shape.ranges.items():
            covered[client] += sum(end - start for start, end in runs)
    assert covered == clocks


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("seed", range(1, 9))
def test_a_live_document_takes_every_edit_of_yjs(kind: Kind, seed: int) -> None:
    written = documents(seed)[kind]
    live = reloaded = Document(kind)
    for number, update in enumerate(written["updates"]):
        live.apply(bytes.fromhex(update))
        if live is not reloaded:
            reloaded.apply(bytes.fromhex(update))
        if number % 7 == 6:
            reloaded = Document(kind, [reloaded.encoded()])
    at_once = Document(kind)
    at_once.apply(bytes.fromhex(written["merged"]))
    loaded = Document(kind, [bytes.fromhex(written["whole"])])
    shuffled = Document(kind, [bytes.fromhex(half) for half in written["halves"]])
    for one in (live, reloaded, at_once, loaded, shuffled):
        assert {str(client): one.clock(client) for client in one.clients()} == written["clocks"]
        assert str(one.doc["body"]) == str(live.doc["body"])
    if kind is Kind.TEXT:
        assert str(live.doc["body"]) == written["says"]
