"""What may be done on the pages of desk."""

from allmende.systems.desk.service.desk import (
    MAX_TEXT_BYTES,
    TEXT_KINDS,
    DeskService,
    GroupWithPads,
    OperatorTexts,
    Paragraphs,
    RoomSettings,
    WrittenText,
    read_texts,
)

__all__ = [
    "MAX_TEXT_BYTES",
    "TEXT_KINDS",
    "DeskService",
    "GroupWithPads",
    "OperatorTexts",
    "Paragraphs",
    "RoomSettings",
    "WrittenText",
    "read_texts",
]
