// Shows what a push brings, also while no page is open. The text was encrypted for this browser.

interface Shown {
  title: string;
  body: string;
  link: string;
}

interface Pushed extends Event {
  readonly data: { json(): unknown } | null;
  waitUntil(work: Promise<unknown>): void;
}

interface Clicked extends Event {
  readonly notification: Notification & { readonly data: { link: string } };
  waitUntil(work: Promise<unknown>): void;
}

interface Tab {
  readonly url: string;
  focus(): Promise<unknown>;
  navigate(url: string): Promise<unknown>;
}

interface Worker {
  readonly registration: { showNotification(title: string, options: NotificationOptions): Promise<void> };
  readonly clients: { matchAll(options: object): Promise<Tab[]>; openWindow(url: string): Promise<unknown> };
  readonly location: { readonly origin: string };
  addEventListener(name: "push", listener: (event: Pushed) => void): void;
  addEventListener(name: "notificationclick", listener: (event: Clicked) => void): void;
}

const worker = globalThis as unknown as Worker;

/** What is shown; a path of another site is never followed. */
export function shown(data: unknown): Shown | null {
  if (typeof data !== "object" || data === null) return null;
  const { title, body, link } = data as Record<string, unknown>;
  if (typeof title !== "string" || typeof body !== "string" || typeof link !== "string") return null;
  return { title, body, link: /^\/(?!\/)/.test(link) ? link : "/" };
}

async function open(link: string): Promise<void> {
  const url = new URL(link, worker.location.origin).href;
  const tabs = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = tabs.find((tab) => tab.url === url);
  await (there ? there.focus() : worker.clients.openWindow(url));
}

if ("registration" in worker) {
  worker.addEventListener("push", (event) => {
    const found = shown(event.data?.json());
    if (!found) return;
    const options = { body: found.body, tag: found.link, data: { link: found.link } };
    event.waitUntil(worker.registration.showNotification(found.title, options));
  });
  worker.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(open(event.notification.data.link));
  });
}
