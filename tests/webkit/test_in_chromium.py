"""The pattern page where it is used: in a browser, from the built files, over a socket."""

import asyncio
import shutil
import socket
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from allmende.core.clock import SystemClock
from allmende.webkit.assets import Assets
from allmende.webkit.errors import ERROR_HANDLERS
from allmende.webkit.i18n import Catalogues
from allmende.webkit.language import language_routes
from allmende.webkit.patterns import pattern_routes
from allmende.webkit.proofofwork import ProofOfWork
from allmende.webkit.site import Site
from allmende.webkit.stack import middleware
from allmende.webkit.templates import Pages
from tests.webkit.house import KnownTokens

ROOT = Path(__file__).parents[2]
NEEDED = ("node", "chromium")


def small_house(static: Path, catalogues: Catalogues) -> Starlette:
    assets = Assets.load(static, catalogues)
    pages = Pages([], catalogues, assets)
    proof = ProofOfWork(SystemClock(), base_max_number=2_000)
    app = Starlette(
        routes=[
            *assets.routes(),
            *language_routes(catalogues),
            *pattern_routes(pages),
            *proof.routes(),
        ],
        middleware=middleware(KnownTokens(), Site(secure=False)),
        exception_handlers=ERROR_HANDLERS,
    )
    app.state.pages = pages
    return app


async def node(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "node",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)) or not (ROOT / "node_modules").exists(),
    reason="needs Node, its packages and Chromium",
)
def test_the_pattern_page_is_good_in_a_browser(tmp_path: Path, catalogues: Catalogues) -> None:
    async def story() -> None:
        await node("frontend/build.mjs", f"--to={tmp_path}", "--only=none")
        app = small_house(tmp_path, catalogues)
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        )
        with socket.create_server(("127.0.0.1", 0)) as listening:
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            async with asyncio.timeout(120), asyncio.TaskGroup() as group:
                serving = group.create_task(server._serve(sockets=[listening]))
                said = await node("tests/browser/patterns.mjs", address)
                server.should_exit = True
                await serving
        assert "patterns: good" in said

    asyncio.run(story())
