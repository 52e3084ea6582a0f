"""Commands and their answers, without a worker."""

import asyncio
import logging

import pytest

from allmende.media.control import Command, Done, Ping, Refused
from allmende.media.link import MAX_OPEN_COMMANDS, Correlator, WorkerGone, WorkerRefused


def test_each_command_gets_a_number_and_its_own_answer() -> None:
    async def story() -> None:
        written: list[Command] = []
        line = Correlator(written.append)
        one, two, three = (line.ask(Ping(id=0)) for _ in range(3))
        assert [command.id for command in written] == [1, 2, 3]
        line.answered(Done(id=2, ufrag="u"))
        line.answered(Refused(id=3, why="no"))
        line.answered(Done(id=1))
        assert (await two).ufrag == "u"
        with pytest.raises(WorkerRefused):
            await three
        assert (await one).id == 1

    asyncio.run(story())


def test_unknown_repeated_and_late_answers_are_passed_over() -> None:
    async def story() -> None:
        line = Correlator(lambda command: None)
        line.answered(Done(id=9))
        waiting = line.ask(Ping(id=0))
        waiting.cancel()
        line.answered(Done(id=1))
        line.answered(Done(id=1))

    asyncio.run(story())


def test_when_the_worker_is_gone_nobody_waits_for_ever() -> None:
    async def story() -> None:
        line = Correlator(lambda command: None)
        one, two = line.ask(Ping(id=0)), line.ask(Ping(id=0))
        two.cancel()
        line.lost()
        with pytest.raises(WorkerGone):
            await one

    asyncio.run(story())


def test_a_refusal_that_nobody_waits_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        line = Correlator(lambda command: None)
        for _ in range(3):
            line.tell(Ping(id=0))
        line.answered(Refused(id=1, why="unknown leg"))
        line.answered(Done(id=2))
        line.lost()
        await asyncio.sleep(0)

    with caplog.at_level(logging.INFO, "allmende.media.link"):
        asyncio.run(story())
    assert "Ping not carried out: unknown leg" in caplog.text


def test_a_worker_that_answers_nothing_gets_no_more_commands() -> None:
    async def story() -> None:
        written: list[Command] = []
        line = Correlator(written.append)
        for _ in range(MAX_OPEN_COMMANDS):
            line.ask(Ping(id=0))
        with pytest.raises(WorkerGone):
            await line.ask(Ping(id=0))
        assert len(written) == MAX_OPEN_COMMANDS
        line.lost()

    asyncio.run(story())
