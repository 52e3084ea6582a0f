// One SVG with a <symbol> for each icon that is used and for each drawing of our own.
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const icons = join(dirname(createRequire(import.meta.url).resolve("lucide-static/package.json")), "icons");

function symbol(id, source) {
  const viewBox = /viewBox="([^"]+)"/.exec(source)?.[1];
  const inner = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(source)?.[1];
  if (!viewBox || inner === undefined) throw new Error(`${id}: not an SVG with a viewBox`);
  const body = inner.replace(/<!--[\s\S]*?-->/g, "").replace(/\s*\n\s*/g, "");
  return `<symbol id="${id}" viewBox="${viewBox}">${body}</symbol>`;
}

export async function sprite(names, art) {
  const symbols = [];
  for (const name of names) {
    const source = await readFile(join(icons, `${name}.svg`), "utf8").catch(() => {
      throw new Error(`icons.txt: lucide-static has no icon named ${name}`);
    });
    symbols.push(symbol(name, source));
  }
  for (const file of (await readdir(art)).sort()) {
    if (file === "icon.svg") continue;
    symbols.push(symbol(`art-${file.replace(".svg", "")}`, await readFile(join(art, file), "utf8")));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}
