"""The two ends of a participant's one transport: what the offer says, what the worker says."""

import asyncio
from typing import Final

from allmende.media.control import Done, RestartIce, SetRemote
from allmende.media.link import WorkerGone
from allmende.media.signal.answer import Local, host_candidates
from allmende.media.signal.participant import Participant, Remote
from allmende.media.signal.room import Room
from allmende.protocols.sdp.model import Description, Section

LONG_PTIME_MS: Final = 40
"""Half as many packets as clients send by themselves: measured for Chromium (spec meet, 6)."""
_DEFAULT_MESSAGE_BYTES = 65536  # RFC 8841, 6.1: what holds if the attribute is absent


class OfferRefused(Exception):
    """The client has to leave: its offer cannot be answered."""


async def settle(room: Room, participant: Participant, offer: Description) -> Local:
    """Tell the worker of the client's end, restart ICE if the client did; return our end.

    Raises OfferRefused, WorkerGone, WorkerRefused.
    """
    remote = _remote(offer)
    before = participant.sections.remote
    if before is not None and before.fingerprint != remote.fingerprint:
        raise OfferRefused("another fingerprint")
    waits: list[asyncio.Future[Done]] = []
    if before is not None and before.ufrag != remote.ufrag:
        participant.leg_restart = room.worker.ask(RestartIce(id=0, leg=participant.sid))
    if before != remote:
        waits.append(room.worker.ask(_command(participant.sid, remote)))
        participant.sections.remote = remote
    opened = await asyncio.shield(participant.leg)
    restarted = opened
    if participant.leg_restart is not None:
        restarted = await asyncio.shield(participant.leg_restart)
    await asyncio.gather(*waits)
    ready = room.worker.ready
    if ready is None:
        raise WorkerGone("down")
    participant.sections.version += 1
    return Local(
        ufrag=restarted.ufrag,
        pwd=restarted.pwd,
        fingerprint=opened.fingerprint,
        candidates=host_candidates(ready.addresses, ready.udp_port, ready.tcp_port),
        session_id=participant.sections.session_id,
        version=participant.sections.version,
        data=ready.data_channels,
        ptime_ms=LONG_PTIME_MS if room.plan.audio_first else 0,
    )


def _remote(offer: Description) -> Remote:
    sections = [section for section in offer.sections if not section.rejected]
    ices = [*(section.ice for section in sections), offer.ice]
    ufrag = next((ice.ufrag for ice in ices if ice.ufrag), "")
    fingerprint = next((ice.fingerprint for ice in ices if ice.fingerprint), "")
    if not ufrag or not fingerprint:
        raise OfferRefused("no ufrag or no fingerprint")
    data = next((section for section in sections if section.kind == "application"), None)
    return Remote(
        fingerprint=fingerprint,
        ufrag=ufrag,
        sctp_port=data.sctp_port if data else 0,
        max_message_bytes=_message_bytes(data),
    )


def fingerprint_of(offer: Description) -> str:
    """Return the fingerprint that ``offer`` tells. Raises OfferRefused."""
    return _remote(offer).fingerprint


def _message_bytes(data: Section | None) -> int:
    if data is None or data.max_message_bytes == 0:
        return _DEFAULT_MESSAGE_BYTES
    return min(data.max_message_bytes, 2**31 - 1)


def _command(leg: str, remote: Remote) -> SetRemote:
    return SetRemote(
        id=0,
        leg=leg,
        fingerprint=remote.fingerprint,
        ufrag=remote.ufrag,
        sctp_port=remote.sctp_port,
        max_message_bytes=remote.max_message_bytes,
    )
