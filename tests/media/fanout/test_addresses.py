"""Addresses in the bytes of the kernel."""

import socket
import struct

import pytest

from allmende.media.fanout.addresses import sending_from, sockaddr


def test_an_address_of_the_old_family() -> None:
    made = sockaddr(socket.AF_INET, ("127.0.0.1", 0x1234))
    family = struct.pack("@H", socket.AF_INET)
    assert made == family + b"\x12\x34" + bytes((127, 0, 0, 1)) + bytes(8)


@pytest.mark.parametrize(
    ("remote", "host", "scope"),
    [
        (("::1", 0x1234, 0, 0), bytes(15) + b"\1", 0),
        (("fe80::1", 0x1234, 0, 7), b"\xfe\x80" + bytes(13) + b"\1", 7),
        (("fe80::1%eth0", 0x1234, 0, 7), b"\xfe\x80" + bytes(13) + b"\1", 7),
        (("::ffff:1.2.3.4", 0x1234, 0, 0), bytes(10) + b"\xff\xff\1\2\3\4", 0),
        (("1.2.3.4", 0x1234), bytes(10) + b"\xff\xff\1\2\3\4", 0),
    ],
)
def test_an_address_of_the_new_family(remote: tuple[str, int], host: bytes, scope: int) -> None:
    family = struct.pack("@H", socket.AF_INET6)
    made = sockaddr(socket.AF_INET6, remote)
    assert made == family + b"\x12\x34" + bytes(4) + host + struct.pack("@I", scope)


def test_the_kernel_understands_them() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as bound:
        bound.bind(("::1", 0))
        host, port, flow, scope = bound.getsockname()
        assert sockaddr(socket.AF_INET6, (host, port, flow, scope))[2:4] == struct.pack("!H", port)


def test_what_is_no_address_is_an_error() -> None:
    for family, host in ((socket.AF_INET, "::1"), (socket.AF_INET6, "x:y"), (socket.AF_INET, "")):
        with pytest.raises(OSError, match="illegal"):
            sockaddr(family, (host, 1))


def test_only_a_link_local_source_keeps_its_interface() -> None:
    v4 = struct.pack("@I4s4s", 3, bytes((10, 0, 0, 1)), bytes((10, 0, 0, 255)))
    assert sending_from(v4) == (
        socket.IPPROTO_IP,
        8,
        struct.pack("@I4s4s", 0, bytes((10, 0, 0, 1)), bytes(4)),
    )
    for host, interface in (("2001:db8::1", 0), ("fe80::1", 3)):
        packed = socket.inet_pton(socket.AF_INET6, host)
        made = sending_from(struct.pack("@16sI", packed, 3))
        assert made == (
            socket.IPPROTO_IPV6,
            socket.IPV6_PKTINFO,
            struct.pack("@16sI", packed, interface),
        )


def test_nothing_is_the_choice_of_the_kernel_and_what_is_no_pktinfo_an_error() -> None:
    assert sending_from(b"") is None
    with pytest.raises(ValueError, match="PKTINFO"):
        sending_from(b"xyz")
