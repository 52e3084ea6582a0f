"""The guide: how to take part, and what one can do with an account.

Its texts are Markdown files, ``templates/desk/guide/LANGUAGE/TOPIC.md``: a heading, a paragraph
that says what it is about, then the rest. A picture is a line of its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.errors import NotFound
from allmende.core.late import Late
from allmende.protocols.markup.html import write_html
from allmende.systems.desk.web.kit import DeskKit

if TYPE_CHECKING:
    from allmende.protocols.markup.markdown import reading
else:
    reading = Late("allmende.protocols.markup.markdown.reading")

GUIDE: Final = Path(__file__).parents[1] / "templates/desk/guide"
TOPICS: Final = (
    "guests",
    "facilitators",
    "listeners",
    "account",
    "kit",
    "invites",
    "programs",
    "mumble",
    "chat",
    "news",
    "leaving",
)
_PICTURE: Final = re.compile(
    r"^!\[(?P<alt>[^\]]+)\]\([./]*/frontend/guide/(?P<name>[a-z-]+\.webp)\)$", re.M
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Either a stretch of text as HTML, or a picture with what it shows in words."""

    text: str = ""
    picture: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """One page of the guide."""

    name: str
    title: str
    about: str
    pieces: Sequence[Piece]


def guide_routes(kit: DeskKit) -> list[Route]:
    """Return the routes of the guide."""
    topics = {language: read_topics(language) for language in kit.texts.languages}

    async def overview(request: Request) -> Response:
        known = topics[kit.texts.language_of(request)]
        return kit.page(request, "guide", {"topics": known.values()})

    async def topic(request: Request) -> Response:
        known, name = topics[kit.texts.language_of(request)], request.path_params["topic"]
        if name not in known:
            raise NotFound("web.not-found")
        others = [other for other in known.values() if other.name != name]
        return kit.page(request, "guide-topic", {"topic": known[name], "others": others})

    return [
        Route("/guide", overview, methods=["GET"]),
        Route("/guide/{topic}", topic, methods=["GET"]),
    ]


def read_topics(language: str) -> Mapping[str, Topic]:
    """Return the guide in a language, by the names in its addresses."""
    return {
        name: read_topic(name, (GUIDE / language / f"{name}.md").read_text("utf-8"))
        for name in TOPICS
    }


def read_topic(name: str, text: str) -> Topic:
    """Return the page that a file tells."""
    title, about, rest = text.split("\n\n", 2)
    return Topic(name, title.removeprefix("# "), about, tuple(_pieces(rest)))


def _pieces(text: str) -> Iterator[Piece]:
    end = 0
    for found in _PICTURE.finditer(text):
        yield from _written(text[end : found.start()])
        yield Piece(picture=f"guide-{found['name']}", alt=found["alt"])
        end = found.end()
    yield from _written(text[end:])


def _written(text: str) -> Iterator[Piece]:
    if text.strip():
        yield Piece(text=write_html(reading.read_markdown(text)))
