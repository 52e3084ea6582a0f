"""ContextAction and typed commands: the assembly in a client without a page (spec voice, 9)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from allmende.core.errors import NotFound
from allmende.core.ports.calls import Act
from allmende.protocols.mumble.messages import ContextAction
from allmende.systems.voice.model.commands import ITEMS, Action, read_command
from allmende.systems.voice.wire.talk import Handlers, Talk

Step = Callable[[Talk, int | None], Awaitable[None]]


async def _raise(talk: Talk, _: int | None) -> None:
    await talk.voice.acting.act(talk.leg, Act.RAISE)


async def _lower(talk: Talk, _: int | None) -> None:
    await talk.voice.acting.act(talk.leg, Act.LOWER)


async def _next(talk: Talk, _: int | None) -> None:
    await talk.voice.acting.act(talk.leg, Act.NEXT)


async def _moderate(talk: Talk, _: int | None) -> None:
    await talk.voice.acting.close_floor(talk.leg)


async def _open(talk: Talk, _: int | None) -> None:
    await talk.voice.acting.act(talk.leg, Act.OPEN)


async def _order(talk: Talk, _: int | None) -> None:
    talk.voice.texting.tell_text(talk.leg, talk.voice.showing.order_text(talk.leg))


async def _browser(talk: Talk, _: int | None) -> None:
    talk.voice.texting.tell_text(talk.leg, talk.voice.showing.page_of(talk.leg))


async def _floor(talk: Talk, session: int | None) -> None:
    await talk.voice.acting.give_floor(talk.leg, _somebody(session))


async def _admit(talk: Talk, session: int | None) -> None:
    await talk.voice.acting.admit(talk.leg, _somebody(session))


async def _help(talk: Talk, _: int | None) -> None:
    talk.voice.texting.tell_text(talk.leg, talk.voice.showing.help_text(talk.leg))


def _somebody(session: int | None) -> int:
    if session is None:
        raise NotFound("voice.no-such-person")
    return session


STEPS: Final[Mapping[Action, Step]] = {
    Action.HAND: _raise,
    Action.DOWN: _lower,
    Action.ORDER: _order,
    Action.BROWSER: _browser,
    Action.NEXT: _next,
    Action.FLOOR: _floor,
    Action.MUTE_ALL: _moderate,
    Action.OPEN: _open,
    Action.ADMIT: _admit,
    Action.HELP: _help,
}


async def context_action(talk: Talk, chosen: ContextAction) -> None:
    """An item of a menu was chosen."""
    try:
        action = Action(chosen.action)
    except ValueError:
        raise NotFound("voice.no-such-action") from None
    await STEPS[action](talk, chosen.session if ITEMS[action].names else None)


async def run_command(talk: Talk, text: str) -> bool:
    """Do what a typed line asks for; False if it is an ordinary text."""
    command = read_command(text)
    if command is None:
        return False
    session = None
    if ITEMS[command.action].names:
        waits = command.action is Action.ADMIT
        session = talk.voice.people.named(talk.leg, command.name, waits=waits)
    await STEPS[command.action](talk, session)
    return True


HANDLERS: Handlers = {ContextAction: context_action}
