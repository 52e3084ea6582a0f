"""What chat programs keep for an account: its own, and nobody else's."""

from collections.abc import Mapping
from typing import Final

from allmende.core.errors import NotFound
from allmende.systems.chat.model.history import Asked
from allmende.systems.chat.model.items import NodeOptions
from allmende.systems.chat.model.personal import Choice
from tests.access.services.roles import Row, accounts

OPTIONS: Final = NodeOptions()


ITEMS: Final[Mapping[str, Row]] = {
    "publish": accounts(lambda h, who: h.items.publish(who, "urn:n", [("1", b"<x/>")], None)),
    "replace_all": accounts(lambda h, who: h.items.replace_all(who, "urn:n", [], OPTIONS)),
    "make": accounts(lambda h, who: h.items.make(who, "urn:m", OPTIONS)),
    "own_nodes": accounts(lambda h, who: h.items.own_nodes(who)),
    "retract": accounts(lambda h, who: h.items.retract(who, "urn:none", ["1"]), NotFound),
    "configure": accounts(lambda h, who: h.items.configure(who, "urn:none", _same), NotFound),
    "delete": accounts(lambda h, who: h.items.delete(who, "urn:none"), NotFound),
    "empty": accounts(lambda h, who: h.items.empty(who, "urn:none"), NotFound),
    "node": accounts(lambda h, who: h.items.node(who, "urn:none"), NotFound),
}
PAPERS: Final[Mapping[str, Row]] = {
    "private": accounts(lambda h, who: h.papers.private(who, "urn:x")),
    "keep_private": accounts(lambda h, who: h.papers.keep_private(who, "urn:x", b"<x/>")),
    "keep_vcard": accounts(lambda h, who: h.papers.keep_vcard(who, b"<x/>")),
}
UPLOADS: Final[Mapping[str, Row]] = {
    "slot": accounts(lambda h, who: h.uploads.slot(who, "a.txt", 4, "text/plain")),
}
HISTORY: Final[Mapping[str, Row]] = {
    "page": accounts(lambda h, who: h.history.page(who, Asked())),
    "ends": accounts(lambda h, who: h.history.ends(who)),
    "choice": accounts(lambda h, who: h.history.choice(who)),
    "choose": accounts(lambda h, who: h.history.choose(who, Choice())),
}


def _same(options: NodeOptions) -> NodeOptions:
    return options
