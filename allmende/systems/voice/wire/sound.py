"""Ping, CryptSetup and VoiceTarget: what belongs to the packets of sound."""

from allmende.protocols.mumble.messages import CryptSetup, Ping, VoiceTarget
from allmende.systems.voice.wire.talk import Handlers, Talk

NONCE_BYTES = 16


async def ping(talk: Talk, asked: Ping) -> None:
    """Answer with real counts: without good packets clients give up UDP."""
    counts = talk.voice.counts(talk.leg)
    talk.line.say(
        Ping(
            timestamp=asked.timestamp,
            good=counts.good,
            late=counts.late,
            lost=counts.lost,
            resync=counts.resync,
        )
    )


async def crypt_setup(talk: Talk, asked: CryptSetup) -> None:
    """Come back in step: take the nonce of the client, or tell ours."""
    nonce = asked.client_nonce
    if nonce is not None and len(nonce) != NONCE_BYTES:
        return
    ours = await talk.voice.resync(talk.leg, nonce)
    if nonce is None:
        talk.line.say(CryptSetup(server_nonce=ours))


async def voice_target(talk: Talk, asked: VoiceTarget) -> None:
    """Say who hears a whisper or a shout."""
    await talk.voice.aiming.set(talk.leg, asked.id or 0, asked.targets)


HANDLERS: Handlers = {Ping: ping, CryptSetup: crypt_setup, VoiceTarget: voice_target}
