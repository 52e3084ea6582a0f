"""The login: what is told in which order, and who gets in by what."""

import asyncio

from allmende.protocols.mumble.messages import (
    ChannelState,
    CodecVersion,
    CryptSetup,
    PermissionQuery,
    ServerConfig,
    ServerSync,
    UserState,
    Version,
)
from allmende.transports.tasks import background
from tests.systems.voice.harbour import Harbour, Scene, run


def test_a_member_is_told_everything_in_the_order_that_clients_want(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            client = await harbour.connect("ada", scene.passwords[0])
            kinds = [type(message) for message in client.heard]
            assert kinds[0] is Version
            ordered = (CryptSetup, CodecVersion, ChannelState, UserState, ServerSync, ServerConfig)
            places = [kinds.index(kind) for kind in ordered]
            assert places == sorted(places)
            assert PermissionQuery in kinds[kinds.index(ServerSync) :]
            assert client.all_of(ChannelState)[0].channel_id == 0
            names = [c.name for c in client.all_of(ChannelState)]
            assert {"Küche", "Plenum"} <= set(names)
            own = client.all_of(UserState)[0]
            assert (own.session, own.name) == (client.session, "ada")
            assert "could listen in" in (client.all_of(ServerSync)[0].welcome_text or "")

    run(story())


def test_all_channels_are_there_although_others_were_shown_something_just_now(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            await harbour.connect("zoe", scene.passwords[2])
            async with background(harbour.voice.showing.run()):
                await asyncio.sleep(0)
                client = await harbour.connect("ada", scene.passwords[0])
            synced = client.heard.index(client.all_of(ServerSync)[0])
            told = client.heard[:synced]
            names = {each.name for each in told if isinstance(each, ChannelState)}
            assert {"Küche", "Plenum"} <= names

    run(story())
