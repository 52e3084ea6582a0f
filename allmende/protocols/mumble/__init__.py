"""The wire of Mumble 1.2.4 to 1.5: control frames and messages, voice packets, OCB2-AES128.

Words: **session** = the number of a connection; **frame number** = position of a voice packet in
units of 10 ms; **target** = who a client speaks to (0 the room, 31 itself, 1 to 30 what it
registered); **context** = the same number on its way to a receiver (0 talk, 1 shout, 2 whisper,
3 listener). A control message has absent fields as None. Whatever cannot be read raises
MumbleMalformed, which says nothing of the content.

Source: Mumble.proto and MumbleUDP.proto of Mumble 1.5 for numbers and types. No RFC.
"""
