"""Yjs clients belong to authors, and to nobody else."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from allmende.systems.pads.model.pad import AuthorId, Pad, PadSessionId
from allmende.systems.pads.store import editors, log
from allmende.systems.pads.store.editors import Client
from tests.databases import AnyDatabase, Twice
from tests.identity.store.plans import full_scans
from tests.systems.pads.rows import NOON, add_author, add_pad, appended, rows_of, typed


@pytest.fixture
def pad(database: Twice) -> Pad:
    return asyncio.run(database.write(add_pad))


def client(pad: Pad, *, author: int = 1, session: int = 5) -> Client:
    return Client(pad.id, 77, AuthorId(author), PadSessionId(session), NOON, None)


def known(database: Twice, pad: Pad) -> list[Client]:
    return list(asyncio.run(database.read(lambda db: editors.clients_of(db, pad.id))))


def test_an_editor_comes_back_under_a_new_session(database: Twice, pad: Pad) -> None:
    def change(db: Connection) -> bool:
        editors.bind_client(db, client(pad))
        editors.leave(db, pad.id, 77, PadSessionId(5), NOON)
        return editors.bind_client(db, client(pad, session=6))

    assert asyncio.run(database.write(change))
    assert known(database, pad) == [client(pad, session=6)]


def test_nobody_takes_over_the_editor_of_another_author(database: Twice, pad: Pad) -> None:
    def change(db: Connection) -> bool:
        editors.bind_client(db, client(pad))
        return editors.bind_client(db, client(pad, author=2, session=6))

    assert not asyncio.run(database.write(change))
    assert known(database, pad) == [client(pad)]


def test_an_editor_that_wrote_nothing_leaves_no_trace(database: Twice, pad: Pad) -> None:
    def change(db: Connection) -> None:
        editors.bind_client(db, client(pad))
        editors.leave(db, pad.id, 77, PadSessionId(5), None)

    asyncio.run(database.write(change))
    assert known(database, pad) == []


@pytest.mark.parametrize("now", [NOON, None])
def test_a_late_goodbye_does_not_end_the_session_that_came_back(
    database: Twice, pad: Pad, now: object
) -> None:
    def change(db: Connection) -> None:
        editors.bind_client(db, client(pad))
        editors.bind_client(db, client(pad, session=6))
        editors.leave(db, pad.id, 77, PadSessionId(5), NOON if now else None)

    asyncio.run(database.write(change))
    assert known(database, pad) == [client(pad, session=6)]


def test_cleared_editors_have_no_colour_and_rows_no_author(database: Twice, pad: Pad) -> None:
    def change(db: Connection) -> None:
        editors.bind_client(db, client(pad))
        log.append(db, appended(rows_of(pad.id, typed("a", "b", "c"))))
        editors.clear_colours(db, pad.id, 2)
        editors.unname_rows(db, pad.id, 0, 2)

    asyncio.run(database.write(change))
    assert [one.has_colour for one in known(database, pad)] == [False]
    assert client(pad).has_colour
    rows = asyncio.run(database.read(lambda db: log.rows_after(db, pad.id, 0, most=9)))
    assert [(row.author_id, row.session_id) for row in rows] == [(None, None), (None, None), (1, 9)]
    found = asyncio.run(database.read(lambda db: log.find_pad(db, pad.id)))
    assert found == replace(found, authors_from=2)  # type: ignore[type-var]  # it is there


def test_authors_of_a_pad_are_those_who_opened_it(database: Twice, pad: Pad) -> None:
    mara = asyncio.run(database.write(lambda db: add_author(db, pad.id, "mara")))
    asyncio.run(database.write(lambda db: add_author(db, add_pad(db, place="x:two").id, "juno")))
    assert asyncio.run(database.read(lambda db: editors.authors_of(db, pad.id))) == [mara]


def test_no_question_reads_a_whole_table(sqlite: AnyDatabase) -> None:
    assert asyncio.run(sqlite.read(lambda db: full_scans(db, editors))) == []
