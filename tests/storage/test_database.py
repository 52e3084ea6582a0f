"""What both databases promise."""

import asyncio
import threading

import pytest
from sqlalchemy import Connection, func, insert, literal, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from allmende.core.errors import Conflict, Unavailable
from allmende.storage.lanes import MAX_WAITING
from allmende.storage.outbox import newest_fact
from tests.databases import AnyDatabase, Place
from tests.storage.notes import add_note, adding, bodies, count_notes, make_table, notes, read


def test_what_a_change_returns_is_there_for_the_next_question(bare: AnyDatabase) -> None:
    async def story() -> None:
        for number in range(5):
            await bare.write(adding(f"note {number}"))
            assert await bare.read(count_notes) == number + 1

    asyncio.run(story())


def test_a_change_that_fails_leaves_nothing_and_takes_no_other_along(bare: AnyDatabase) -> None:
    def bad(db: Connection) -> None:
        add_note(db, "bad")
        raise Conflict("test.no")

    async def story() -> list[object]:
        changes = [bad if number % 3 == 0 else adding(str(number)) for number in range(60)]
        return await asyncio.gather(*map(bare.write, changes), return_exceptions=True)

    outcomes = asyncio.run(story())
    assert [isinstance(outcome, Conflict) for outcome in outcomes] == [
        number % 3 == 0 for number in range(60)
    ]
    assert sorted(read(bare, bodies)) == sorted(str(n) for n in range(60) if n % 3)


def test_a_broken_constraint_fails_only_its_change(bare: AnyDatabase) -> None:
    async def story() -> list[object]:
        changes = [adding("same"), adding("other"), adding("same")]
        return await asyncio.gather(*map(bare.write, changes), return_exceptions=True)

    outcomes = asyncio.run(story())
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 1
    assert sorted(read(bare, bodies)) == ["other", "same"]


def test_a_question_cannot_write(bare: AnyDatabase) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        read(bare, adding("sneaky"))
    assert read(bare, bodies) == []


def test_a_question_sees_one_moment_whatever_is_committed_meanwhile(bare: AnyDatabase) -> None:
    looked, changed = threading.Event(), threading.Event()

    def question(db: Connection) -> tuple[int, int]:
        before = count_notes(db)
        looked.set()
        assert changed.wait(10)
        return before, count_notes(db)

    async def story() -> tuple[int, int]:
        asking = asyncio.ensure_future(bare.read(question))
        await asyncio.to_thread(looked.wait, 10)
        await bare.write(adding("in between"))
        changed.set()
        return await asking

    assert asyncio.run(story()) == (0, 0)
    assert read(bare, count_notes) == 1


def test_a_cancelled_waiter_does_not_cancel_its_change(bare: AnyDatabase) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slow(db: Connection) -> None:
        began.set()
        assert go_on.wait(10)
        add_note(db, "still written")

    async def story() -> None:
        waiting = asyncio.ensure_future(bare.write(slow))
        queued = asyncio.ensure_future(bare.write(adding("queued")))
        await asyncio.to_thread(began.wait, 10)
        waiting.cancel()
        queued.cancel()
        outcomes = await asyncio.gather(waiting, queued, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        go_on.set()
        await bare.write(adding("later"))

    asyncio.run(story())
    assert sorted(read(bare, bodies)) == ["later", "queued", "still written"]


def test_closing_commits_what_waits_and_refuses_what_comes_later(place: Place) -> None:
    make_table(place)
    inner = place.open()

    async def story() -> list[int]:
        changes = [asyncio.ensure_future(inner.write(adding(str(n)))) for n in range(40)]
        await asyncio.sleep(0)
        await asyncio.to_thread(inner.close)
        with pytest.raises(Unavailable) as refused:
            await inner.write(adding("late"))
        assert refused.value.message_id == "storage.stopping"
        return await asyncio.gather(*changes)

    assert len(set(asyncio.run(story()))) == 40
    again = place.open()
    assert read(again, count_notes) == 40
    again.close()


def test_more_than_a_thousand_waiting_changes_are_told_to_try_again(bare: AnyDatabase) -> None:
    go_on = threading.Event()

    def blocked(db: Connection) -> None:
        go_on.wait(10)

    async def story() -> list[object]:
        taken = 8 * 64  # more than all threads together take off the queue at once
        asked = [asyncio.ensure_future(bare.write(blocked)) for _ in range(MAX_WAITING + taken + 1)]
        await asyncio.sleep(0)
        go_on.set()
        return list(await asyncio.gather(*asked, return_exceptions=True))

    outcomes = asyncio.run(story())
    refused = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert outcomes.count(None) >= MAX_WAITING
    assert outcomes.count(None) + len(refused) == len(outcomes)
    assert {refusal.message_id for refusal in refused} == {"storage.busy"}
    assert refused[0].values["retry_after_s"] == 2


def test_commits_are_told_before_anybody_is_answered(place: Place) -> None:
    make_table(place)

    async def story() -> None:
        committed = asyncio.Event()
        inner = place.open(on_commit=committed.set)
        await inner.write(adding("one"))
        assert committed.is_set()
        committed.clear()
        with pytest.raises(IntegrityError):
            await inner.write(adding("one"))
        await inner.read(count_notes)
        assert not committed.is_set()
        await asyncio.to_thread(inner.close)

    asyncio.run(story())


def test_a_change_that_commits_by_itself_is_refused_or_found_out(bare: AnyDatabase) -> None:
    def commits(db: Connection) -> None:
        add_note(db, "too early")
        db.commit()
        add_note(db, "second half")

    with pytest.raises(Exception, match=r"must not commit|transaction is inactive|closed"):
        asyncio.run(bare.write(commits))
    asyncio.run(bare.write(adding("fine")))
    assert "second half" not in read(bare, bodies)


def test_a_savepoint_inside_a_change_may_fail_while_the_change_goes_on(bare: AnyDatabase) -> None:
    def careful(db: Connection) -> bool:
        add_note(db, "one")
        try:
            with db.begin_nested():
                add_note(db, "one")
        except IntegrityError:
            add_note(db, "two")
            return True
        return False

    async def story() -> bool:
        changed, _ = await asyncio.gather(bare.write(careful), bare.write(adding("x")))
        return changed

    assert asyncio.run(story())
    assert sorted(read(bare, bodies)) == ["one", "two", "x"]


def test_read_then_write_is_safe_with_many_writers(bare: AnyDatabase) -> None:
    def count_up(db: Connection) -> int:
        number = count_notes(db)
        db.execute(insert(notes).values(body=f"{number}"))
        return number

    async def story() -> list[int]:
        return await asyncio.gather(*(bare.write(count_up) for _ in range(30)))

    assert sorted(asyncio.run(story())) == list(range(30))


def test_numbers_of_facts_are_committed_in_their_order(bare: AnyDatabase) -> None:
    """A reader that has seen a number never sees a smaller one appear."""
    log = select(text("id")).select_from(text("event_log")).order_by(text("id"))

    async def watch(until: asyncio.Event) -> None:
        seen: list[int] = []
        while not until.is_set():
            now = await bare.read(lambda db: list(db.execute(log).scalars()))
            assert now[: len(seen)] == seen
            seen = now

    async def story() -> None:
        done = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(watch(done))
            await asyncio.gather(*(bare.write(adding(str(n))) for n in range(100)))
            done.set()

    asyncio.run(story())
    assert read(bare, newest_fact) >= 101


def test_a_question_that_takes_too_long_is_stopped(place: Place) -> None:
    numbers = select(literal(1).label("i")).cte("n", recursive=True)
    numbers = numbers.union_all(select(numbers.c.i + 1))
    endless = select(func.count()).select_from(numbers)
    inner = place.open(question_limit_s=0.5)

    async def story() -> None:
        with pytest.raises(Unavailable) as stopped:
            await inner.read(lambda db: db.execute(endless).scalar_one())
        assert stopped.value.message_id == "storage.too-slow"
        assert await inner.read(newest_fact) == 1

    asyncio.run(story())
    inner.close()


def test_errors_never_show_what_was_stored(bare: AnyDatabase) -> None:
    asyncio.run(bare.write(adding("sentinel-7Qx")))
    with pytest.raises(IntegrityError) as failed:
        asyncio.run(bare.write(adding("sentinel-7Qx")))
    assert "[SQL parameters hidden" in str(failed.value)
