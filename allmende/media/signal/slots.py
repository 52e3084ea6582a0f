"""Slots: a few tracks of one participant "voice" in which all who talk take turns.

Spec meet, 8 (Last-N) and voice, 6. They carry whom clients of LiveKit cannot hear directly:
native legs always, and everybody once the room has grown or somebody hears slots alone.
"""

import json
from collections.abc import Sequence
from typing import Final

from allmende.core.ports.conference import Rights, Source
from allmende.media.signal.flow import reconsider, reconsider_all
from allmende.media.signal.participant import Newcomer, Participant, make_participant, no_leg
from allmende.media.signal.room import Room
from allmende.media.signal.sids import new_sid
from allmende.media.signal.tracks import Track
from allmende.protocols.livekit.messages import (
    JoinRequest,
    ParticipantInfo,
    TrackInfo,
    TrackSource,
    TrackType,
)

IDENTITY: Final = "voice"
TOPIC: Final = "allmende.slots"
MAX_DIRECT: Final = 16
"""With more microphones than this, sound comes through slots (spec meet, 8)."""


def open_slots(room: Room, count: int, *, direct: bool) -> None:
    """Let there be ``count`` slots, if there are none. ``direct`` never becomes true again."""
    if room.slots is None:
        room.slots = _participant(room, count)
        room.direct = direct
        room.tell_slots()
        room.touch(room.slots)
    elif room.direct and not direct:
        room.direct = False
        room.tell_slots()
    else:
        return
    slots = room.slots
    for track in slots.tracks.values():
        for receiver in list(room.participants.values()):
            reconsider(room, receiver, slots, track)
    if not room.direct:
        for participant in list(room.participants.values()):
            reconsider_all(room, participant)


def _participant(room: Room, count: int) -> Participant:
    newcomer = Newcomer(
        sid=new_sid("PA_"),
        identity=IDENTITY,
        name=IDENTITY,
        rights=Rights(sources=frozenset({Source.MICROPHONE}), data=False, subscribe=False),
        attributes={},
        request=JoinRequest(),
        leg=no_leg(),
        generation=room.generation,
    )
    made = make_participant(newcomer, 0, room.created_at, 0.0)
    made.state = ParticipantInfo.ACTIVE
    for place in range(count):
        track = _track(made.sid, name_of(place))
        made.tracks[track.sid] = track
    return made


def _track(owner: str, name: str) -> Track:
    info = TrackInfo(
        sid=new_sid("TR_"),
        type=TrackType.AUDIO,
        source=TrackSource.MICROPHONE,
        name=name,
        stream=name,
        disable_red=True,
        mime_type="audio/opus",
    )
    return Track(
        owner=owner,
        cids=frozenset(),
        source=Source.MICROPHONE,
        info=info,
        up=True,
        announced=True,
        heard=True,
    )


def microphones(room: Room) -> int:
    """Count microphones of clients: what each other client would receive directly."""
    people = (each for each in room.participants.values() if each.end.offers)
    tracks = (track for each in people for track in each.tracks.values() if track.announced)
    return sum(1 for track in tracks if track.source is Source.MICROPHONE)


def name_of(place: int) -> str:
    """Return the name of the track of the slot at ``place``, which counts from 0."""
    return f"slot-{place + 1}"


def fill(room: Room, place: int, identity: str, to: Sequence[str] = ()) -> None:
    """The slot at ``place`` carries ``identity`` from now on (empty: nobody): tell clients.

    ``to``: identities that are whispered to, and told alone. Who joins later reads what all
    may know in the attributes of the participant; they are not broadcast.
    """
    if room.slots is None:
        return
    attributes = room.slots.attributes
    attributes.pop(name_of(place), None)
    if identity and not to:
        attributes[name_of(place)] = identity
    said: dict[str, object] = {"slot": place + 1, "identity": identity}
    if to:
        said["whisper"] = True
    command = room.data(TOPIC, json.dumps(said).encode(), to)
    if command is not None:
        room.worker.tell(command)
