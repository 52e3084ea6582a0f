"""The honest label of a room: what its real settings mean for those inside (product, 9)."""

from collections.abc import Mapping, Sequence

from allmende.core.rooms import Lobby, Room

Sentence = tuple[str, Mapping[str, object]]

_LOBBIES = {Lobby.GUESTS: "identity.label-guests-wait", Lobby.ALL: "identity.label-all-wait"}


def room_label(room: Room, chat_days: int | None) -> Sequence[Sentence]:
    """Return the sentences as message ids with values, to be shown in this order.

    ``chat_days``: how long messages are kept; None where there is no chat.
    """
    readers = "identity.label-open" if room.group_id is None else "identity.label-group"
    sentences: list[Sentence] = [(readers, {})]
    if room.lobby in _LOBBIES:
        sentences.append((_LOBBIES[room.lobby], {}))
    if chat_days is not None:
        sentences.append(("identity.label-kept", {"n": chat_days}))
    sentences.append(("identity.label-not-recorded", {}))
    return sentences
