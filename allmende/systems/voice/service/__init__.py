"""What may be done by Mumble: come in, move, speak in turn, keep order, write."""

from allmende.systems.voice.service.voice import VoiceService

__all__ = ["VoiceService"]
