/** What the page says about the room: attributes of `<allmende-call>`. */

export interface RoomOptions {
  room: number;
  slug: string;
  title: string;
  label: string;
  link: string | null;
  /** The name of the account, or what a guest was called here before. */
  name: string;
  /** Somebody with an account is not asked for a name. */
  named: boolean;
  listens: boolean;
  facilitates: boolean;
  chat: boolean;
  chatTexts: string;
  icons: string;
  /** What opens Mumble in this room; "": nothing does. */
  mumble: string;
  /** The address lets in whoever has it; else Mumble asks for an app password. */
  mumbleCode: boolean;
  /** Where somebody comes to who leaves; null: to the page of the call. Asked when it is over. */
  overPath: () => string | null;
}

export function optionsOf(node: HTMLElement): RoomOptions {
  const value = (name: string): string => node.getAttribute(name) ?? "";
  return {
    room: Number(value("room")),
    slug: value("slug"),
    title: value("title-text"),
    label: value("label-text"),
    link: value("link") || null,
    name: value("name"),
    named: node.hasAttribute("named"),
    listens: node.hasAttribute("listens"),
    facilitates: node.hasAttribute("facilitates"),
    chat: node.hasAttribute("chat"),
    chatTexts: value("chat-texts"),
    icons: value("icons"),
    mumble: value("mumble"),
    mumbleCode: node.hasAttribute("mumble-code"),
    overPath: () => node.getAttribute("over-path"),
  };
}

/** How somebody wants to come in. */
export interface Entry {
  name: string;
  microphone: boolean;
  camera: boolean;
  low: boolean;
}
