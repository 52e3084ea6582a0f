#!/bin/sh
# The last messages of a room, as JSON. SERVER, NAME, APP_PASSWORD and ROOM come from outside.
curl --fail --silent --user "$NAME:$APP_PASSWORD" "$SERVER/api/v1/rooms/$ROOM/messages"
