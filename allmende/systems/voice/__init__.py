"""Voice: the rooms of calls for Mumble clients, with the people of browsers beside them.

Words: a *channel* is how Mumble shows a group or a room; a *leg* is one connection of an account
or a guest; its *session* is Mumble's number of it. People in browsers have a session too. Who is
where is memory and never stored. Everything that a person may do in a call is asked of meet by
the port Calls, so the rules are the same for every way in.
"""
