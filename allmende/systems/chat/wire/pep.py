"""Nodes of accounts over XMPP: XEP-0163, 0060 in part, 0222 and 0223.

Whoever may not read a node gets the same answer as where there is none, and where there is no
account: ``item-not-found`` (with its code 404, which clients want).
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol
from uuid import uuid4

from allmende.core.accounts import Caller
from allmende.core.ids import AccountId
from allmende.protocols.xml.tree import Element, parse, write
from allmende.protocols.xmpp import disco, pubsub
from allmende.protocols.xmpp.disco import ITEMS_NAME
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.jid import Jid
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.pubsub import Entry
from allmende.protocols.xmpp.stanza import Stanza
from allmende.systems.chat.model.items import USUAL, Access, Item, Node, NodeOptions
from allmende.systems.chat.service.items import (
    OWNER,
    ItemService,
    Knowing,
    OptionsDiffer,
    Published,
    Reader,
    may_read,
)
from allmende.systems.chat.wire.iq import IqTable, Request, Where
from allmende.systems.chat.wire.nodes import differs, form_of, settings_of, terms_of
from allmende.systems.chat.wire.session import What

Heard = Callable[[Jid, Caller], Awaitable[None]]
"""Called when a node of ``owner`` was changed by them."""

Guard = Callable[[Jid, Entry], Awaitable[Entry]]
"""Looks at an item of ``owner`` before it is published; returns what is. Raises StanzaError."""


class Audience(Protocol):
    """Who is here, and what their clients want to be told of."""

    def watchers(self, owner: Jid) -> Iterable[Jid]:
        """Yield the full addresses that are available and see ``owner``; its own as well."""
        ...

    def wants(self, watcher: Jid, node: str) -> bool:
        """Return whether a client announced ``node`` with ``+notify`` (XEP-0115)."""
        ...


class Accounts(Protocol):
    """Knows the accounts of this server."""

    async def account_at(self, address: str) -> AccountId | None:
        """Return the account with a bare address."""
        ...


class Post(Protocol):
    """Brings a stanza to a client, here or elsewhere."""

    def send(self, to: Jid, stanza: Stanza, what: What) -> None:
        """Send; never waits."""
        ...


class Mirror(Protocol):
    """A node that is another way to write what stands elsewhere."""

    async def publish(self, owner: Jid, who: Caller, items: Sequence[Entry]) -> Sequence[str]:
        """Take what is published; return the names of the items."""
        ...

    async def entries(self, owner: AccountId, reader: Reader) -> Sequence[Entry]:
        """Return what stands there. Raises NotFound."""
        ...


class Pep:
    """Answers for the nodes of all accounts, and tells others of what is new in them."""

    def __init__(
        self,
        items: ItemService,
        knowing: Knowing,
        accounts: Accounts,
        audience: Audience,
        post: Post,
    ) -> None:
        self.items = items
        self._knowing = knowing
        self._accounts = accounts
        self._audience = audience
        self._post = post
        self._heard: dict[str, Heard] = {}
        self._mirrors: dict[str, Mirror] = {}
        self._guards: dict[str, Guard] = {}
        self._usual: dict[str, NodeOptions] = {}

    def join(self, table: IqTable) -> None:
        """Let it answer."""
        table.add(Where.ACCOUNT, pubsub.NAME, self.ask, *pubsub.FEATURES)
        table.add(Where.ACCOUNT, pubsub.OWNER_NAME, self.ask)
        table.add(Where.ACCOUNT, ITEMS_NAME, self.list_nodes)

    def on_change(self, node: str, heard: Heard) -> None:
        """Call ``heard`` after each change of ``node``."""
        self._heard[node] = heard

    def guard(self, node: str, guard: Guard) -> None:
        """Let ``guard`` look at what is published in ``node``."""
        self._guards[node] = guard

    def usually(self, node: str, options: NodeOptions) -> None:
        """Let ``node`` have these options where its publisher does not say."""
        self._usual[node] = options

    def mirror(self, node: str, mirror: Mirror) -> None:
        """Let ``mirror`` stand for ``node``."""
        self._mirrors[node] = mirror

    # --- requests -----------------------------------------------------------------------

    async def ask(self, request: Request) -> Element | None:
        """Answer a request about nodes."""
        asked = pubsub.read(request.payload, is_set=request.is_set)
        if isinstance(asked, pubsub.Items):
            return await self._read(request, asked)
        owner, who = request.target.bare, own_caller(request)
        if isinstance(asked, pubsub.Publish):
            return await self._publish(owner, who, asked)
        if isinstance(asked, pubsub.Retract):
            await self._retract(owner, who, asked)
            return None
        return await self._administer(owner, who, asked)

    async def list_nodes(self, request: Request) -> Element:
        """Return the nodes that the sender may read (XEP-0030)."""
        node, bare = request.payload.get("node"), str(request.target.bare)
        account = await self._accounts.account_at(bare)
        if account is None:
            raise StanzaError("service-unavailable")
        reader = await self.reader(request, account)
        if node:
            entries = await self.items.items(account, reader, node)
            return disco.items([disco.Item(bare, one.name) for one in entries], node=node)
        nodes = await self.items.nodes(account, reader)
        if not nodes and not reader.sees:
            raise StanzaError("service-unavailable")
        return disco.items(disco.Item(bare, one.options.title, one.name) for one in nodes)

    async def _read(self, request: Request, asked: pubsub.Items) -> Element:
        account = await self._accounts.account_at(str(request.target.bare))
        if account is None:
            raise StanzaError("item-not-found")
        reader = await self.reader(request, account)
        mirror = self._mirrors.get(asked.node)
        if mirror is not None:
            return pubsub.items_of(asked.node, await mirror.entries(account, reader))
        found = await self.items.items(
            account, reader, asked.node, names=asked.names, most=asked.most
        )
        return pubsub.items_of(asked.node, [entry_of(item) for item in found])

    async def _publish(self, owner: Jid, who: Caller, asked: pubsub.Publish) -> Element:
        if not asked.items:
            raise pubsub.problem("bad-request", "item-required")
        mirror = self._mirrors.get(asked.node)
        if mirror is not None:
            names = await mirror.publish(owner, who, asked.items)
            return pubsub.published(asked.node, names)
        new = await self._checked(owner, asked)
        usual = self._usual.get(asked.node, USUAL)
        try:
            done = await self.items.publish(who, asked.node, new, terms_of(asked.terms), usual)
        except OptionsDiffer:
            raise differs() from None
        await self.tell(owner, who, done)
        return pubsub.published(asked.node, [item.name for item in done.items])

    async def _checked(self, owner: Jid, asked: pubsub.Publish) -> Sequence[tuple[str, bytes]]:
        guard = self._guards.get(asked.node)
        new: list[tuple[str, bytes]] = []
        for published in asked.items:
            item = published if guard is None else await guard(owner, published)
            if item.payload is None:
                raise pubsub.problem("bad-request", "payload-required")
            new.append((item.name or str(uuid4()), write(item.payload)))
        return new

    async def _retract(self, owner: Jid, who: Caller, asked: pubsub.Retract) -> None:
        node = await self.items.retract(who, asked.node, asked.names)
        await self.tell_gone(owner, who, node, asked.names, always=asked.notify)

    async def _administer(self, owner: Jid, who: Caller, asked: pubsub.Asked) -> Element | None:
        match asked:
            case pubsub.Create():
                name = asked.node or str(uuid4())
                await self.items.make(
                    who, name, settings_of(asked.options)(self._usual.get(name, USUAL))
                )
                return pubsub.created(name)
            case pubsub.Configure(node, None):
                return pubsub.configuration(
                    node, form_of((await self.items.node(who, node)).options)
                )
            case pubsub.Configure(node, options):
                await self.items.configure(who, node, settings_of(options))
            case pubsub.Delete(node):
                gone = await self.items.delete(who, node)
                await self._changed(
                    owner, who, gone, pubsub.told_deleted, gone.options.notify_delete
                )
            case pubsub.Purge(node):
                empty = await self.items.empty(who, node)
                loud = empty.options.notify_retract
                await self._changed(owner, who, empty, pubsub.told_purged, loud)
            case _:
                return pubsub.defaults(form_of(USUAL))
        return None

    async def reader(self, request: Request, owner: AccountId) -> Reader:
        """Return how the sender stands to the account that is asked."""
        if request.is_own:
            return OWNER
        return await self._knowing.reader(owner, str(request.sender.bare))

    # --- events -------------------------------------------------------------------------

    async def tell(self, owner: Jid, who: Caller, done: Published) -> None:
        """Tell whoever wants to know what was published."""
        if done.items:
            await self.send_event(owner, done.node, done.node.name, _event_of(done))
            await self._hear(owner, who, done.node)

    async def tell_gone(
        self, owner: Jid, who: Caller, node: Node, names: Sequence[str], *, always: bool = False
    ) -> None:
        """Tell whoever wants to know which items are gone."""
        if not names:
            return
        if always or node.options.notify_retract:
            await self.send_event(owner, node, node.name, pubsub.told_retracted(node.name, names))
        await self._hear(owner, who, node)

    async def arrived(
        self, watcher: Jid, wanted: Collection[str], owners: Mapping[Jid, AccountId]
    ) -> None:
        """Tell a client that came, or has just said what it wants, the last items (0163, 4.3.4).

        ``wanted``: nodes that it announced; ``owners``: accounts of ours whose presence it sees,
        its own among them.
        """
        for owner, account in owners.items() if wanted else ():
            is_own = owner == watcher.bare
            reader = OWNER if is_own else await self._knowing.reader(account, str(watcher.bare))
            for last in await self.items.last_items(account, reader, wanted):
                self._post.send(watcher, _message(owner, watcher, _event_of(last)), What.MESSAGE)

    async def _changed(
        self, owner: Jid, who: Caller, node: Node, event: Callable[[str], Element], loud: bool
    ) -> None:
        if loud:
            await self.send_event(owner, node, node.name, event(node.name))
        await self._hear(owner, who, node)

    async def send_event(self, owner: Jid, node: Node, name: str, event: Element) -> None:
        """Send an event about ``node`` to whoever wants to be told of ``name``."""
        readers: dict[Jid, Reader] = {owner: OWNER}
        for watcher in list(self._audience.watchers(owner)):
            if not self._audience.wants(watcher, name):
                continue
            bare = watcher.bare
            if bare not in readers:
                readers[bare] = Reader(sees=True)
                if node.options.access is Access.ROSTER:
                    readers[bare] = await self._knowing.reader(node.account_id, str(bare))
            if may_read(node.options, readers[bare]):
                self._post.send(watcher, _message(owner, watcher, event), What.MESSAGE)

    async def _hear(self, owner: Jid, who: Caller, node: Node) -> None:
        heard = self._heard.get(node.name)
        if heard is not None:
            await heard(owner, who)


def own_caller(request: Request) -> Caller:
    """Return the caller if they ask for their own account. Raises StanzaError ``forbidden``."""
    if request.session is None or not request.is_own:
        raise StanzaError("forbidden")
    return request.session.caller


def entry_of(item: Item) -> Entry:
    """Return an item as it is written."""
    return Entry(item.name, parse(item.payload))


def _event_of(done: Published) -> Element:
    payloads = done.node.options.payloads
    entries = [entry_of(item) if payloads else Entry(item.name) for item in done.items]
    return pubsub.told_items(done.node.name, entries)


def _message(owner: Jid, to: Jid, event: Element) -> Stanza:
    attributes = {"type": "headline", "from": str(owner), "to": str(to)}
    return Stanza("message", CLIENT, attributes).adding(event)
