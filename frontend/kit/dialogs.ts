// <button data-opens="id"> opens <dialog id="id">; the browser gives the focus back on closing.

export function openers(root: Document): void {
  root.addEventListener("click", (event) => {
    const opener = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-opens]") : null;
    const dialog = opener && root.getElementById(opener.dataset["opens"] ?? "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  });
  // An open menu closes with Escape and with a press elsewhere, as people expect of menus.
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of root.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
      menu.open = false;
      if (menu.contains(root.activeElement)) menu.querySelector("summary")?.focus();
    }
  });
  root.addEventListener("pointerdown", (event) => {
    for (const menu of root.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
    }
  });
}
