"""A native client of which every byte can be made up. It comes from an address of its own."""

import socket
import ssl
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from allmende.protocols.mumble.framing import (
    MAX_AFTER_LOGIN,
    Frame,
    FrameReader,
    frame,
    raw_frame,
    tunnel,
)
from allmende.protocols.mumble.messages import (
    UDP_TUNNEL,
    Authenticate,
    ChannelRemove,
    ChannelState,
    CryptSetup,
    Message,
    PermissionDenied,
    Ping,
    Reject,
    ServerSync,
    UserState,
    Version,
    decode,
)
from allmende.protocols.mumble.ocb2 import AesBlocks, CryptState
from allmende.protocols.mumble.version import Release, pack_v1
from allmende.protocols.mumble.voice import VoicePacket, legacy, parse_legacy

M = TypeVar("M")

HOST: Final = "127.0.0.1"
ELSEWHERE: Final = "127.0.0.2"
"""Where attackers come from, so that those who are counted with them are only they."""

PATIENCE_S: Final = 10.0
AGAIN_S: Final = 0.3
OLD: Final = Version(version_v1=pack_v1(Release(1, 3, 4)), release="1.3.4", os="Linux")
PING: Final = b"\x20\x01"
TOC_20_MS: Final = b"\x78"


def plain_socket(port: int, source: str = ELSEWHERE, *, buffer_bytes: int = 0) -> socket.socket:
    """A connection without TLS. ``buffer_bytes``: how little the kernel may take for it."""
    made = socket.socket()
    if buffer_bytes:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    made.settimeout(PATIENCE_S)
    made.bind((source, 0))
    made.connect((HOST, port))
    return made


def is_open(made: socket.socket) -> bool:
    """Whether the server has not closed it yet; what it said is thrown away."""
    made.setblocking(False)
    try:
        while made.recv(4096):
            pass
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    return False


class Peer:
    """Connected by TLS. ``heard``: all control messages so far; ``voice``: of the tunnel."""

    def __init__(
        self, port: int, source: str = ELSEWHERE, *, certificate: Sequence[Path] = (),
        buffer_bytes: int = 0,
    ) -> None:  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if certificate:
            context.load_cert_chain(certificate[0], certificate[1])
        self.port, self.source = port, source
        self.tls = context.wrap_socket(plain_socket(port, source, buffer_bytes=buffer_bytes))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((source, 0))
        self.udp.connect((HOST, port))
        self.udp.settimeout(PATIENCE_S)
        self.heard: list[Message] = []
        self.voice: list[bytes] = []
        self.session = 0
        self.crypt: CryptState
        self.keys: CryptSetup
        self._reader = FrameReader(MAX_AFTER_LOGIN)
        self._seen = 0
        self._pings = 0
        self.frame = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up without a word."""
        self.udp.close()
        self.tls.close()

    # --- control out ----------------------------------------------------------------------------

    def send(self, *messages: Message) -> None:
        self.send_bytes(b"".join(frame(message) for message in messages))

    def send_raw(self, kind: int, payload: bytes) -> None:
        self.send_bytes(raw_frame(kind, payload))

    def send_bytes(self, data: bytes) -> None:
        """Write; a server that has closed is no error here."""
        self.tls.settimeout(PATIENCE_S)
        with suppress(OSError):
            self.tls.sendall(data)

    def login(self, name: str, password: str) -> Self:
        """Sign in and wait until that is complete."""
        self.send(OLD, Authenticate(username=name, password=password, opus=True))
        self.keys = self.until(CryptSetup)
        self.crypt = CryptState(
            AesBlocks(self.keys.key or b""),
            self.keys.server_nonce or b"",
            self.keys.client_nonce or b"",
        )
        session = self.until(ServerSync).session
        assert session
        self.session = session
        self.barrier()
        return self

    # --- control in -----------------------------------------------------------------------------

    def _more(self) -> bool:
        """Take in what comes next; False: the server has closed."""
        try:
            data = self.tls.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            return False
        for each in self._reader.receive(data):
            self._take(each)
        return bool(data)

    def _take(self, each: Frame) -> None:
        if each.kind == UDP_TUNNEL:
            self.voice.append(each.payload)
        else:
            self.heard.append(decode(each.kind, each.payload))

    def until(self, kind: type[M]) -> M:
        """Wait for the next message of a kind."""
        self.tls.settimeout(PATIENCE_S)
        while True:
            while self._seen < len(self.heard):
                message = self.heard[self._seen]
                self._seen += 1
                if isinstance(message, kind):
                    return message
            assert self._more(), f"closed before {kind.__name__}: {self.heard[-3:]}"

    def barrier(self) -> list[Message]:
        """Let the server answer all that was sent before; return what it said."""
        self._pings += 1
        number, begin = 1_000_000 + self._pings, self._seen
        self.send(Ping(timestamp=number))
        while self.until(Ping).timestamp != number:
            pass
        return [m for m in self.heard[begin : self._seen] if not isinstance(m, Ping)]

    def calm(self) -> None:
        """Ask again and again until a flood is over and pings are answered."""
        self._pings += 1
        number = 1_000_000 + self._pings
        for _ in attempts():
            self.send(Ping(timestamp=number))
            self.tls.settimeout(AGAIN_S)
            with suppress(TimeoutError):
                assert self._more()
            if any(isinstance(m, Ping) and m.timestamp == number for m in self.heard):
                return
        raise AssertionError("no ping is answered")

    def refusal(self) -> Reject | None:
        """Wait for the end of a login; None: it succeeded."""
        self.tls.settimeout(PATIENCE_S)
        while True:
            for message in self.heard:
                if isinstance(message, Reject):
                    return message
                if isinstance(message, ServerSync):
                    self.session = message.session or 0
                    return None
            assert self._more(), self.heard

    def ends(self) -> bool:
        """Wait until the server closes."""
        self.tls.settimeout(AGAIN_S)
        for _ in attempts():
            with suppress(TimeoutError):
                if not self._more():
                    return True
        return False

    def channel(self, name: str) -> int:
        """The number of a channel that we were told of, 0: of none with this name."""
        told = [m for m in self.heard if isinstance(m, ChannelState) and m.name == name]
        return (told[-1].channel_id or 0) if told else 0

    def loses(self, channel: int, within_s: float) -> None:
        """Wait until the server closes, or hides a channel."""
        self.tls.settimeout(within_s)
        while ChannelRemove(channel_id=channel) not in self.heard and self._more():
            pass

    def denials(self) -> list[PermissionDenied]:
        """What was refused so far."""
        return [message for message in self.heard if isinstance(message, PermissionDenied)]

    def state_of(self, session: int) -> list[UserState]:
        """What was told of somebody so far."""
        return [m for m in self.heard if isinstance(m, UserState) and m.session == session]

    # --- sound ----------------------------------------------------------------------------------

    def bind(self) -> Self:
        """Send pings by UDP until one is answered."""
        for _ in attempts():
            self.udp.send(self.crypt.encrypt(PING))
            if self.answers(0.2):
                return self
        raise AssertionError("no datagram was answered")

    def answers(self, within_s: float) -> bool:
        """Whether a datagram comes that opens with our key."""
        self.udp.settimeout(within_s)
        try:
            return any(self.crypt.decrypt(datagram) is not None for datagram in self._datagrams())
        except (TimeoutError, ConnectionRefusedError):
            return False

    def _datagrams(self) -> Iterator[bytes]:
        while True:
            yield self.udp.recv(2048)

    def datagram(self, plain: bytes) -> bytes:
        """Return what may be sent once."""
        return self.crypt.encrypt(plain)

    def send_plain(self, plain: bytes) -> None:
        self.udp.send(self.crypt.encrypt(plain))

    def packet(self, opus: bytes, *, frame: int | None = None, last: bool = False) -> bytes:
        """The next 20 ms of sound."""
        if frame is None:
            frame = self.frame
        self.frame = frame + 2
        return legacy(VoicePacket(session=0, frame=frame, opus=opus, last=last), from_client=True)

    def say(self, opus: bytes, *, frame: int | None = None, last: bool = False) -> None:
        self.send_plain(self.packet(opus, frame=frame, last=last))

    def say_tunnelled(self, opus: bytes) -> None:
        self.send_bytes(tunnel(self.packet(opus)))

    def sounds(self) -> list[VoicePacket]:
        """What came by the tunnel, read."""
        found = [parse_legacy(voice, from_client=False) for voice in self.voice]
        return [one for one in found if isinstance(one, VoicePacket)]


def attempts() -> Iterator[float]:
    """Yield until patience ends."""
    end = time.monotonic() + PATIENCE_S
    while (now := time.monotonic()) < end:
        yield now


def opus(number: int, payload_bytes: int = 40) -> bytes:
    """20 ms that can be recognised; not of zeros, of which OCB2 changes a bit."""
    return TOC_20_MS + struct.pack("!I", number) + b"U" * (payload_bytes - 5)
