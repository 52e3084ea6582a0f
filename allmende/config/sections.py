"""The sections of ``allmende.toml``. The docstrings are the manual: they become its pages."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=1, le=65535)]
PortOrAny = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the configuration: typed, frozen, without unknown keys."""


class Web(Section, frozen=True):
    """Where pages are served and under which address people find them."""

    listen: tuple[str, ...] = ()
    """Addresses to listen on. Empty: loopback while ``domain`` is localhost, else all."""

    port: PortOrAny = 8080
    """TCP port of the pages. 0: any free port, printed at the start."""

    public_url: str = ""
    """What people type, without a path. Empty: made from ``domain``, ``port`` and [tls].
    Behind a reverse proxy something like "https://example.org"."""

    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of reverse proxies whose X-Forwarded-For and -Proto are believed."""


class Tls(Section, frozen=True):
    """How connections are encrypted."""

    mode: Literal["auto", "off", "files", "own", "acme", "proxy"] = "auto"
    """``acme``: a certificate is fetched and renewed, see [acme]. ``files``: the two files below.
    ``own``: an authority made at the first start, for a try without a public name. ``proxy``: a
    reverse proxy encrypts. ``off``: plain, loopback only.
    ``auto``: files if they are given, off on loopback, else own."""

    certificate: str = ""
    """PEM file with the certificate and its chain. Read again on SIGHUP."""

    key: str = ""
    """PEM file with the private key, without a password."""

    minimum: Literal["1.2", "1.3"] = "1.3"
    """The oldest version that is spoken. 1.2 is offered with AEAD suites only."""

    names: tuple[str, ...] = ()
    """More names (with ``own`` also addresses) for the certificate that ``own`` or ``acme``
    makes."""


class Acme(Section, frozen=True):
    """Certificates from an authority that gives them away (RFC 8555)."""

    directory: str = "https://acme-v02.api.letsencrypt.org/directory"
    """Address of the authority."""

    contact: str = ""
    """Mail address for the authority, if you want to give one."""

    port: PortOrAny = 80
    """TCP port on which the authority looks; everybody else is sent on to https."""

    authority: str = ""
    """PEM file with the certificate of the authority's own server, for tests."""


class Backup(Section, frozen=True):
    """Copies of everything, encrypted for keys that lie elsewhere."""

    recipients: tuple[str, ...] = ()
    """Public keys (age1...) that can open a backup. `allmende backup key` makes one."""

    folder: str = ""
    """Where nightly backups go. Empty: the folder backups in the data folder."""

    nightly: bool = True
    """Whether a backup is made and tried out every night; needs ``recipients``."""

    hour: Annotated[int, Meta(ge=0, le=23)] = 3
    """Hour of the day in [plenum] time_zone."""

    keep_daily: Annotated[int, Meta(ge=1, le=30)] = 7
    """How many of the last days are kept."""

    keep_weekly: Annotated[int, Meta(ge=0, le=4)] = 4
    """How many of the last weeks are kept; none is older than 30 days."""


class Database(Section, frozen=True):
    """Where everything is kept."""

    url: str = ""
    """Empty: SQLite in the data folder. Else "postgresql://name@/base?host=/run/postgresql"."""

    url_file: str = ""
    """File that holds the url, where the url holds a password."""


class Media(Section, frozen=True):
    """Audio and video of calls."""

    workers: Annotated[int, Meta(ge=0, le=64)] = 1
    """Processes that carry media. 0: the main process, for development and tests only."""

    listen: tuple[str, ...] = ()
    """Addresses for media. Empty: those of [web]."""

    udp_port: PortOrAny = 7882
    """All media of worker 0 share this UDP port; worker n uses the port + n.
    0: any free port, for tests."""

    tcp_port: PortOrAny = 7882
    """The same over TCP, for networks that block UDP. 0: off."""

    public_addresses: tuple[str, ...] = ()
    """Addresses that clients are told, where they differ from those of the machine (NAT)."""

    uplink_mbit: Annotated[int, Meta(ge=1)] = 100
    """What the line carries towards people. Decides how many cameras fit."""

    packets_per_second: Annotated[int, Meta(ge=0)] = 0
    """What one core forwards. 0: measured at the start."""

    fanout: Literal["auto", "c", "numpy", "python"] = "auto"
    """How packets are sent to many. auto: the fastest that is there (docs/operate.md)."""


class Meet(Section, frozen=True):
    """Video calls."""

    max_participants: Annotated[int, Meta(ge=2, le=1000)] = 150
    """People in one call."""

    open_rooms: bool = True
    """Whether anybody may start a room without an account (proof of work, lobby, budget)."""

    test_hooks: bool = False
    """Lets clients ask the server to break things. For tests only."""


class Voice(Section, frozen=True):
    """Voice for Mumble clients, in the same rooms."""

    port: PortOrAny = 64738
    """TCP and UDP."""

    max_participants: Annotated[int, Meta(ge=2, le=5000)] = 300
    """Mumble connections on the whole server."""

    max_bandwidth_bps: Annotated[int, Meta(ge=16_000, le=558_000)] = 72_000
    """What one voice may take, with overhead."""

    slots: Annotated[int, Meta(ge=4, le=12)] = 8
    """How many voices a browser hears at once in a large room."""

    public_count: bool = False
    """Tell strangers who ask how many people are here."""

    tls_min: Literal["1.2", "1.3"] = "1.2"
    """Lowest TLS version; some apps on phones need 1.2."""


class Chat(Section, frozen=True):
    """Messages beside the call."""

    retention_d: Annotated[int, Meta(ge=1, le=730)] = 28
    """Days after which a message is gone, where its group has not chosen."""

    max_retention_d: Annotated[int, Meta(ge=1, le=730)] = 730
    """Days that a group may choose at most."""

    files_host: str = ""
    """A name of its own for files that people put in chats, as in "files.example.org": there
    browsers may show pictures. Empty: the server's own name, and everything is downloaded."""

    upload_max_mb: Annotated[int, Meta(ge=1, le=1024)] = 25
    """Size of one such file."""

    upload_day_mb: Annotated[int, Meta(ge=1)] = 500
    """What one account may put there in a day."""

    port: PortOrAny = 5222
    """For chat apps (Jabber), TCP. Apps are encrypted before anybody signs in."""

    direct_port: PortOrAny = 5223
    """The same, encrypted from the first byte."""

    tls_min: Literal["1.2", "1.3"] = "1.2"
    """Lowest TLS version; some apps on phones need 1.2."""

    federation: Literal["closed", "allies", "open"] = "closed"
    """Whether people may write to accounts of other servers, and these to them: to nobody, to
    those of ``allies``, to all but ``blocked_servers``. The certificate has to be for the domain
    and for "rooms." before it."""

    allies: tuple[str, ...] = ()
    """Domains of other servers, their subdomains included."""

    blocked_servers: tuple[str, ...] = ()
    """Domains of servers that nothing goes to or comes from."""

    servers_port: PortOrAny = 5269
    """For other servers, TCP. Nothing listens there while ``federation`` is "closed"."""

    dialback: bool = False
    """Whether a server without a valid certificate may prove its name by being called back."""

    push_services: tuple[str, ...] = ()
    """Domains of servers that wake phones: they are talked to even where federation is closed."""

    federation_authority: str = ""
    """A PEM file of authorities to believe besides those of the system, for a closed network."""

    federation_test_networks: tuple[str, ...] = ()
    """Networks of the inside that other servers may be in, like "10.1.0.0/16"; for trying out."""


class Pads(Section, frozen=True):
    """Texts that many write at the same time."""

    create: Literal["anyone", "link", "members"] = "anyone"
    """Who may make a pad outside of groups and rooms. ``anyone``: with proof of work and an
    hourly budget. ``link``: who has a link of this server. ``members``: who has an account."""

    top_level_names: bool = False
    """Whether such a pad may have a name of its own instead of a random one."""

    default_expiry_days: Literal[1, 30, 365] = 30
    """Days without an edit after which a pad is deleted, unless it says otherwise."""

    max_text_bytes: Annotated[int, Meta(ge=10_000)] = 1_000_000
    """Text in one pad."""

    max_sessions: Annotated[int, Meta(ge=1, le=2000)] = 300
    """Open editors of one pad. Who comes later sees the text, renewed by itself."""

    history: Literal["full", "named", "none"] = "full"
    """What a new pad keeps of its past: everything (thinned with age), named revisions, nothing."""

    per_hour: Count = 120
    """Pads made without an account in an hour, on the whole server."""

    per_address: Count = 20
    """The same from one address."""


class Plenum(Section, frozen=True):
    """Assemblies: agenda and minutes beside the call."""

    time_zone: str = "Europe/Berlin"
    """Zone of the times in minutes and on pages without scripts, as in "Europe/Berlin"."""


class Notices(Section, frozen=True):
    """What is told to people, and how it reaches their devices."""

    push: bool = True
    """Whether browsers are rung, by way of the push service that each of them chose."""

    inside: tuple[str, ...] = ()
    """Networks of the inside, as in "10.1.0.0/16", where a push service of your own stands."""

    authority: str = ""
    """PEM file with the authority of such a service, where the system does not know it."""


class Desk(Section, frozen=True):
    """Start page, accounts, groups."""

    title: str = "Allmende"
    """Name of this server on its pages."""

    texts: str = ""
    """Folder with imprint.de.txt, imprint.en.txt, privacy.de.txt and privacy.en.txt: plain
    paragraphs by the people who run this server. Empty: the folder texts in the data folder."""

    recovery_wait_h: Annotated[int, Meta(ge=0, le=168)] = 48
    """Hours in which the devices of an account can stop somebody who uses its recovery kit."""


class Limits(Section, frozen=True):
    """Rates and sizes. The values suit one small server; a load test raises them."""

    connections_per_address: Count = 1000
    """Connections at the same time from one (hashed) address."""

    header_bytes: Annotated[int, Meta(ge=1024)] = 16 * 1024
    """Request line and headers."""

    rtc_header_bytes: Annotated[int, Meta(ge=1024)] = 64 * 1024
    """The same for /rtc/v1, where the client puts its whole offer."""

    header_s: Seconds = 10.0
    """Time for a request's headers, and for a TLS handshake."""

    body_bytes: Count = 1024 * 1024
    """A JSON body or a form."""

    body_bytes_per_s: Count = 1024
    """A body that has been slower than this for ``body_slow_s`` is given up."""

    body_slow_s: Seconds = 30.0
    """How long a slow body is waited for."""

    idle_s: Seconds = 30.0
    """How long an idle connection is kept."""

    invites_per_hour: Count = 10
    """Wrong invite codes from one address in an hour."""

    requests_per_hour: Count = 10
    """Requests for an account from one address in an hour."""

    open_rooms_per_hour: Count = 60
    """Rooms started without an account in an hour, on the whole server."""

    open_rooms_per_address: Count = 20
    """The same from one address."""

    joins_per_minute: Count = 300
    """Attempts to enter calls from one address."""

    messages_per_10_s: Count = 10
    """Chat messages of one person."""

    changes_waiting: Count = 1000
    """Changes that may wait for the database before "try again"."""

    passwords_waiting: Count = 64
    """Passwords that may wait to be hashed before "try again"."""


class Systems(Section, frozen=True):
    """What this server offers."""

    desk: bool = True
    """Start page, accounts, groups."""

    meet: bool = True
    """Video calls."""

    chat: bool = True
    """Messages in rooms."""

    pads: bool = True
    """Texts that many write at the same time."""

    plenum: bool = True
    """Assemblies: agenda, minutes and hands beside the call."""

    voice: bool = True
    """Mumble clients in the rooms of calls. Needs meet."""


class Config(Section, frozen=True):
    """Everything that is decided before the start. What people change later is in the database."""

    domain: str = "localhost"
    """The name under which people find this server."""

    data: str = "data"
    """Folder for everything that is kept. `--data` wins."""

    key_mode: Literal["key-file", "sealed"] = "key-file"
    """``key-file``: the key of the database lies in ``key_file``; that protects thrown-away disks
    and backups, not a machine that is taken with its disk. ``sealed``: a person unlocks after each
    start, with a passphrase; that protects a machine that is switched off."""

    key_file: str = ""
    """File with the key, or with the locked key. Empty: ``keys/house.key`` in the data folder."""

    web: Web = Web()
    tls: Tls = Tls()
    acme: Acme = Acme()
    backup: Backup = Backup()
    database: Database = Database()
    media: Media = Media()
    meet: Meet = Meet()
    voice: Voice = Voice()
    chat: Chat = Chat()
    desk: Desk = Desk()
    notices: Notices = Notices()
    pads: Pads = Pads()
    plenum: Plenum = Plenum()
    limits: Limits = Limits()
    systems: Systems = Systems()
