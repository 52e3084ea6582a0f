"""What a Mumble client may see and do: pure rules of spec voice, 2 and 9.

A *house* is everything that is shown to somebody (``house``); a *sight* is what one receiver may
see of it; both give a *view*, the channels and people as this receiver's client has them, and two
views give the messages that lead from one to the other (``view``).
"""
