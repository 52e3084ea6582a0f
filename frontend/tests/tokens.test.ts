import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { COLOURS } from "../pads/people";

const folder = join(process.cwd(), "frontend", "tokens");
const files = await Promise.all(["colours.css", "authors.css"].map((name) => readFile(join(folder, name), "utf8")));

/** The colours of one theme: what stands first, and what the media query puts above it. */
function theme(dark: boolean): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of files) {
    const rules = [...file.matchAll(/(?:@media ([^{]+)\{\s*)?:root \{([^}]*)\}/g)];
    for (const [, media, body] of rules) {
      if (media && (!dark || media.trim() !== "(prefers-color-scheme: dark)")) continue;
      for (const [, name, value] of (body ?? "").matchAll(/--([a-z0-9-]+): (#[0-9a-f]{3,6});/g)) found.set(name ?? "", value ?? "");
    }
  }
  return found;
}

function luminance(hex: string): number {
  const full = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join("") : hex.slice(1);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = parseInt(full.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2.2, contrast ratio. */
function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

for (const dark of [false, true]) {
  const colours = theme(dark);
  const colour = (name: string): string => {
    const value = colours.get(name);
    assert.ok(value, name);
    return value;
  };
  test(`text, links and code can be read on each tint of an author, ${dark ? "dark" : "light"}`, () => {
    for (let author = 0; author < COLOURS; author += 1) {
      for (const ink of ["ink", "ink-soft", "accent", "danger", "on-tint"]) {
        const ratio = contrast(colour(`author-${author}`), colour(ink));
        assert.ok(ratio >= 4.5, `${ink} on author-${author}: ${ratio.toFixed(2)}`);
      }
    }
  });

  test(`a name can be read on its flag, and a caret seen on paper, ${dark ? "dark" : "light"}`, () => {
    for (let author = 0; author < COLOURS; author += 1) {
      const strong = colour(`author-strong-${author}`);
      assert.ok(contrast(strong, colour("on-author-strong")) >= 4.5, `flag ${author}`);
      for (const paper of ["paper", "paper-raised"]) assert.ok(contrast(strong, colour(paper)) >= 3, `${author} on ${paper}`);
    }
  });

  test(`no two authors have the same tint, ${dark ? "dark" : "light"}`, () => {
    assert.equal(new Set(Array.from({ length: COLOURS }, (_, author) => colour(`author-${author}`))).size, COLOURS);
  });
}
