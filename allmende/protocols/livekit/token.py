"""LiveKit's access token: a JWT, HS256 (RFC 7519; spec meet, 11).

Times are whole seconds since 1970; the caller says what time it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt

LEEWAY_S: Final = 10
MAX_TOKEN_CHARACTERS: Final = 16 * 1024
SOURCES: Final = ("microphone", "camera", "screen_share", "screen_share_audio")
_NEVER: Final = ("hidden", "recorder", "roomAdmin", "roomRecord", "agent")


class TokenRefused(Exception):
    """Missing, forged, of another algorithm or without a needed claim."""


class TokenExpired(TokenRefused):
    """Well made, but its time is over or has not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What a token says. ``sources``: what may be published, LiveKit's words."""

    identity: str
    room: str
    name: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = SOURCES
    data: bool = True
    subscribe: bool = True


def write_token(grants: Grants, *, key: str, secret: bytes, now_s: int, valid_s: int) -> str:
    """Return a token that is valid from now on for ``valid_s`` seconds."""
    claims = {
        "iss": key,
        "sub": grants.identity,
        "name": grants.name,
        "nbf": now_s,
        "exp": now_s + valid_s,
        "attributes": dict(grants.attributes),
        "video": {
            "room": grants.room,
            "roomJoin": True,
            "canPublish": bool(grants.sources),
            "canSubscribe": grants.subscribe,
            "canPublishData": grants.data,
            "canPublishSources": list(grants.sources),
            "canUpdateOwnMetadata": False,
        },
    }
    return jwt.encode(claims, secret, algorithm="HS256")


def read_token(token: str, *, key: str, secret: bytes, now_s: int) -> Grants:
    """Return what ``token`` grants. Raises TokenRefused, TokenExpired."""
    claims = _claims(token, secret)
    if claims.get("iss") != key:
        raise TokenRefused("unknown issuer")
    _check_times(claims, now_s)
    video = claims.get("video")
    if not isinstance(video, dict) or video.get("roomJoin") is not True:
        raise TokenRefused("no grant to join")
    if any(video.get(name) for name in _NEVER):
        raise TokenRefused("a grant that is never given")
    return Grants(
        identity=_text(claims, "sub"),
        room=_text(video, "room"),
        name=claims["name"] if isinstance(claims.get("name"), str) else "",
        attributes=_attributes(claims.get("attributes")),
        sources=_sources(video),
        data=video.get("canPublishData", True) is True,
        subscribe=video.get("canSubscribe", True) is True,
    )


def _claims(token: str, secret: bytes) -> dict[str, Any]:
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenRefused("too long")
    # The times are compared in _check_times: this module does not look at the clock.
    options: Any = {name: False for name in ("verify_exp", "verify_nbf", "verify_iat")}
    options |= {"verify_aud": False, "verify_sub": False, "verify_jti": False}
    try:
        return jwt.decode(token, secret, algorithms=["HS256"], options=options)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise TokenRefused("not a token of ours") from error


def _check_times(claims: Mapping[str, Any], now_s: int) -> None:
    begins, until = _time(claims.get("nbf", 0)), _time(claims.get("exp"))
    if not begins - LEEWAY_S <= now_s < until + LEEWAY_S:
        raise TokenExpired("not valid now")


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused("no times")
    return value


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 256:
        raise TokenRefused(f"no {name}")
    return value


def _attributes(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, str)}


def _sources(video: Mapping[str, Any]) -> tuple[str, ...]:
    if video.get("canPublish", True) is not True:
        return ()
    listed = video.get("canPublishSources")
    if not isinstance(listed, list) or not listed:
        return SOURCES
    return tuple(source for source in SOURCES if source in listed)
