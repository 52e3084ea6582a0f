"""Whose acts are counted, and in which words minutes begin."""

import pytest

from allmende.core.errors import TooManyRequests
from allmende.storage.database import Database
from allmende.systems.plenum.model.assembly import Language
from tests.systems.plenum.conftest import Hall
from tests.systems.plenum.street import Street
from tests.systems.plenum.web.requests import request


def test_each_person_is_counted_alone(sqlite: Database) -> None:
    hall = Hall(sqlite)
    kit = Street(hall, acts=1).kit
    mara, juno = hall.person("mara"), hall.person("juno")
    for one in (mara, juno, hall.inside("Rabe")):
        kit.count(request(one))
        with pytest.raises(TooManyRequests):
            kit.count(request(one))


def test_minutes_begin_in_the_language_of_who_opens(sqlite: Database) -> None:
    hall = Hall(sqlite)
    kit = Street(hall).kit
    assert kit.language(request(hall.facilitator, "en-GB,de;q=0.5")) is Language.EN
    assert kit.language(request(hall.facilitator, "fr")) is Language.DE
