"""Rows of devices that are rung, on both databases."""

import asyncio
from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.ids import NoticeId
from allmende.storage.database import Database
from allmende.systems.desk.model.notices import Notice, StoredPush
from allmende.systems.desk.store import notices, pushes
from tests.identity.town import BEGINNING, Town

LATER = BEGINNING + timedelta(hours=1)


def test_a_job_is_due_put_off_and_done(database: Database) -> None:
    town = Town(database)
    mara = town.person("mara")
    own, session = town.account(mara), town.session(mara)
    device = StoredPush(session, own, "https://push.example/1", "k", "a", True, "de")
    told = Notice(NoticeId(0), "desk.push-waits", {}, "/me", False, BEGINNING)

    def story(db: Connection) -> None:
        assert pushes.next_due(db) is None
        added = notices.add_notice(db, own, told, once="1", most=9)
        assert added is not None
        assert pushes.add_jobs(db, own, added, BEGINNING) == 0
        pushes.set_push(db, StoredPush(session, own, "https://push.example/0", "k", "a", False, ""))
        pushes.set_push(db, device)
        assert pushes.push_of(db, session) == device
        assert pushes.add_jobs(db, own, added, BEGINNING) == 1
        [due] = pushes.due_pushes(db, BEGINNING, 5)
        assert (due.push, due.tries, due.message_id) == (device, 0, "desk.push-waits")
        pushes.put_off(db, due.job_id, LATER)
        assert pushes.due_pushes(db, BEGINNING, 5) == []
        assert pushes.next_due(db) == LATER
        [again] = pushes.due_pushes(db, LATER, 5)
        assert again.tries == 1
        pushes.finish_job(db, again.job_id)
        assert pushes.next_due(db) is None
        pushes.add_jobs(db, own, added, BEGINNING)
        pushes.drop_device(db, again.push_id)
        assert pushes.next_due(db) is None
        assert pushes.push_of(db, session) is None

    asyncio.run(database.write(story))
