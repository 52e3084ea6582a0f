"""Who is who in a live pad: the table clientID -> author, names, colours (spec pads, P-23)."""

from collections.abc import Iterable, Mapping, Sequence

from allmende.systems.pads.model.pad import Author, AuthorId

Shown = dict[str, str | int]


class AuthorTable:
    """Which Yjs client was whose editor, and how an author is shown."""

    def __init__(
        self,
        people: Iterable[Author],
        clients: Mapping[int, AuthorId],
        hidden: Iterable[int] = (),
    ) -> None:
        """Take the authors of a pad, its rows of ``pads_client``, and whose are without colour.

        ``hidden``: clientIDs whose authorship was cleared.
        """
        self._people: dict[AuthorId, Author] = {}
        self._numbers: dict[AuthorId, int] = {}
        self._clients = dict(clients)
        self._hidden = set(hidden)
        for author in sorted(people, key=lambda one: one.id):
            self.put(author)

    def put(self, author: Author) -> None:
        """Add an author, or take over a new name or colour."""
        self._people[author.id] = author
        self._numbers.setdefault(author.id, len(self._numbers) + 1)

    def bind(self, client: int, author_id: AuthorId) -> None:
        """Remember whose editor a client is."""
        self._clients[client] = author_id

    def author_of(self, client: int) -> AuthorId | None:
        """Return whose editor a client is or was."""
        return self._clients.get(client)

    def hide_all(self) -> None:
        """Show no colours for all clients until now."""
        self._hidden.update(self._clients)

    def person(self, author_id: AuthorId) -> Shown:
        """Return how an author is shown. Without a name it is guest number so and so."""
        author = self._people.get(author_id)
        number = self._numbers.get(author_id, 0)
        if author is None:
            return {"name": "", "colour": 0, "number": number}
        return {"name": author.name, "colour": author.colour, "number": number}

    def clients(self, among: Iterable[int]) -> dict[str, int]:
        """Return the authors of those clients that have one and are not hidden."""
        return {
            str(client): self._clients[client]
            for client in among
            if client in self._clients and client not in self._hidden
        }

    def people(self, among: Iterable[AuthorId]) -> dict[str, Shown]:
        """Return how those authors are shown."""
        return {str(author_id): self.person(author_id) for author_id in among}

    def authors_of(self, clients: Iterable[int]) -> Sequence[AuthorId]:
        """Return the authors of those clients that are not hidden, each once."""
        return list(dict.fromkeys(map(AuthorId, self.clients(clients).values())))
