import inspect

from allmende.core.ports.room_chat import RoomChat
from allmende.systems.chat.service import ChatService

MOST_METHODS = 7


def test_the_port_is_small_and_the_chat_answers_it() -> None:
    methods = {name for name, _ in inspect.getmembers(RoomChat, inspect.isfunction)}
    methods = {name for name in methods if not name.startswith("_")}
    assert len(methods) <= MOST_METHODS
    for name in methods:
        asked = inspect.signature(getattr(RoomChat, name))
        assert asked == inspect.signature(getattr(ChatService, name))
