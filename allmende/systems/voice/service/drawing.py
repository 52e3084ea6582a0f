"""Pictures that clients send: of themselves, and in texts. Each is made anew, none is kept."""

import base64
import binascii
import hashlib
from urllib.parse import unquote_to_bytes

from allmende.core.errors import InvalidInput, QuotaExceeded
from allmende.systems.voice.service import rich
from allmende.systems.voice.service.legs import Leg
from allmende.systems.voice.service.needs import Broadcast, Pictures
from allmende.systems.voice.service.texting import require_fitting

MAX_PICTURES = 4
"""In one text."""


class Drawing:
    """What comes out was written here, not by whoever sent it."""

    def __init__(self, pictures: Pictures, broadcast: Broadcast) -> None:
        self._pictures = pictures
        self._broadcast = broadcast

    async def set_texture(self, leg: Leg, data: bytes) -> None:
        """Let others see a picture of somebody; nothing: none. Raises InvalidInput, Unavailable."""
        leg.texture = await self._pictures.again(data) if data else b""
        # Mumble names pictures by SHA-1; whoever could forge one would forge their own.
        made = hashlib.sha1(leg.texture, usedforsecurity=False).digest()
        leg.texture_hash = made if leg.texture else b""
        self._broadcast.touch()

    async def set_comment(self, leg: Leg, html: str) -> None:
        """Let others read what somebody says of themself. Raises like ``clean``."""
        require_fitting(html)
        leg.comment = await self.clean(html)
        self._broadcast.touch()

    async def reset(self, leg: Leg, comment: str | None, texture: bytes | None) -> None:
        """Take away what somebody shows of themself, as far as it is empty here."""
        if comment is not None:
            await self.set_comment(leg, comment)
        if texture is not None:
            await self.set_texture(leg, texture)

    async def clean(self, html: str) -> str:
        """Return a text as ``rich.clean`` does, with its pictures.

        Raises InvalidInput, QuotaExceeded ``voice.text-too-long``, Unavailable.
        """
        sources = rich.picture_sources(html)
        if not sources:
            return rich.clean(html)
        if len(sources) > MAX_PICTURES or len(html) > rich.MAX_PICTURE_CHARS:
            raise InvalidInput("web.picture-refused", field="message")
        made = {source: await self._again(source) for source in sources}
        text = rich.clean(html, made)
        if len(text) > rich.MAX_PICTURE_CHARS:
            raise QuotaExceeded("voice.text-too-long", most=rich.MAX_TEXT_CHARS)
        return text

    async def _again(self, source: str) -> str:
        kind, _, coded = source.partition(",")
        if kind.lower() not in ("data:image/png;base64", "data:image/jpeg;base64"):
            raise InvalidInput("web.picture-refused", field="message")
        try:
            data = base64.b64decode(unquote_to_bytes(coded), validate=False)
        except (binascii.Error, ValueError) as broken:
            raise InvalidInput("web.picture-refused", field="message") from broken
        made = await self._pictures.again(data)
        kind = "png" if made.startswith(b"\x89PNG") else "jpeg"
        return f"data:image/{kind};base64,{base64.b64encode(made).decode()}"
