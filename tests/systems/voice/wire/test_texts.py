"""TextMessage: the chat of a room, lines from person to person, what was said before."""

from allmende.core.ids import MessageId
from allmende.protocols.mumble.messages import DenyType, PermissionDenied, TextMessage
from allmende.systems.chat.events import MessageSent
from tests.systems.voice.harbour import Harbour, Scene, run


def test_a_text_to_a_room_is_its_chat_and_is_shown_once(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            channel = harbour.channel(scene.room)
            ada.send(TextMessage(channel_id=(channel,), message="hallo <b>alle</b> &amp; so"))
            await harbour.told(ada)
            assert harbour.chat is not None
            (line,) = await harbour.chat.recent(scene.mel, scene.room.id, limit=5)
            assert line.text == "hallo alle & so"
            await harbour.happened(
                MessageSent(at=harbour.clock.now(), message_id=line.id, room_id=scene.room.id)
            )
            await mel.barrier()
            found = mel.all_of(TextMessage)
            assert [(m.actor, m.channel_id, m.message) for m in found] == [
                (ada.session, (channel,), "hallo alle &amp; so")
            ]
            assert ada.texts() == []
            assert zoe.texts() == []

    run(story())


def test_what_is_written_elsewhere_is_shown_live(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            await harbour.enter(ada, scene.room)
            await harbour.enter(mel, scene.room)
            assert harbour.chat is not None
            said = await harbour.chat.say(scene.mel, scene.room.id, "<i>aus dem Netz</i>", "k")
            fact = MessageSent(at=harbour.clock.now(), message_id=said.id, room_id=scene.room.id)
            await harbour.happened(fact, fact)
            for client in (ada, mel):
                await client.barrier()
                assert client.texts() == ["&lt;i&gt;aus dem Netz&lt;/i&gt;"]
                assert client.all_of(TextMessage)[0].actor == mel.session
            assert zoe.texts() == []
            unknown = MessageSent(
                at=harbour.clock.now(), message_id=MessageId(999), room_id=scene.room.id
            )
            await harbour.happened(unknown)

    run(story())


def test_who_comes_in_reads_what_was_said_before_once(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            assert harbour.chat is not None
            await harbour.chat.say(scene.ada, scene.room.id, "uralt", "k0")
            harbour.clock.turn(hours=25)
            for number in range(3):
                await harbour.chat.say(scene.ada, scene.room.id, f"nr {number}", f"k{number}x")
            _, mel, _ = await harbour.three()
            await harbour.enter(mel, scene.room)
            (text,) = mel.texts()
            assert text.startswith("Earlier:<br />21:00 <b>ada</b>: nr 0<br />")
            assert "uralt" not in text
            assert mel.all_of(TextMessage)[0].actor is None

    run(story())


def test_a_chat_that_was_empty_is_read_again_once_something_is_written(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            assert harbour.chat is not None
            link = await harbour.link(scene.ada, scene.room.id)
            for name in ("anna", "bo"):
                guest = await harbour.connect(name, link)
                await harbour.told(guest)
                assert guest.texts() == []
            said = await harbour.chat.say(scene.ada, scene.room.id, "nun doch", "k")
            await harbour.happened(
                MessageSent(at=harbour.clock.now(), message_id=said.id, room_id=scene.room.id)
            )
            late = await harbour.connect("cem", link)
            await harbour.told(late)
            (text,) = late.texts()
            assert text.endswith("<b>ada</b>: nun doch")

    run(story())


def test_texts_to_people_pass_and_are_kept_nowhere(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            ada.send(TextMessage(session=(mel.session,), message="<b>psst</b><script>x</script>"))
            await harbour.told(ada)
            await mel.barrier()
            (text,) = mel.all_of(TextMessage)
            assert (text.actor, text.message) == (ada.session, "<b>psst</b>")
            zoe.send(TextMessage(session=(mel.session,), message="psst"))
            assert (await zoe.until(PermissionDenied)).type is DenyType.TEXT
            assert len(mel.all_of(TextMessage)) == 1

    run(story())


def test_texts_that_are_refused(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, _, zoe = await harbour.three()
            await harbour.enter(ada, scene.room)
            here, secret = harbour.channel(scene.room), harbour.channel(scene.secret)
            for channel, text, kind in (
                (here, "x" * 5001, DenyType.TEXT_TOO_LONG),
                (here, "x" * 4500, DenyType.TEXT_TOO_LONG),
                (here, '<img src="data:image/png;base64,x"/>', DenyType.TEXT),
                (here, "<p> </p>", DenyType.TEXT),
                (secret, "hallo", DenyType.TEXT),
            ):
                harbour.clock.turn(seconds=10)
                ada.send(TextMessage(channel_id=(channel,), message=text))
                denied = await ada.until(PermissionDenied)
                assert denied.type is kind, text[:20]
            harbour.clock.turn(seconds=10)
            ada.send(TextMessage(channel_id=(0,), message="an alle"))
            assert (await ada.until(PermissionDenied)).type is DenyType.PERMISSION
            ada.send(TextMessage(tree_id=(0,), message="an alle"))
            assert (await ada.until(PermissionDenied)).type is DenyType.PERMISSION
            assert zoe.texts() == []

    run(story())


def test_without_chat_a_text_is_live_alone(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        harbour.chat = None
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            ada.send(TextMessage(channel_id=(harbour.channel(scene.room),), message="niemand?"))
            await harbour.told(ada)
            await harbour.enter(mel, scene.room)
            assert mel.texts() == []
            ada.send(TextMessage(channel_id=(harbour.channel(scene.room),), message="da!"))
            await harbour.told(ada)
            await mel.barrier()
            assert mel.texts() == ["da!"]

    run(story())
