"""Video calls: every room of the core can hold one, in the browser, by a link.

Words: *call* - a room while somebody is connected. *Participant* - one connection (one tab) of
an account or guest. *Seat* - the person behind one or more participants. *Acting* - the member
who stands in while no facilitator is there. The media is carried by whoever implements
``core/ports/conference.py``; programs speak LiveKit's protocol 17 at ``/rtc/v1``.
"""
