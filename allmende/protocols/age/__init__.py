"""Files that only somebody with a key can read: the format age-encryption.org/v1, writing only.

A *recipient* (``age1...``) is the public half of an X25519 key. Words of the format: a header says
for whom, the payload is cut into chunks of 64 KiB. Specification: C2SP, age.md.
"""

from allmende.protocols.age.payload import CHUNK_BYTES, Payload
from allmende.protocols.age.recipients import NotARecipient, public_key
from allmende.protocols.age.stanzas import FileKey, header

__all__ = ["CHUNK_BYTES", "FileKey", "NotARecipient", "Payload", "header", "public_key"]
