"""Pictures of people and in texts: made anew, given when asked for, gone with the connection."""

import base64
import hashlib
import io
from urllib.parse import quote

import pytest
from PIL import Image

from allmende.protocols.mumble.messages import (
    DenyType,
    PermissionDenied,
    RequestBlob,
    TextMessage,
    UserState,
)
from tests.systems.voice.harbour import Harbour, Scene, run


def picture(form: str = "PNG", size: tuple[int, int] = (64, 64)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, form)
    return out.getvalue()


def img(data: bytes, kind: str = "png", *, percent: bool = False) -> str:
    coded = base64.b64encode(data).decode()
    return f'<img src="data:image/{kind};base64,{quote(coded, safe="") if percent else coded}">'


def test_a_picture_is_told_by_its_hash_and_given_to_who_sees_the_person(
    harbour: Harbour, scene: Scene
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, zoe = await harbour.three()
            ada.send(UserState(texture=picture()))
            await harbour.told(ada)
            await mel.barrier()
            (told,) = [s for s in mel.all_of(UserState) if s.texture_hash]
            assert (told.session, told.texture) == (ada.session, None)
            mel.send(RequestBlob(session_texture=(ada.session, 60_000)))
            given = (await mel.until(UserState)).texture or b""
            assert hashlib.sha1(given, usedforsecurity=False).digest() == told.texture_hash
            with Image.open(io.BytesIO(given)) as found:
                assert (found.format, found.size) == ("JPEG", (64, 64))
            zoe.send(RequestBlob(session_texture=(ada.session,)))
            await zoe.barrier()
            assert not any(s.texture or s.texture_hash for s in zoe.all_of(UserState))
            ada.send(UserState(texture=b""))
            await harbour.told(mel)
            last = [s for s in mel.all_of(UserState) if s.session == ada.session][-1]
            assert last.texture == b""

    run(story())


@pytest.mark.parametrize("percent", [False, True])
def test_a_picture_in_a_text_reaches_people_anew(
    harbour: Harbour, scene: Scene, percent: bool
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            came = picture()
            text = f"<b>look</b> {img(came, percent=percent)}"
            ada.send(TextMessage(session=(mel.session,), message=text))
            await ada.barrier()
            await mel.barrier()
            (heard,) = mel.texts()
            assert heard.startswith('<b>look</b> <img src="data:image/jpeg;base64,')
            assert base64.b64encode(came).decode() not in heard
            ada.send(UserState(comment=text))
            await harbour.told(ada)
            assert harbour.leg(ada).comment == heard

    run(story())


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ('<img src="https://evil.example/seen.png">', DenyType.TEXT),
        ('<img src="data:image/svg+xml;base64,PHN2Zy8+">', DenyType.TEXT),
        ('<img src="data:image/png;base64,not base 64">', DenyType.TEXT),
        ('<img src="data:image/png;base64,' + "A" * 400 + '">', DenyType.TEXT),
        ("".join(img(picture(size=(8, n + 1))) for n in range(5)), DenyType.TEXT),
        ("x" * 5001 + img(picture()), DenyType.TEXT_TOO_LONG),
        ('<img src="' + "A" * 140_000 + '">', DenyType.TEXT_TOO_LONG),
    ],
)
def test_what_is_no_picture_is_refused_and_the_text_with_it(
    harbour: Harbour, scene: Scene, message: str, kind: DenyType
) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, mel, _ = await harbour.three()
            ada.send(TextMessage(session=(mel.session,), message=message))
            assert (await ada.until(PermissionDenied)).type is kind
            await mel.barrier()
            assert mel.texts() == []

    run(story())


def test_the_chat_of_a_room_takes_no_pictures(harbour: Harbour, scene: Scene) -> None:
    async def story() -> None:
        async with harbour.open():
            ada, _, _ = await harbour.three()
            await harbour.enter(ada, scene.room)
            room = harbour.channel(scene.room)
            ada.send(TextMessage(channel_id=(room,), message=img(picture())))
            assert "takes no pictures" in ((await ada.until(PermissionDenied)).reason or "")

    run(story())
