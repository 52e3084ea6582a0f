"""Plenum: the assembly in a room. Agenda, minutes and hands beside the call.

Words: *assembly* - one sitting of a group in a room, with an agenda and minutes. *Item* - one
entry of the agenda. *Minutes* - a pad that everybody writes; the server adds headings to it.
*Facilitation* - who may open, run and close it. Media, hands and the door belong to others.
"""
