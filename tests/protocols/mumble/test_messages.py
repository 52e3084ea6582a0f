from collections.abc import Sequence
from dataclasses import MISSING, fields
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.mumble.errors import MumbleMalformed
from allmende.protocols.mumble.messages import (
    ACL,
    KINDS,
    UDP_TUNNEL,
    ActionContext,
    ActionOperation,
    Authenticate,
    BanEntry,
    BanList,
    ChanACL,
    ChanGroup,
    ChannelRemove,
    ChannelState,
    CodecVersion,
    ContextAction,
    ContextActionModify,
    CryptSetup,
    DenyType,
    ListedUser,
    Message,
    PacketStats,
    PermissionDenied,
    PermissionQuery,
    Ping,
    PluginDataTransmission,
    QueryUsers,
    Reject,
    RejectType,
    RequestBlob,
    ServerConfig,
    ServerSync,
    SuggestConfig,
    TextMessage,
    UnknownKind,
    UserList,
    UserRemove,
    UserState,
    UserStats,
    Version,
    VoiceTarget,
    VoiceTargetEntry,
    VolumeAdjustment,
    decode,
    encode,
    kind_of,
)

# One of each kind. The bytes are those of Google's protobuf with the .proto of Mumble 1.5.735.
SAMPLES: Sequence[tuple[int, Message]] = [
    (0, Version(version_v1=0x105FF, version_v2=1 << 48, release="x", os="", os_version="")),
    (2, Authenticate(username="mara", password="", tokens=("a", "b"), celt_versions=(-2147483637,),
        opus=True, client_type=0)),
    (3, Ping(timestamp=5, good=1, late=2, lost=3, resync=4, udp_packets=6, tcp_packets=7,
        udp_ping_avg=1.5, udp_ping_var=0.25, tcp_ping_avg=2.0, tcp_ping_var=0.5)),
    (4, Reject(type=RejectType.WRONG_USER_PW, reason="no")),
    (5, ServerSync(session=1, max_bandwidth=72000, welcome_text="hallo", permissions=0x806)),
    (6, ChannelRemove(channel_id=7)),
    (7, ChannelState(channel_id=1, parent=0, name="küche", links=(2,), description="d",
        links_add=(3,), links_remove=(4,), temporary=True, position=-2, description_hash=b"h",
        max_users=9, is_enter_restricted=True, can_enter=False)),
    (8, UserRemove(session=1, actor=2, reason="r", ban=False)),
    (9, UserState(session=1, actor=2, name="n", user_id=3, channel_id=4, mute=True, deaf=False,
        suppress=True, self_mute=True, self_deaf=False, texture=b"t", plugin_context=b"c",
        plugin_identity="i", comment="c", hash="h", comment_hash=b"x", texture_hash=b"y",
        priority_speaker=True, recording=False, temporary_access_tokens=("t",),
        listening_channel_add=(5,), listening_channel_remove=(6,),
        listening_volume_adjustment=(
            VolumeAdjustment(listening_channel=5, volume_adjustment=0.5),))),
    (10, BanList(bans=(BanEntry(address=b"\x00", mask=128, name="n", hash="h", reason="r",
        start="s", duration=1),), query=True)),
    (11, TextMessage(actor=1, session=(2,), channel_id=(3,), tree_id=(4,), message="hallo")),
    (12, PermissionDenied(permission=4, channel_id=1, session=2, reason="r",
        type=DenyType.PERMISSION, name="n")),
    (13, ACL(channel_id=1, inherit_acls=True, groups=(ChanGroup(name="g", inherited=True,
        inherit=False, inheritable=True, add=(1,), remove=(2,), inherited_members=(3,)),),
        acls=(ChanACL(apply_here=True, apply_subs=False, inherited=True, user_id=1, group="all",
        grant=2, deny=3),), query=False)),
    (14, QueryUsers(ids=(1, 2), names=("a", "b"))),
    (15, CryptSetup(key=b"k", client_nonce=b"c", server_nonce=b"s")),
    (16, ContextActionModify(action="hand", text="Raise hand",
        context=ActionContext.SERVER | ActionContext.CHANNEL, operation=ActionOperation.ADD)),
    (17, ContextAction(session=1, channel_id=2, action="hand")),
    (18, UserList(users=(ListedUser(user_id=1, name="n", last_seen="l", last_channel=2),))),
    (19, VoiceTarget(id=1, targets=(VoiceTargetEntry(session=(1, 2), channel_id=3, group="g",
        links=True, children=False),))),
    (20, PermissionQuery(channel_id=1, permissions=2, flush=True)),
    (21, CodecVersion(alpha=-2147483637, beta=0, prefer_alpha=True, opus=True)),
    (22, UserStats(session=1, stats_only=True, certificates=(b"c",),
        from_client=PacketStats(good=1, late=2, lost=3, resync=4), from_server=PacketStats(),
        udp_packets=1, tcp_packets=2, udp_ping_avg=1.0, udp_ping_var=2.0, tcp_ping_avg=3.0,
        tcp_ping_var=4.0, version=Version(release="x"), celt_versions=(1,), address=b"a",
        bandwidth=1, onlinesecs=2, idlesecs=3, strong_certificate=False, opus=True)),
    (23, RequestBlob(session_texture=(1,), session_comment=(2,), channel_description=(3,))),
    (24, ServerConfig(max_bandwidth=1, welcome_text="w", allow_html=True, message_length=5000,
        image_message_length=131072, max_users=300, recording_allowed=False)),
    (25, SuggestConfig(version_v1=1, version_v2=2, positional=False, push_to_talk=True)),
    (26, PluginDataTransmission(sender_session=1, receiver_sessions=(), data=b"d", data_id="i")),
]  # fmt: skip

WRITTEN: dict[int, str] = {
    0: "08ff8b041201781a0022002880808080808040",
    2: "0a046d61726112001a01611a0162208b808080f8ffffffff0128013000",
    3: "0805100118022003280430063807450000c03f4d0000803e55000000405d0000003f",
    4: "080312026e6f",
    5: "080110c0b2041a0568616c6c6f208610",
    6: "0807",
    7: ("080110001a066bc3bc63686520022a016430033804400148feffffffffffffffff01520168580960016800"),
    8: "080110021a01722000",
    9: (
        "080110021a016e20032804300138004001480150005a01746201636a01697201637a0168820101788a01"
        "0179900101980100a2010174a80105b00106ba01070805150000003f"
    ),
    10: "0a140a01001080011a016e2201682a017232017338011001",
    11: "08011002180320042a0568616c6c6f",
    12: "080410011802220172280132016e",
    13: "080110011a0f0a0167100118002001280130023803221108011000180120012a03616c6c300238032800",
    14: "08010802120161120162",
    15: "0a016b1201631a0173",
    16: "0a0468616e64120a52616973652068616e6418032000",
    17: "080110021a0468616e64",
    18: "0a0a080112016e1a016c2002",
    19: "0801120d0801080210031a016720012800",
    20: "080110021801",
    21: "088b808080f8ffffffff01100018012001",
    22: (
        "080110011a0163220808011002180320042a0030013802450000803f4d0000004055000040405d000080"
        "40620312017868017201617801800102880103900100980101"
    ),
    23: "080110021803",
    24: "080112017718012088272880800830ac023800",
    25: "0801100018012002",
    26: "08011a0164220169",
}


def test_there_is_a_sample_of_every_kind_and_no_field_is_left_out() -> None:
    assert [kind for kind, _ in SAMPLES] == sorted(KINDS)
    assert set(get_args(Message)) == set(KINDS.values())
    assert UDP_TUNNEL not in KINDS
    for _, sample in SAMPLES:
        unset = [f.name for f in fields(sample) if getattr(sample, f.name) in (None, ())]
        assert unset in ([], ["receiver_sessions"])


@pytest.mark.parametrize(("kind", "sample"), SAMPLES, ids=lambda value: type(value).__name__)
def test_messages_are_written_as_mumble_writes_them_and_come_back(
    kind: int, sample: Message
) -> None:
    assert kind_of(sample) == kind
    assert encode(sample).hex() == WRITTEN[kind]
    assert decode(kind, encode(sample)) == sample


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_message_without_anything_has_absent_fields_or_is_refused(kind: int) -> None:
    if any(field.default is MISSING for field in fields(KINDS[kind])):
        with pytest.raises(MumbleMalformed):
            decode(kind, b"")
    else:
        empty = decode(kind, b"")
        assert type(empty) is KINDS[kind]
        assert all(getattr(empty, field.name) in (None, ()) for field in fields(empty))


@pytest.mark.parametrize("kind", [UDP_TUNNEL, 27, 65535])
def test_a_kind_that_nobody_knows_is_said_to_be_one(kind: int) -> None:
    with pytest.raises(UnknownKind):
        decode(kind, b"")


def test_a_new_kind_of_refusal_is_read_as_none() -> None:
    assert decode(4, b"\x08\x63") == Reject()
    assert decode(12, b"\x28\x63\x18\x01") == PermissionDenied(session=1)


def test_packed_sessions_of_plugins_are_read() -> None:
    assert decode(26, b"\x12\x02\x05\x06") == PluginDataTransmission(receiver_sessions=(5, 6))


@pytest.mark.parametrize(("kind", "sample"), SAMPLES, ids=lambda value: type(value).__name__)
def test_a_message_cut_anywhere_is_a_shorter_one_or_malformed(kind: int, sample: Message) -> None:
    data = encode(sample)
    for end in range(len(data)):
        try:
            assert encode(decode(kind, data[:end])) == data[:end]
        except MumbleMalformed:
            continue


NUMBERS = st.integers(0, 2**32 - 1)
TEXTS = st.text(max_size=20)


def values_of(message: type[Any]) -> st.SearchStrategy[Any]:
    """Make any of the simple messages, from the types of their fields."""
    known: dict[Any, st.SearchStrategy[Any]] = {
        int | None: st.none() | NUMBERS,
        int: NUMBERS,
        str: TEXTS,
        str | None: st.none() | TEXTS,
        bool | None: st.none() | st.booleans(),
        bytes | None: st.none() | st.binary(max_size=20),
        Sequence[int]: st.lists(NUMBERS, max_size=5).map(tuple),
        Sequence[str]: st.lists(TEXTS, max_size=5).map(tuple),
    }
    hints = get_type_hints(message)
    return st.builds(message, **{f.name: known[hints[f.name]] for f in fields(message)})


@pytest.mark.slow
@pytest.mark.parametrize("message", [TextMessage, QueryUsers, UserRemove, CryptSetup, RequestBlob])
@given(data=st.data())
def test_whatever_is_written_is_read(message: type[Any], data: st.DataObject) -> None:
    value = data.draw(values_of(message))
    assert decode(kind_of(value), encode(value)) == value


@pytest.mark.slow
@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=200))
def test_any_bytes_are_a_message_or_malformed(kind: int, payload: bytes) -> None:
    try:
        found = decode(kind, payload)
    except MumbleMalformed:
        return
    assert type(found) is KINDS[kind]
    encode(found)


@pytest.mark.slow
@given(st.sampled_from(SAMPLES), st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_makes_another_message_or_a_malformed_one(
    sample: tuple[int, Message], at: int, byte: int
) -> None:
    kind, message = sample
    data = bytearray(encode(message))
    data[at % len(data)] = byte
    try:
        found = decode(kind, bytes(data))
    except MumbleMalformed:
        return
    assert type(found) is KINDS[kind]
