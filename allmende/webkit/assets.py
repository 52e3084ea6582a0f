"""The built front end: every file has a hash of its content in its name and never changes.

``npm run build`` fills the folder and writes ``manifest.json`` ({"base.js": "base-5F3K.js"}).
All of it is less than 2 MB and is kept in memory, already compressed; there is no way from
a request to a path.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import NotFound
from allmende.webkit.i18n import Catalogues

PREFIX: Final = "/static/"
FOR_EVER: Final = "public, max-age=31536000, immutable"
TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".png": "image/png",
    ".webp": "image/webp",
    ".mp3": "audio/mpeg",
    ".wasm": "application/wasm",
}
_TEXTS: Final = re.compile(r"texts-([a-z]{2})-([a-z]+(?:\+[a-z]+)*)-([0-9a-f]{10})\.json")


class AssetsMissing(Exception):
    """The front end was not built. The sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its type and its bytes by content coding ("" is plain)."""

    media_type: str
    bodies: Mapping[str, bytes]


class Assets:
    """Knows the files by the name they are asked for and by the name with the hash."""

    def __init__(
        self, manifest: Mapping[str, str], files: Mapping[str, Asset], catalogues: Catalogues
    ) -> None:
        self._manifest = manifest
        self._files = files
        self._catalogues = catalogues

    @classmethod
    def load(cls, folder: Path, catalogues: Catalogues) -> "Assets":
        """Read what was built; AssetsMissing if nothing was."""
        try:
            manifest = msgspec.json.decode(
                (folder / "manifest.json").read_bytes(), type=dict[str, str]
            )
        except FileNotFoundError:
            raise AssetsMissing("The web client is not built: run make frontend") from None
        return cls(manifest, {name: _read(folder / name) for name in manifest.values()}, catalogues)

    @classmethod
    def unbuilt(cls, catalogues: Catalogues) -> "Assets":
        """Names without files, for tests of pages that no browser opens."""
        return cls({}, {}, catalogues)

    def url(self, name: str) -> str:
        """Return where the file ``name`` ("base.js") is."""
        if self._manifest and name not in self._manifest:
            raise KeyError(f"no built file {name}")
        return PREFIX + self._manifest.get(name, name)

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._manifest

    def texts_url(self, language: str, *systems: str) -> str:
        """Return where the texts of ``systems`` are as JSON."""
        chosen = sorted({"web", *systems})
        digest, _ = self._catalogues.as_json(language, chosen)
        return f"{PREFIX}texts-{language}-{'+'.join(chosen)}-{digest}.json"

    def routes(self) -> list[Route]:
        """Return the one path below which all files are."""

        async def serve(request: Request) -> Response:
            name = request.path_params["name"]
            asset = self._files.get(name) or self._texts(name)
            if asset is None:
                raise NotFound("web.not-found", detail="no such built file")
            return _answer(asset, request.headers.get("accept-encoding", ""))

        return [Route(PREFIX + "{name}", serve, methods=["GET"], name="static")]

    def _texts(self, name: str) -> Asset | None:
        match = _TEXTS.fullmatch(name)
        if not match or match[1] not in self._catalogues.languages:
            return None
        digest, body = self._catalogues.as_json(match[1], match[2].split("+"))
        return Asset(TYPES[".json"], {"": body}) if digest == match[3] else None


def _read(path: Path) -> Asset:
    bodies = {"": path.read_bytes()}
    for coding, suffix in (("gzip", ".gz"), ("br", ".br")):
        packed = path.with_name(path.name + suffix)
        if packed.exists():
            bodies[coding] = packed.read_bytes()
    return Asset(TYPES[path.suffix], bodies)


def _answer(asset: Asset, accepted: str) -> Response:
    codings = {part.partition(";")[0].strip() for part in accepted.split(",")}
    coding = next((name for name in ("br", "gzip") if name in codings and name in asset.bodies), "")
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if coding:
        headers["Content-Encoding"] = coding
    return Response(asset.bodies[coding], headers=headers, media_type=asset.media_type)
