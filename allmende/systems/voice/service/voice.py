"""VoiceService: every way in for Mumble clients goes through here."""

from collections.abc import Sequence
from dataclasses import replace

from allmende.core.errors import AllmendeError, Conflict, NotFound, QuotaExceeded
from allmende.core.ids import RoomId
from allmende.core.ports.audio import CryptKeys, LegCounts, LegPlan
from allmende.protocols.mumble.framing import frame
from allmende.protocols.mumble.messages import UserRemove
from allmende.systems.voice.model.view import from_above
from allmende.systems.voice.service.acting import Acting
from allmende.systems.voice.service.aiming import Aiming
from allmende.systems.voice.service.arriving import Arriving, Came, Delays
from allmende.systems.voice.service.channels import HOME, Channels
from allmende.systems.voice.service.counting import Counting
from allmende.systems.voice.service.drawing import Drawing
from allmende.systems.voice.service.errands import Errands
from allmende.systems.voice.service.legs import Arrival, Leg, Legs, voice_of
from allmende.systems.voice.service.lightpages import LightPages
from allmende.systems.voice.service.listening import Listening
from allmende.systems.voice.service.making import Making
from allmende.systems.voice.service.moving import Moving
from allmende.systems.voice.service.needs import Outlet, Surroundings
from allmende.systems.voice.service.people import People
from allmende.systems.voice.service.sessions import Sessions
from allmende.systems.voice.service.settings import Settings
from allmende.systems.voice.service.showing import Showing
from allmende.systems.voice.service.texting import Texting
from allmende.systems.voice.service.watching import Watching


class VoiceService:
    """Legs come, stand in rooms, and go. State is memory, gone with the server."""

    def __init__(self, here: Surroundings) -> None:
        self._here = here
        self._delays = Delays()
        self.legs = Legs()
        self.sessions = Sessions(here.clock)
        self.channels = Channels(here.database)
        self.errands = Errands()
        self.people = People(here, self.legs)
        self.texting = Texting(here, self.legs, self.channels, self.people)
        self.aiming = Aiming(here, self.legs, self.channels)
        self.arriving = Arriving(here)
        self.showing = Showing(
            here,
            self.legs,
            self.channels,
            self.sessions,
            (self.people, self.texting, self.aiming, self.arriving),
            self.errands,
        )
        self.light = LightPages(here, self.legs, self.showing, self.arriving)
        self.moving = Moving(here, self.legs, self.channels, self.showing)
        self.drawing = Drawing(here.pictures, self.showing)
        self.listening = Listening(here, self.legs, self.moving, self.showing)
        self.showing.then(self.listening.renew)
        self.settings = Settings(here.database, here.clock)
        self.acting = Acting(here, self.people, self.moving)
        self.watching = Watching(
            here,
            self.legs,
            self.channels,
            (self.moving, self.texting, self.light),
            self.showing,
            self.errands,
            self.end,
        )
        self.making = Making(here, self.legs, self.channels, self.moving, self.watching)
        self.counting = Counting(here.database, self.legs)

    # --- come and go --------------------------------------------------------------------

    async def begin(self) -> None:
        """Read the numbers of channels, and which rooms are temporary."""
        await self.channels.load()
        await self.making.load()
        await self.counting.count()

    async def identify(self, came: Came) -> Arrival:
        """Return who somebody is (see ``Arriving``)."""
        return await self.arriving.identify(came)

    async def arrive(
        self, arrival: Arrival, outlet: Outlet, *, source: str, protobuf: bool
    ) -> tuple[Leg, CryptKeys]:
        """Make a leg, in the room that a guest came to, else at home; it is shown nothing yet.

        Raises QuotaExceeded ``voice.server-full``, Unavailable.
        """
        before = self.legs.of_credential(arrival.credential)
        if before is not None:
            self.end(before, "voice.replaced", for_good=False)
        if len(self.legs) >= self._here.settings.max_participants:
            raise QuotaExceeded("voice.server-full")
        session = self.sessions.take()
        plan = LegPlan(
            session=session,
            source=source,
            protobuf=protobuf,
            bandwidth_bps=self._here.settings.max_bandwidth_bps,
        )
        try:
            keys = await self._here.audio.open(plan)
        except AllmendeError:
            self.sessions.give_back(session)
            raise
        leg = Leg(session, arrival, outlet, "", self._here.clock.monotonic_s())
        self.legs.add(leg)
        try:
            leg.known = await self.watching.ask(leg)
            await self._enter_at_once(leg)
        except BaseException:  # also if the client went while we asked
            self._forget(leg)
            self.errands.soon(lambda: self.leave(leg))
            raise
        return leg, keys

    async def _enter_at_once(self, leg: Leg) -> None:
        """A guest came for one room; who may not enter it stays at home and is told why."""
        if leg.arrival.room_id is None:
            return
        try:
            await self.moving.enter(leg, leg.arrival.room_id)
        except AllmendeError as refused:
            leg.greeting = self._here.words.text(refused.message_id, **refused.values)

    async def leave(self, leg: Leg) -> None:
        """A connection is over. Twice: nothing."""
        if not leg.gone:
            self._forget(leg)
        await self._here.audio.close(leg.session)
        await self.moving.left(leg)

    def end(self, leg: Leg, message_id: str, *, for_good: bool = True, **values: object) -> None:
        """End a connection and say why; it leaves its room in a moment."""
        if leg.gone:
            return
        leg.put_off = for_good
        self._forget(leg)
        reason = self._here.words.text(message_id, **values)
        leg.outlet.send(frame(UserRemove(session=leg.session, reason=reason)))
        leg.outlet.end()
        self.errands.soon(lambda: self.leave(leg))

    def _forget(self, leg: Leg) -> None:
        leg.gone = True
        self.legs.drop(leg)
        self.sessions.give_back(leg.session)
        self.showing.touch()

    async def invite(self, leg: Leg, tokens: Sequence[str]) -> None:
        """Add invites of further rooms. Wrong ones are let pass."""
        found = await self.arriving.invited(leg.arrival, tokens)
        fresh = {room: who for room, who in found.items() if not leg.known.sees(room)}
        if fresh:
            leg.guests |= fresh
            await self.watching.recheck(lambda each: each is leg, patient=True)

    async def bind_certificate(self, leg: Leg, der: bytes | None) -> None:
        """Let the certificate that this client shows open its account from now on.

        Raises Conflict ``voice.no-certificate``, NotSignedIn, Conflict, QuotaExceeded.
        """
        if not der or not leg.arrival.certificate or leg.who.account_id is None:
            raise Conflict("voice.no-certificate")
        await self._here.ways.bind_certificate(leg.who, der)
        leg.arrival = replace(leg.arrival, bound=True)
        self.showing.touch()

    # --- move ---------------------------------------------------------------------------

    async def go(self, leg: Leg, channel: int) -> None:
        """Bring a leg where its client wants it: home, into a room, before its door.

        Raises NotFound ``voice.no-such-room``, and what ``Calls.enter`` raises.
        """
        if channel == HOME:
            await self.moving.home(leg)
            return
        await self.moving.enter(leg, self.destination(leg, channel))

    def destination(self, leg: Leg, channel: int) -> RoomId:
        """Return the room that a channel leads to, or that it waits before. Raises NotFound."""
        before_door = self.showing.room_waited_for(channel)
        if before_door is None:
            return self.moving.room_at(leg, channel)
        if leg.room(before_door) is None:
            raise NotFound("voice.no-such-room")
        return before_door

    async def record(self, leg: Leg, *, on: bool) -> None:
        """Show that somebody records; where that is not allowed they go home and are told why."""
        may = voice_of(leg).may_record
        self.moving.set_recording(leg, on=on and may)
        if on and not may:
            await self.moving.home(leg)
            self.texting.tell_words(leg, "voice.no-recording")

    # --- sound --------------------------------------------------------------------------

    def tunnel(self, leg: Leg, packet: bytes) -> None:
        """Take a voice packet that came through the control connection."""
        self._here.audio.tunnel(leg.session, packet)

    def set_format(self, leg: Leg, *, protobuf: bool) -> None:
        """The client said its version late."""
        self._here.audio.set_format(leg.session, protobuf=protobuf)

    async def resync(self, leg: Leg, nonce: bytes | None) -> bytes:
        """Bring datagrams back in step; return our nonce."""
        return await self._here.audio.resync(leg.session, nonce)

    # --- look ---------------------------------------------------------------------------

    def sees(self, leg: Leg, channel: int) -> bool:
        """Return whether a client was told of this channel."""
        return leg.view is not None and channel in leg.view.channels

    def rooms_below(self, leg: Leg, channel: int) -> Sequence[RoomId]:
        """Return the rooms that a leg sees in a channel and below it."""
        if leg.view is None or channel not in leg.view.channels:
            return ()
        below, found = {channel}, list[RoomId]()
        for number in from_above(leg.view.channels):
            if number in below or leg.view.channels[number].parent in below:
                below.add(number)
                room_id = self.channels.room_of(number)
                if room_id is not None:
                    found.append(room_id)
        return found

    def counts(self, leg: Leg) -> LegCounts:
        """Return the packets of a leg."""
        return self._here.audio.counts(leg.session)

    def online_s(self, leg: Leg) -> int:
        """Return for how long somebody is here."""
        return int(self._here.clock.monotonic_s() - leg.since_s)

    def delay_s(self, came: Came) -> float:
        """Count a wrong try; return for how long its answer is kept back."""
        keys = (f"s{came.source_key}", f"n{came.name[:100].casefold()}")
        return self._delays.failed(keys, self._here.clock.monotonic_s())

    # --- time passes --------------------------------------------------------------------

    async def tick(self) -> None:
        """Look at everything once; meant to be called each second."""
        await self.watching.settle_doubts()
        await self.making.end_empty()
        await self.light.tick()
        await self.counting.count()
        self.showing.turn()
