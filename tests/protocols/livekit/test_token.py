from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.livekit.token import (
    MAX_TOKEN_CHARACTERS,
    Grants,
    TokenExpired,
    TokenRefused,
    read_token,
    write_token,
)

SECRET = b"s" * 32
MARA = Grants(
    identity="mara",
    room="r7",
    name="Mara",
    attributes={"allmende.role": "guest"},
    sources=("microphone",),
    data=False,
)


def _read(token: str, now_s: int = 1000) -> Grants:
    return read_token(token, key="allmende", secret=SECRET, now_s=now_s)


def _claims(**changes: Any) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "iss": "allmende",
        "sub": "mara",
        "nbf": 1000,
        "exp": 1120,
        "video": {"room": "r7", "roomJoin": True},
    }
    claims |= changes
    return {name: value for name, value in claims.items() if value is not None}


def _signed(claims: dict[str, Any], secret: bytes = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm)


@pytest.mark.parametrize("grants", [MARA, Grants(identity="x", room="y", subscribe=False)])
def test_what_is_written_is_read(grants: Grants) -> None:
    token = write_token(grants, key="allmende", secret=SECRET, now_s=1000, valid_s=120)
    assert _read(token) == grants


def test_every_grant_is_written_since_an_absent_one_means_yes() -> None:
    token = write_token(MARA, key="allmende", secret=SECRET, now_s=1000, valid_s=120)
    video = jwt.decode(token, options={"verify_signature": False})["video"]
    assert video == {
        "room": "r7",
        "roomJoin": True,
        "canPublish": True,
        "canSubscribe": True,
        "canPublishData": False,
        "canPublishSources": ["microphone"],
        "canUpdateOwnMetadata": False,
    }


def test_somebody_without_sources_may_not_publish() -> None:
    grants = Grants(identity="mara", room="r7", sources=())
    token = write_token(grants, key="allmende", secret=SECRET, now_s=1000, valid_s=120)
    assert _read(token).sources == ()


def test_absent_grants_mean_everything() -> None:
    grants = _read(_signed(_claims()))
    assert len(grants.sources) == 4
    assert grants.data
    assert grants.subscribe


def test_a_token_is_good_from_ten_seconds_before_to_ten_seconds_after() -> None:
    token = _signed(_claims())
    for now_s in (990, 1129):
        assert _read(token, now_s).identity == "mara"
    for now_s in (989, 1130, 99999):
        with pytest.raises(TokenExpired):
            _read(token, now_s)


@pytest.mark.parametrize(
    "claims",
    [
        _claims(iss="somebody"),
        _claims(iss=None),
        _claims(sub=None),
        _claims(sub=""),
        _claims(sub=7),
        _claims(sub="m" * 257),
        _claims(exp=None),
        _claims(exp="soon"),
        _claims(exp=True),
        _claims(nbf="now"),
        _claims(video=None),
        _claims(video="all"),
        _claims(video={"roomJoin": True}),
        _claims(video={"room": "r7"}),
        _claims(video={"room": "r7", "roomJoin": 1}),
        *(
            _claims(video={"room": "r7", "roomJoin": True, never: True})
            for never in ("hidden", "recorder", "roomAdmin", "roomRecord", "agent")
        ),
    ],
)
def test_a_token_with_other_claims_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        _read(_signed(claims))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        _signed(_claims(), secret=b"o" * 32),
        _signed(_claims(), secret=b"s" * 64, algorithm="HS512"),
        jwt.encode(_claims(), "", algorithm="none"),
        _signed(_claims())[:-2],
        "x" * (MAX_TOKEN_CHARACTERS + 1),
    ],
)
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused):
        _read(token)


def test_odd_attributes_and_sources_are_left_out() -> None:
    video = {"room": "r7", "roomJoin": True, "canPublishSources": ["camera", "screen", 3]}
    grants = _read(_signed(_claims(attributes={"a": "b", "c": 3}, video=video, name=5)))
    assert grants.attributes == {"a": "b"}
    assert grants.sources == ("camera",)
    assert grants.name == ""
    assert _read(_signed(_claims(attributes=[]))).attributes == {}


@given(st.text(max_size=200))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused):
        _read(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=10,
    )
)
def test_any_video_claim_is_read_or_refused(video: object) -> None:
    try:
        _read(_signed(_claims(video=video)))
    except TokenRefused:
        return
