"""Rows of what is to be handed out, and who agreed."""

from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.accounts import ServerRole
from allmende.core.ids import PadId
from allmende.identity.model.handouts import Matter, Whose
from allmende.identity.store import handouts, people
from allmende.storage.database import Database
from tests.identity.store.plans import full_scans
from tests.identity.town import BEGINNING, Town

DAY = timedelta(days=1)


def test_what_waits_has_a_name_and_those_who_agreed(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group, own, other = town.group(mara), town.account(mara), town.account(juno)

    def change(db: Connection) -> None:
        wanted = [Whose(account_id=own), Whose(group_id=group.id), Whose(pad_id=PadId(7))]
        ids = [handouts.add_handout(db, one, BEGINNING + DAY) for one in wanted]
        assert [handouts.find_handout_of(db, one) for one in wanted] == ids
        assert handouts.find_handout_of(db, Whose(pad_id=PadId(8))) is None
        handouts.add_consent(db, ids[0], own)
        handouts.add_consent(db, ids[0], other)
        handouts.add_consent(db, ids[1], other)
        shown = handouts.handouts_waiting(db, own, BEGINNING)
        assert [(one.matter, one.thing, list(one.agreed), one.agreed_myself) for one in shown] == [
            (Matter.ACCOUNT, "mara", ["juno", "mara"], True),
            (Matter.GROUP, group.slug, ["juno"], False),
            (Matter.PAD, "7", [], False),
        ]
        assert handouts.find_handout(db, ids[0], own, BEGINNING) == shown[0]
        assert handouts.find_handout(db, ids[0], own, BEGINNING + DAY) is None
        assert handouts.handouts_waiting(db, own, BEGINNING + DAY) == []
        assert handouts.end_handout(db, ids[0])
        assert not handouts.end_handout(db, ids[0])

    town.run(town.database.write(change))


def test_the_consent_of_who_does_not_operate_any_more_does_not_count(town: Town) -> None:
    mara = town.person("mara")
    own = town.account(mara)

    def change(db: Connection) -> None:
        waits = handouts.add_handout(db, Whose(pad_id=PadId(7)), BEGINNING + DAY)
        handouts.add_consent(db, waits, own)
        people.set_role(db, own, ServerRole.MODERATOR)
        found = handouts.find_handout(db, waits, own, BEGINNING)
        assert found is not None
        assert (found.agreed, found.agreed_myself) == ((), False)

    town.run(town.database.write(change))


def test_no_question_reads_a_whole_table(sqlite: Database) -> None:
    assert Town(sqlite).run(sqlite.read(lambda db: full_scans(db, handouts))) == []
