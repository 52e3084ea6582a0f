"""The port Pads without pads: texts in memory, each key taken once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from allmende.core.accounts import Caller
from allmende.core.errors import AllmendeError, InvalidInput, NotFound
from allmende.core.ids import GroupId, PadId, RoomId
from allmende.core.ports.pads import PadShown


@dataclass
class FakePad:
    """One text, and what was added to it."""

    room_id: RoomId
    name: str
    text: str
    keys: list[str] = field(default_factory=list)
    frozen: bool = False


class FakePads:
    """Answers at once. ``failure`` is raised instead, while it is there.

    ``refused``: names that no pad can have. ``appending`` and ``appended`` are called with the
    key before and after something is added.
    """

    def __init__(self) -> None:
        self.pads: dict[PadId, FakePad] = {}
        self.failure: AllmendeError | None = None
        self.refused: set[str] = set()
        self.appending: Callable[[str], object] = str
        self.appended: Callable[[str], object] = str

    # --- what the port says ---------------------------------------------------------

    async def create_pad(self, who: Caller, room_id: RoomId, name: str, markdown: str) -> PadShown:
        self._fail()
        if name in self.refused:
            raise InvalidInput("pads.name-refused")
        for pad_id, pad in self.pads.items():
            if (pad.room_id, pad.name) == (room_id, name):
                return shown(pad_id, pad)
        pad_id = PadId(len(self.pads) + 1)
        self.pads[pad_id] = FakePad(room_id, name, markdown)
        return shown(pad_id, self.pads[pad_id])

    async def append_blocks(self, pad_id: PadId, markdown: str, key: str) -> None:
        self._fail()
        pad = self._pad(pad_id)
        self.appending(key)
        if key not in pad.keys:
            pad.keys.append(key)
            pad.text += f"\n{markdown}"
        self.appended(key)

    async def pad_markdown(self, pad_id: PadId) -> str:
        return self._pad(pad_id).text

    async def freeze_pad(self, pad_id: PadId, *, frozen: bool) -> None:
        self._pad(pad_id).frozen = frozen

    async def pads_of_group(self, who: Caller, group_id: GroupId) -> Sequence[PadShown]:
        return []

    # --- what tests say ---------------------------------------------------------------

    def text(self) -> str:
        """The only text there is."""
        (pad,) = self.pads.values()
        return pad.text

    def _pad(self, pad_id: PadId) -> FakePad:
        if pad_id not in self.pads:
            raise NotFound("pads.not-found")
        return self.pads[pad_id]

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


def shown(pad_id: PadId, pad: FakePad) -> PadShown:
    return PadShown(
        id=pad_id,
        path=f"/r/{pad.room_id}/pads/{pad.name}",
        name=pad.name,
        title=pad.name,
        room_id=pad.room_id,
        edited_at=None,
        ends_at=None,
        people=0,
    )
