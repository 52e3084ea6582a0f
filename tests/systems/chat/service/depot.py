"""A square where files can be put: contents in a folder, pictures freed of what is not seen."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

from PIL import Image

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.storage.blobs import BlobHash, FolderBlobs
from allmende.systems.chat.service.uploads import Slot, UploadService, UploadSettings
from allmende.transports.pictures import Pictures
from tests.systems.chat.conftest import Square
from tests.transports.child.at_once import AtOnce

URL = "https://files.x.example"
SMALL = UploadSettings(url=URL, max_bytes=100_000, day_bytes=150_000)


def photo() -> bytes:
    """A photograph that says where it was taken."""
    made, out = Image.Exif(), io.BytesIO()
    made[0x010E] = "at home"
    Image.new("RGB", (64, 48), "red").save(out, "JPEG", exif=made)
    return out.getvalue()


class Depot:
    """mara's files."""

    def __init__(self, square: Square, folder: Path, settings: UploadSettings = SMALL) -> None:
        self.square, self.mara = square, square.person("mara")
        self.blobs = FolderBlobs(folder)
        self.uploads = UploadService(
            square.database, self.blobs, Pictures(AtOnce()), square.clock, b"k" * 32, settings
        )

    @property
    def account(self) -> AccountId:
        assert self.mara.account_id is not None
        return self.mara.account_id

    def slot(
        self, size: int, name: str = "a.bin", kind: str = "", who: Caller | None = None
    ) -> Slot:
        return self.square.run(self.uploads.slot(who or self.mara, name, size, kind))

    def put(self, slot: Slot, *pieces: bytes, size: int | None = None, kind: str = "") -> None:
        """Bring a file, as the route does."""
        token, name, text = parts(slot)

        async def body() -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

        ticket = self.uploads.admit(token, name, text, size, kind)
        self.square.run(self.uploads.take(ticket, token, name, body()))

    def bring(self, content: bytes, name: str = "a.bin", kind: str = "") -> Slot:
        slot = self.slot(len(content), name, kind)
        self.put(slot, content, size=len(content), kind=kind)
        return slot

    def fetch(self, slot: Slot) -> tuple[str, bytes]:
        """Return type and content. Raises NotFound."""

        async def story() -> tuple[str, bytes]:
            file = await self.uploads.file(*parts(slot)[:2])
            whole = b"".join([piece async for piece in self.uploads.content(file)])
            assert len(whole) == file.size_bytes
            return file.kind, whole

        return self.square.run(story())

    def on_disk(self, name: str) -> bool:
        async def story() -> bool:
            return await self.blobs.size_bytes(BlobHash(name)) > 0

        return self.square.run(story())


def parts(slot: Slot) -> tuple[str, str, str]:
    """Return token, name and ticket of a place. Names here need no quoting."""
    path, _, text = slot.put.partition("?v=")
    token, name = path.removeprefix(f"{URL}/files/").split("/")
    return token, name, text
