"""A port is free until somebody listens there, and answers then."""

import socket

from allmende.app.doctor.ports import answers, is_free
from allmende.app.doctor.situation import Situation
from tests.ports import free_port


def test_who_listens_answers_and_takes_the_port(here: Situation) -> None:
    number = free_port()
    assert is_free(here, number)
    assert not answers(here, number)
    with socket.create_server(("127.0.0.1", number)):
        assert not is_free(here, number)
        assert answers(here, number)
