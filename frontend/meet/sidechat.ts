/** The chat of the room as a panel of the call; its element is another script (frontend/chat). */

import { set } from "./dom";
import type { RoomOptions } from "./options";

export function chatElement(options: RoomOptions, came: () => void): HTMLElement {
  const chat = document.createElement("allmende-chat");
  set(chat, "room", String(options.room));
  set(chat, "texts", options.chatTexts);
  set(chat, "icons", options.icons);
  set(chat, "writes", !options.listens);
  set(chat, "moderates", options.facilitates);
  set(chat, "shared", true);
  chat.addEventListener("chat:message", came);
  return chat;
}
