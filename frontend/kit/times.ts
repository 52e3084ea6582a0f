// <time datetime="…" data-local> is shown in the zone of the reader, with the zone's name.

export function localTimes(root: Document, zone?: string): void {
  const form = new Intl.DateTimeFormat(root.documentElement.lang, {
    dateStyle: "long",
    timeStyle: "short",
    ...(zone === undefined ? {} : { timeZone: zone }),
  });
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-local]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.title = element.textContent ?? "";
    element.textContent = form.format(at);
  }
}
