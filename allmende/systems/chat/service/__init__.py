"""What may be done in the chat of a room, and what leaves it on request."""

from allmende.systems.chat.service.chat import ChatPage, ChatService, History

__all__ = ["ChatPage", "ChatService", "History"]
