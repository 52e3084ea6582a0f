"""Nobody joins, leaves or changes roles silently, whoever does it and by whatever way (S12).

Two halves make the proof. No code but ``service/memberships.py`` writes memberships: found by
reading the source, so that a new method or command cannot go around it. And whatever people do
in whatever order: what the facts tell, and what the group is shown, add up to who is in.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

import allmende
from allmende.core.accounts import Caller
from allmende.core.errors import UserError
from allmende.core.groups import Group, Role
from allmende.core.ids import AccountId
from allmende.identity.events import MembershipChanged
from allmende.identity.service.memberships import tell_restored
from allmende.identity.store.tables.groups import announcements, memberships
from allmende.storage.outbox import events
from allmende.storage.restore import Settling, settle
from tests.databases import Templates
from tests.identity.town import Town

SOURCE: Final = Path(allmende.__file__).parent
SETTLED_WITH: Final = tell_restored
DOOR: Final = "identity/service/memberships.py"
WRITTEN_BY_NAME: Final = re.compile(r"(INTO|UPDATE|DELETE FROM)\s+identity_membership\b")
WRITERS: Final = {"add_member", "set_role", "remove_member"}

Roster = dict[int, str]
Step = tuple[str, int, int, Role]


def sources() -> Iterator[tuple[str, ast.Module, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text()
        yield path.relative_to(SOURCE).as_posix(), ast.parse(text), text


def test_only_one_file_asks_the_store_to_change_a_membership() -> None:
    asking = {
        where
        for where, tree, _ in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in WRITERS
        and isinstance(node.value, ast.Name)
        and node.value.id == "groups"
    }
    assert asking == {DOOR}
    bare = {
        where
        for where, tree, _ in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "allmende.identity.store.groups"
        and WRITERS & {name.name for name in node.names}
    }
    assert bare == set()


def test_only_one_store_writes_the_table_of_memberships() -> None:
    writing: set[str] = set()
    for where, tree, text in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _writes(node, "memberships"):
                writing.add(where)
        if WRITTEN_BY_NAME.search(text):
            writing.add(f"{where} by name")
    assert writing == {"identity/store/groups.py"}


def test_an_account_is_deleted_only_after_its_groups_were_told() -> None:
    """Deleting the row would take memberships along without a word."""
    deleting = {
        where
        for where, tree, _ in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _writes(node, "accounts", "delete")
    }
    assert deleting == {"identity/store/leaving.py", "identity/store/people.py"}

    def calling(function: str) -> set[str]:
        return {
            where
            for where, tree, _ in sources()
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr == function
            and isinstance(node.value, ast.Name)
        }

    assert calling("erase_account") == {"identity/service/deleting.py"}
    # Who was refused before they were ever active is in no group.
    assert calling("delete_account") == {"identity/service/requests.py"}


def _writes(call: ast.Call, table: str, *verbs: str) -> bool:
    """``delete(memberships)`` and ``places.memberships.delete()`` alike."""
    known = set(verbs) or {"insert", "update", "delete"}
    if isinstance(call.func, ast.Name) and call.func.id in known and call.args:
        return _names(call.args[0], table)
    return isinstance(call.func, ast.Attribute) and (
        (call.func.attr in known and _names(call.func.value, table))
        or (call.func.attr in known and bool(call.args) and _names(call.args[0], table))
    )


def _names(node: ast.expr, table: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == table
    return isinstance(node, ast.Attribute) and node.attr == table


class Village:
    """Four people and two groups, and everything that can be done to a membership."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.people: list[Caller] = [town.person(f"person_x{n}") for n in range(4)]
        self.groups: list[Group] = [town.group(self.people[0]), town.group(self.people[1])]

    def do(self, step: Step) -> None:
        act, who, whom, role = step
        try:
            ACTS[act](self, self.people[who], self.people[whom], role)
        except UserError:
            return  # refused: then nothing may have changed, which is compared as well

    def group(self, role: Role) -> Group:
        """One of both, chosen by something that varies."""
        return self.groups[role in (Role.MEMBER, Role.ADMIN)]


Act = Callable[[Village, Caller, Caller, Role], Any]


def _join(village: Village, who: Caller, whom: Caller, role: Role) -> None:
    identity, group = village.town.identity, village.group(role)
    code = village.town.run(identity.make_invite(who, group.id, role))
    village.town.run(identity.join_by_invite(whom, code))


def _place(village: Village, who: Caller, whom: Caller, role: Role) -> None:
    identity, group, town = village.town.identity, village.group(role), village.town
    name = f"person_x{village.people.index(whom)}"
    town.run(identity.make_offer(who, group.id, name, role))
    for offer in town.run(identity.offers_of(whom)):
        town.run(identity.accept_offer(whom, offer.id))


def _leave_and_return(village: Village, who: Caller, whom: Caller, role: Role) -> None:
    token = village.town.run(village.town.identity.leave(who, village.group(role).id))
    village.town.run(village.town.identity.come_back(whom, token))


def _remove_account(village: Village, _: Caller, whom: Caller, __: Role) -> None:
    at = village.people.index(whom)
    village.town.run(village.town.identity.remove_account(f"person_x{at}"))


ACTS: Final[Mapping[str, Act]] = {
    "join": _join,
    "place": _place,
    "role": lambda v, who, whom, role: v.town.run(
        v.town.identity.set_role(who, v.group(role).id, AccountId(whom.account_id or 0), role)
    ),
    "hand over": lambda v, who, whom, role: v.town.run(
        v.town.identity.hand_over(who, v.group(role).id, AccountId(whom.account_id or 0))
    ),
    "remove": lambda v, who, whom, role: v.town.run(
        v.town.identity.remove_member(who, v.group(role).id, AccountId(whom.account_id or 0))
    ),
    "leave": lambda v, who, _, role: v.town.run(v.town.identity.leave(who, v.group(role).id)),
    "come back": _leave_and_return,
    "join open": lambda v, who, _, role: v.town.run(
        v.town.identity.join_open(who, v.group(role).slug)
    ),
    "account gone": _remove_account,
}

STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(sorted(set(ACTS) - {"account gone"}) * 3 + ["account gone"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from(Role),
    ),
    min_size=5,
    max_size=25,
)


def rosters(db: Connection) -> dict[int, Roster]:
    found: dict[int, Roster] = {}
    for group_id, account_id, role in db.execute(
        select(memberships.c.group_id, memberships.c.account_id, memberships.c.role)
    ):
        found.setdefault(group_id, {})[account_id] = role.value
    return found


def told(db: Connection) -> dict[int, Roster]:
    """Who is in, by the facts alone; each must fit what was before."""
    found: dict[int, Roster] = {}
    bodies = db.execute(
        select(events.c.body)
        .where(events.c.name == "identity.MembershipChanged")
        .order_by(events.c.id)
    ).scalars()
    for body in bodies:
        fact = msgspec.json.decode(body, type=MembershipChanged)
        roster = found.setdefault(fact.group_id, {})
        assert roster.get(fact.account_id, "") == fact.was
        assert fact.was != fact.now
        if fact.now:
            roster[fact.account_id] = fact.now
        else:
            del roster[fact.account_id]
    return found


def shown(db: Connection) -> dict[int, int]:
    """How many changes each group is shown; names of removed accounts are gone from them."""
    found: dict[int, int] = {}
    for group_id, was, now in db.execute(
        select(announcements.c.group_id, announcements.c.was, announcements.c.now)
    ):
        assert was != now
        found[group_id] = found.get(group_id, 0) + 1
    return found


@pytest.mark.slow
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_what_was_told_adds_up_to_who_is_in(
    steps: list[Step], database_templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = database_templates.sqlite(tmp_path_factory.mktemp("village"))
    database = place.open()
    try:
        town = Town(database)
        village = Village(town)
        for step in steps:
            village.do(step)
            town.clock.turn(seconds=1)
        real, by_facts, by_lines = town.run(
            database.read(lambda db: (rosters(db), told(db), shown(db)))
        )
        # A group that lost its last member is gone, and there is nobody to tell.
        assert {group: by_facts[group] for group in real} == real
        facts = town.told().count("identity.MembershipChanged")
        lost = [group for group in by_facts if group not in real]
        assert sum(by_lines.values()) == facts if not lost else facts >= sum(by_lines.values())
    finally:
        database.close()


def test_a_restore_is_announced_by_the_restore_itself(town: Town) -> None:
    group = town.group(town.person("mara"))
    settling = Settling(now=town.clock.now(), last=SETTLED_WITH)
    assert town.run(town.database.write(lambda db: settle(db, settling))) == 0
    assert town.told()[-1] == "identity.GroupRestored"

    def newest(db: Connection) -> tuple[str, str, bool]:
        row = db.execute(
            select(announcements.c.was, announcements.c.now, announcements.c.by_server)
            .where(announcements.c.group_id == group.id)
            .order_by(announcements.c.id.desc())
        ).first()
        assert row is not None
        return (row[0], row[1], row[2])

    assert town.run(town.database.read(newest)) == ("", "", True)


def test_every_restore_of_the_command_line_is_settled_with_it() -> None:
    settlings = [
        (where, {keyword.arg: keyword.value for keyword in node.keywords})
        for where, tree, _ in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Settling"
        and where.startswith("cli/")
    ]
    assert settlings
    for where, named in settlings:
        last = named.get("last")
        assert isinstance(last, ast.Name), where
        assert last.id == SETTLED_WITH.__name__
