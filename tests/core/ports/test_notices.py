"""The port Notices: what all systems may ask, and who answers."""

import inspect

from allmende.core.ports.notices import Notices
from allmende.systems.desk.service.notices import NoticeService


def test_the_inbox_of_desk_answers_every_method_of_the_port() -> None:
    asked = [name for name, _ in inspect.getmembers(Notices, inspect.iscoroutinefunction)]
    assert asked == ["tell"]
    for name in asked:
        ours = inspect.signature(getattr(NoticeService, name))
        assert ours.parameters == inspect.signature(getattr(Notices, name)).parameters
