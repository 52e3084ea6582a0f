"""Who is who and who may what: accounts, sessions, groups, rooms, links and the door of a room.

Lies below all systems, and they import it. Words: account, group, member, guest, room, link,
invite, lobby. Standards: RFC 9106 (Argon2), RFC 2104 (HMAC).
"""
