"""Waits for "ping" in a room and answers "pong", once."""

import json
import os

import httpx

me = os.environ["NAME"], os.environ["APP_PASSWORD"]
with httpx.Client(base_url=os.environ["SERVER"], auth=me, timeout=30) as web:
    own = web.get("/api/v1/me").raise_for_status().json()
    room = next(one["id"] for one in own["rooms"] if one["name"] == os.environ["ROOM_NAME"])
    kind = ""
    with web.stream("GET", "/api/v1/live", params={"room": room}) as live:
        print("listening", flush=True)
        for line in live.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            if name != "data" or kind != "chat.message":
                continue
            message = json.loads(value)
            if "".join(piece["text"] for piece in message["pieces"]) == "ping":
                # The key makes it harmless to send the same twice.
                answer = {"text": "pong", "key": f"pong-{message['id']}"}
                web.post(f"/api/v1/rooms/{room}/messages", json=answer).raise_for_status()
                break
