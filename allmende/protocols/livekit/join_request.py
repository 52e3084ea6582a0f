"""The join request: what a client says in the address of its WebSocket (spec meet, 5.1).

base64url, padding optional, of WrappedJoinRequest{compression NONE | GZIP, join_request}.
"""

import base64
import binascii
import re
import zlib
from typing import Final

from google.protobuf.message import DecodeError

from allmende.protocols.livekit.messages import JoinRequest, WrappedJoinRequest

MAX_TEXT_CHARACTERS: Final = 64 * 1024
MAX_UNZIPPED_BYTES: Final = 1024 * 1024
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_+/-]*={0,2}", re.ASCII)
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS  # zlib: 16 more means a gzip header (RFC 1952)


class JoinRequestRefused(Exception):
    """Not base64url, not the message, or the gzip stream is broken."""


class JoinRequestTooLarge(JoinRequestRefused):
    """The text, or what it unzips to, is over its bound."""


def parse_join_request(text: str) -> JoinRequest:
    """Return the message in ``text``. Raises JoinRequestRefused, JoinRequestTooLarge.

    At most MAX_UNZIPPED_BYTES are ever unzipped, so a bomb costs no more than that.
    """
    if len(text) > MAX_TEXT_CHARACTERS:
        raise JoinRequestTooLarge(f"{len(text)} characters")
    wrapped = WrappedJoinRequest()
    _fill(wrapped, _bytes_of(text))
    body = wrapped.join_request
    if wrapped.compression == WrappedJoinRequest.GZIP:
        body = _unzip(body)
    request = JoinRequest()
    _fill(request, body)
    return request


def write_join_request(request: JoinRequest, *, gzip: bool = True) -> str:
    """Return ``request`` as a client puts it into the address."""
    body = request.SerializeToString()
    compression = WrappedJoinRequest.NONE
    if gzip:
        packer = zlib.compressobj(wbits=_GZIP_WINDOW)
        body = packer.compress(body) + packer.flush()
        compression = WrappedJoinRequest.GZIP
    wrapped = WrappedJoinRequest(compression=compression, join_request=body)
    return base64.urlsafe_b64encode(wrapped.SerializeToString()).decode("ascii").rstrip("=")


def _bytes_of(text: str) -> bytes:
    if not _ALPHABET.fullmatch(text):
        raise JoinRequestRefused("not base64url")
    bare = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error as error:
        raise JoinRequestRefused("not base64url") from error


def _unzip(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=_GZIP_WINDOW)
    try:
        plain = unpacker.decompress(body, MAX_UNZIPPED_BYTES)
    except zlib.error as error:
        raise JoinRequestRefused("broken gzip") from error
    if unpacker.unconsumed_tail:
        raise JoinRequestTooLarge(f"more than {MAX_UNZIPPED_BYTES} bytes unzipped")
    if not unpacker.eof:
        raise JoinRequestRefused("gzip ends too early")
    return plain


def _fill(message: WrappedJoinRequest | JoinRequest, body: bytes) -> None:
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise JoinRequestRefused("not the protobuf message") from error
