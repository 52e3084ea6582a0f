"""What people see of accounts, groups and rooms: start page, sign-in, invites, group pages.

Who is who and who may what is decided in ``allmende.identity``. Words: start page, group,
room, link, invite. Standards: none of its own; pages are HTML without need of scripts, but for
the proof of work of the start button.
"""
