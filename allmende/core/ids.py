"""Numbers that name things. They are given by the database and never used twice."""

from typing import Final, NewType

AccountId = NewType("AccountId", int)
SessionId = NewType("SessionId", int)
GroupId = NewType("GroupId", int)
RoomId = NewType("RoomId", int)
LinkId = NewType("LinkId", int)
InviteId = NewType("InviteId", int)
MessageId = NewType("MessageId", int)
PadId = NewType("PadId", int)
AssemblyId = NewType("AssemblyId", int)
ItemId = NewType("ItemId", int)
AppPasswordId = NewType("AppPasswordId", int)
PasskeyId = NewType("PasskeyId", int)
CertificateId = NewType("CertificateId", int)
RequestId = NewType("RequestId", int)
NoticeId = NewType("NoticeId", int)
HandoutId = NewType("HandoutId", int)
FactId = NewType("FactId", int)

GuestId = NewType("GuestId", str)
"""26 characters of base32: random, lives in the guest's cookie, never stored beside an account."""

MAX_ID: Final = 2**63 - 1
