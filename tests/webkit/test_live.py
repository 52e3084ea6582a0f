import asyncio

import httpx
import pytest

from allmende.core.accounts import STRANGER, Caller, Scope
from allmende.core.errors import NotFound, Unavailable
from allmende.core.ids import AppPasswordId, RoomId
from allmende.core.permissions import Permission
from allmende.webkit import live as live_module
from allmende.webkit.live import REASK_S, Live
from tests.webkit.house import MARA, Build
from tests.webkit.live_room import ROOM, Hidden, Log, Page, Stage, Typing, opened, play, served

RELOAD = "event: reload\ndata: {}\n\n"


def said(number: int, message_id: int) -> str:
    return f'id: {number}\nevent: chat.said\ndata: {{"message":{message_id}}}\n\n'


def test_facts_carry_their_number_and_signals_none() -> None:
    async def story(stage: Stage) -> None:
        async with opened(stage) as page:
            await stage.say(3)
            stage.bus.publish(Typing(room_id=ROOM))
            assert await page.frame() == said(1, 3)
            assert await page.frame() == "event: chat.typing\ndata: {}\n\n"

    assert play(story).live.count() == 0


def test_a_page_gets_what_came_after_its_snapshot_once_and_in_order() -> None:
    log = Log()
    for message_id in range(1, 1203):
        log.add(message_id)

    async def story(stage: Stage) -> None:
        async with opened(stage, after=1) as page:
            await stage.say(1203)
            for message_id in range(2, 1204):
                assert await page.frame() == said(message_id, message_id)
            await stage.say(1204)
            assert await page.frame() == said(1204, 1204)

    play(story, log)


def test_what_the_log_told_already_is_not_told_again() -> None:
    async def story(stage: Stage) -> None:
        first, second = stage.log.add(1), stage.log.add(2)
        async with opened(stage, after=0) as page:
            await stage.bus.deliver(*first)
            await stage.bus.deliver(*second)
            await stage.say(3)
            assert [await page.frame() for _ in range(3)] == [said(1, 1), said(2, 2), said(3, 3)]

    play(story)


def test_other_rooms_stay_outside() -> None:
    async def story(stage: Stage) -> None:
        stage.log.add(1, RoomId(8))
        async with opened(stage, after=0) as page:
            await stage.say(2, RoomId(8))
            stage.bus.publish(Typing(room_id=RoomId(8)))
            await stage.say(3)
            assert await page.frame() == said(3, 3)

    play(story)


@pytest.mark.parametrize("begins", [2, 9])
def test_a_page_that_was_away_too_long_loads_again(begins: int) -> None:
    async def story(stage: Stage) -> None:
        async with opened(stage, after=1) as page:
            assert await page.frame() == RELOAD
            assert await page.frame() is None

    play(story, Log(begins=begins))


def test_a_page_with_too_much_to_catch_up_loads_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "MAX_REPLAY", 1000)
    log = Log()
    for _ in range(1001):
        log.add(1, RoomId(8))

    async def story(stage: Stage) -> None:
        async with opened(stage, after=0) as page:
            assert await page.frame() == RELOAD

    play(story, log)


def test_each_sees_what_it_may_and_what_is_gone_is_left_out() -> None:
    async def story(stage: Stage) -> None:
        async with opened(stage) as page:
            stage.bus.publish(Hidden(room_id=ROOM))
            stage.bus.publish(Typing(room_id=ROOM, padding="not for this one"))
            await stage.say(4040)
            await stage.say(5)
            assert await page.frame() == said(2, 5)

    play(story)


def test_a_right_that_was_taken_ends_within_five_seconds() -> None:
    async def story(stage: Stage) -> None:
        async with opened(stage) as page:
            await stage.say(1)
            assert await page.frame() == said(1, 1)
            stage.rights.remove(Permission.CHAT_READ)
            stage.clock.turn(REASK_S)
            await stage.say(2)
            stage.rights.remove(Permission.ROOM_SEE)
            stage.clock.turn(REASK_S)
            assert await page.frame() is None

    play(story)


def test_revoked_sessions_lose_their_streams_at_once() -> None:
    guest = Caller()

    async def story(stage: Stage) -> None:
        async with opened(stage) as mine, opened(stage, caller=guest) as other:
            assert stage.live.count() == 2
            stage.live.close(lambda who, room: who.session_id == MARA.session_id)
            assert await mine.frame() is None
            await stage.say(1)
            assert await other.frame() == said(1, 1)

    play(story)


def test_a_page_that_does_not_read_is_told_to_load_again_and_its_queue_is_freed() -> None:
    async def story(stage: Stage) -> None:
        async with opened(stage) as page:
            page.reads.clear()
            for _ in range(400):
                stage.bus.publish(Typing(room_id=ROOM))
            page.reads.set()
            frames = [await page.frame() for _ in range(2)]
            while frames[-1] is not None:
                frames.append(await page.frame())
            assert frames[-2:] == [RELOAD, None]
            assert len(frames) < 5

    play(story)


def test_a_page_with_a_mebibyte_waiting_is_told_to_load_again() -> None:
    async def story(stage: Stage) -> None:
        async with opened(stage) as page:
            page.reads.clear()
            for _ in range(12):
                stage.bus.publish(Typing(room_id=ROOM, padding="y" * 100_000))
            page.reads.set()
            assert await page.frame() == RELOAD

    play(story)


def test_a_page_that_leaves_is_forgotten() -> None:
    async def story(stage: Stage) -> None:
        async with opened(stage):
            assert stage.live.count() == 1
        assert stage.live.count() == 0

    play(story)


def test_the_line_is_kept_open_and_moves_the_cursor_of_the_page() -> None:
    async def story(stage: Stage) -> None:
        async with opened(stage) as page:
            assert await page.raw() == ": still here\n\n"
            await stage.say(1, RoomId(8))
            while (beat := await page.raw()) == ": still here\n\n":
                pass
            assert beat == ": still here\nid: 1\n\n"

    play(story)


def test_a_failure_of_ours_ends_the_stream_quietly() -> None:
    async def story(stage: Stage) -> None:
        async with opened(stage) as page:
            stage.failure = Unavailable("web.refused")
            await stage.say(1)
            assert await page.frame() is None

    play(story)


def test_a_stranger_learns_nothing_about_a_room() -> None:
    async def story(stage: Stage) -> None:
        stage.rights.clear()
        with pytest.raises(NotFound) as refused:
            await stage.live.open(STRANGER, ROOM, None)
        assert refused.value.message_id == "room.not-found"

    play(story)


def test_there_is_an_end_to_the_number_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "MAX_STREAMS", 1)

    async def story(stage: Stage) -> None:
        async with opened(stage):
            with pytest.raises(Unavailable):
                await stage.live.open(MARA, ROOM, None)

    play(story)


def test_a_question_for_the_head_only_ends_at_once() -> None:
    async def story(stage: Stage) -> None:
        page, response = Page(), await stage.live.open(MARA, ROOM, None)
        async with asyncio.timeout(5):
            await response({"type": "http", "method": "HEAD"}, page.receive, page.send)
            await served(await stage.live.open(MARA, ROOM, None), _left())
        assert response.headers["content-type"].startswith("text/event-stream")
        assert stage.live.count() == 0

    play(story)


def _left() -> Page:
    page = Page()
    page.leave()
    return page


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("", 400, "web.invalid-body"),
        ("?room=x", 400, "web.invalid-body"),
        ("?room=7&after=-1", 400, "web.invalid-body"),
        ("?room=7&after=%D9%A1", 400, "web.invalid-body"),
        ("?room=9223372036854775808", 404, "room.not-found"),
        ("?room=8", 404, "room.not-found"),
    ],
)
def test_the_address_is_read_with_care(house: Build, query: str, status: int, error: str) -> None:
    stage = Stage()
    answer = house(routes=list(stage.live.routes())).client().get(f"/api/v1/live{query}")
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_the_browser_says_where_it_was(house: Build) -> None:
    stage = Stage(Log(begins=5))
    client = house(routes=list(stage.live.routes())).client()
    answer: httpx.Response = client.get(
        "/api/v1/live?room=7&after=9", headers={"Last-Event-ID": "4"}
    )
    assert answer.text.endswith(RELOAD)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


def test_two_views_of_one_event_are_watched_once() -> None:
    stage = Stage()
    assert isinstance(stage.live, Live)
    assert all(len(handlers) == 1 for handlers in stage.bus._facts.values())


def test_a_program_hears_what_its_app_password_opens_and_nothing_else() -> None:
    def bot(*scopes: Scope) -> Caller:
        return Caller(MARA.account_id, app_password_id=AppPasswordId(3), scopes=frozenset(scopes))

    async def story(stage: Stage) -> None:
        async with (
            opened(stage, caller=bot(Scope.CHAT)) as chat,
            opened(stage, caller=bot(Scope.PADS)) as pads,
        ):
            stage.bus.publish(Typing(room_id=ROOM))
            await stage.say(3)
            assert await chat.frame() == said(1, 3)
            stage.live.close(lambda who, room_id: True)
            assert await chat.frame() is None
            assert await pads.frame() is None

    play(story)
