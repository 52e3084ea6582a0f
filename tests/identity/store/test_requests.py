"""Rows of requests and vouches."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from allmende.core.ids import RequestId
from allmende.identity.model.moderation import Waiting
from allmende.identity.model.registration import RequestState, StoredRequest
from allmende.identity.store import requests
from allmende.identity.store.tables.accounts import origins
from tests.databases import Place
from tests.identity.newcomers import Arrivals
from tests.identity.store.plans import full_scans
from tests.identity.town import Town


def test_a_request_comes_back_as_it_went_and_is_answered_once(town: Town) -> None:
    who, voucher = (town.account(Arrivals(town).member(name)) for name in ("juno", "kim"))
    now = town.clock.now()
    end = now + timedelta(days=60)
    asked = StoredRequest(RequestId(0), who, None, "", "Hallo", RequestState.WAITING, "", now, end)

    def change(db: Connection) -> None:
        number = requests.add_request(db, asked, "hash")
        found = requests.find_request(db, number)
        assert found is not None
        assert found == requests.find_by_token(db, "hash") == requests.find_by_account(db, who)
        assert (found.body, found.made_at, found.ends_at) == ("Hallo", now, end)
        assert (requests.count_waiting(db), requests.oldest_waiting(db)) == (1, now)
        requests.add_vouch(db, number, voucher)
        assert requests.vouchers(db, number) == {voucher}
        assert requests.waiting_origins(db) == [("server", 1)]
        shown = {"server": [Waiting(number, "juno", "Hallo", now, 1, "")]}
        assert requests.waiting_shown(db, None, largest=2, most=9) == shown
        assert requests.waiting_shown(db, None, largest=1, most=9) == {}
        assert requests.waiting_shown(db, "server", largest=1, most=9) == shown
        assert requests.waiting_of(db, "server", most=9) == [found]
        assert requests.waiting_of(db, None, most=9) == []
        assert requests.requests_over(db, end, most=9) == [found]
        assert requests.close_request(db, number, RequestState.DECLINED, "Nein", end)
        assert not requests.close_request(db, number, RequestState.GRANTED, "", end)
        wiped = replace(found, body="", answer="Nein", state=RequestState.DECLINED)
        assert requests.find_request(db, number) == wiped
        requests.delete_request(db, number)
        assert requests.find_request(db, number) is None
        assert requests.oldest_waiting(db) is None

    town.run(town.database.write(change))


def test_who_came_so_long_ago_that_the_origin_is_forgotten_still_waits(town: Town) -> None:
    who, now = town.account(Arrivals(town).member("juno")), town.clock.now()
    end = now + timedelta(days=60)
    asked = StoredRequest(RequestId(0), who, None, "", "", RequestState.WAITING, "", now, end)

    def change(db: Connection) -> None:
        requests.add_request(db, asked, "hash")
        db.execute(origins.delete())
        assert requests.waiting_origins(db) == [(None, 1)]
        assert len(requests.waiting_of(db, None, most=9)) == 1
        assert len(requests.waiting_shown(db, None, largest=1, most=9)[None]) == 1

    town.run(town.database.write(change))


def test_questions_use_indexes(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    town = Town(database)
    assert town.run(database.read(lambda db: full_scans(db, requests))) == []
    database.close()
