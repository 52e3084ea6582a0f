"""The honest label of a room: what its real settings mean for those inside (product, 9)."""

from collections.abc import Mapping, Sequence

from allmende.core.rooms import Lobby, Room

Sentence = tuple[str, Mapping[str, object]]

_DAY_H = 24
_LOBBIES = {Lobby.GUESTS: "identity.label-guests-wait", Lobby.ALL: "identity.label-all-wait"}


def room_label(room: Room, chat_hours: int | None) -> Sequence[Sentence]:
    """Return the sentences as message ids with values, to be shown in this order.

    ``chat_hours``: how long messages are kept; None where there is no chat.
    """
    readers = "identity.label-open" if room.group_id is None else "identity.label-group"
    sentences: list[Sentence] = [(readers, {})]
    if room.lobby in _LOBBIES:
        sentences.append((_LOBBIES[room.lobby], {}))
    if chat_hours is not None:
        sentences.append(kept_sentence(chat_hours))
    sentences.append(("identity.label-not-recorded", {}))
    return sentences


def kept_sentence(hours: int) -> Sentence:
    """Return how long messages are kept, in days where they are whole ones."""
    if hours % _DAY_H or hours <= _DAY_H:
        return ("identity.label-kept-hours", {"n": hours})
    return ("identity.label-kept", {"n": hours // _DAY_H})
