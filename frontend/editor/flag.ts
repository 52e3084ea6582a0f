/** The sign of another person's caret; the same in both editors. */
export function caret(tint: number, name: string): HTMLElement {
  const line = document.createElement("span");
  line.className = `caret author-${tint}`;
  line.setAttribute("aria-hidden", "true");
  const flag = document.createElement("span");
  flag.className = "caret-flag";
  flag.textContent = name;
  // Without a word joiner a line could break between the caret and its word.
  line.append("\u2060", flag, "\u2060");
  return line;
}
