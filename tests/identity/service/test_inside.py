"""What systems ask about the group of a room."""

from sqlalchemy import Connection

from allmende.core.accounts import STRANGER
from allmende.core.ids import AccountId, GroupId
from allmende.identity.model.groups import Preset
from allmende.identity.service.inside import (
    FOREIGN,
    Announced,
    Eyes,
    announced,
    eyes_of,
    kept_hours,
)
from allmende.identity.store import rooms
from tests.identity.town import BEGINNING, Town


def test_messages_are_kept_as_the_group_says_within_what_the_server_allows(town: Town) -> None:
    mara = town.person("mara")
    opened = town.run(town.identity.open_room("Plenum")).room

    def hours(preset: Preset) -> int:
        group = town.run(town.identity.make_group(mara, "Küche", preset))

        def question(db: Connection) -> int:
            room = rooms.main_room(db, group.id)
            assert room is not None
            return kept_hours(db, room, 672, 2160)

        return town.run(town.database.read(question))

    assert [hours(preset) for preset in Preset] == [24, 672, 672, 2160]
    assert town.run(town.database.read(lambda db: kept_hours(db, opened, 672, 2160))) == 672


def test_eyes_know_who_is_in_and_since_when_they_read(town: Town) -> None:
    mara, juno = town.person("mara"), town.person("juno")
    group = town.run(town.identity.make_group(mara, "Küche", Preset.AFFINITY))
    opened = town.run(town.identity.open_room("Plenum")).room

    def question(db: Connection) -> list[Eyes]:
        room = rooms.main_room(db, group.id)
        asked = [(mara, room), (juno, room), (STRANGER, room), (mara, opened), (mara, None)]
        return [eyes_of(db, who, where) for who, where in asked]

    assert town.run(town.database.read(question)) == [Eyes(True, BEGINNING), *[FOREIGN] * 4]


def test_changes_are_announced_in_the_main_room_of_closed_groups(town: Town) -> None:
    mara = town.person("mara")
    group = town.run(town.identity.make_group(mara, "Küche"))
    town.run(town.identity.make_room(mara, group.id, "Werkstatt"))
    town.run(town.identity.set_display(mara, group.id, "Frau Sommer"))
    public = town.run(town.identity.make_group(mara, "Offen", Preset.PUBLIC))
    main = town.run(town.identity.group_page(mara, group.slug)).rooms[0]

    def where(group_id: GroupId, account_id: AccountId | None) -> Announced | None:
        return town.run(town.database.read(lambda db: announced(db, group_id, account_id)))

    assert where(group.id, mara.account_id) == Announced(main, mara.account_id, "Frau Sommer")
    assert where(group.id, None) == where(group.id, AccountId(999)) == Announced(main, None, "")
    assert where(public.id, mara.account_id) is None
    assert where(GroupId(999), mara.account_id) is None
