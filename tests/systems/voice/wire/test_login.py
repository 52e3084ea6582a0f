"""The login: what is told in which order, and who gets in by what."""

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
