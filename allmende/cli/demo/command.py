"""``allmende demo``: a living plenum on this machine, until somebody says stop."""

import asyncio
import logging
import signal
from typing import Final

import click
import uvloop

from allmende.cli.demo.script import FEWEST, LANGUAGES, MOST
from allmende.cli.demo.stage import Demo, Wish, opened
from allmende.transports.log import start_log
from allmende.transports.tasks import background

MOST_CAMERAS: Final = 4


@click.command("demo")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="TCP port; 0: any.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="de", help="What the bots speak and write."
)
@click.option(
    "--bots", type=click.IntRange(FEWEST, MOST), default=8, show_default=True, help="How many come."
)
@click.option(
    "--cameras",
    type=click.IntRange(0, MOST_CAMERAS),
    default=3,
    show_default=True,
    help="How many of them have a camera.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 20.0),
    default=1.0,
    show_default=True,
    help="2: twice as fast.",
)
def demo(port: int, language: str, bots: int, cameras: int, speed: float) -> None:
    """Show a plenum with bots on this machine. Nothing is kept; it needs allmende[demo]."""
    wish = Wish(language=language, bots=bots, cameras=cameras, speed=speed, port=port)
    start_log(level=logging.WARNING)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(wish))


async def run(wish: Wish) -> None:
    """Open the demo, say where it is, close it at SIGTERM or SIGINT."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with opened(wish) as shown:
        click.echo("\n".join(greeting(shown)))
        async with background(_until_gone(shown, stop), name="bots"):
            await stop.wait()


def greeting(shown: Demo) -> list[str]:
    """Return what the terminal shows."""
    return [
        f"Open this: {shown.facilitators}",
        f"Guests:    {shown.guests}",
        "",
        "The people in there are bots. With the first link you facilitate, with the second one",
        "you wait at the door for a moment. Ctrl-C ends it, and nothing is kept.",
    ]


async def _until_gone(shown: Demo, stop: asyncio.Event) -> None:
    await shown.ended()
    stop.set()
