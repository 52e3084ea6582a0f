"""The least that Starlette can answer, served as our own server is: what pages are compared to."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


async def hello(_: Request) -> Response:
    """Say hello."""
    return PlainTextResponse("hello")


def main(port: int) -> None:
    """Serve on loopback until ended."""
    app = Starlette(routes=[Route("/", hello)])
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        timeout_keep_alive=300,
        log_level="warning",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
