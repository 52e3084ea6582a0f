// What people read, by the ids of allmende/locale: `texts("de")("meet.people-here", { n: 2 })`.
import { readFileSync, readdirSync } from "node:fs";

const LOCALE = new URL("../../allmende/locale/", import.meta.url);

/** Reads one catalogue; an id with a plural has a list of forms. */
function entries(source) {
  const found = new Map();
  let id = "";
  let field = "";
  for (const line of source.split("\n")) {
    const [, word = "", quoted = ""] = /^(msgid_plural|msgid|msgstr(?:\[\d\])?)?\s*(".*")\s*$/.exec(line) ?? [];
    if (word) field = word;
    if (!quoted) continue;
    const text = JSON.parse(quoted);
    if (field === "msgid") {
      id = word ? text : id + text;
    } else if (field.startsWith("msgstr")) {
      const place = Number(/\d/.exec(field)?.[0] ?? 0);
      const forms = found.get(id) ?? [];
      forms[place] = (word ? "" : forms[place]) + text;
      found.set(id, forms);
    }
  }
  return found;
}

/** Returns the function that finds texts of a language; an unknown id throws. */
export function texts(language) {
  const folder = new URL(`${language}/`, LOCALE);
  const all = new Map();
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".po"))) {
    for (const [id, forms] of entries(readFileSync(new URL(name, folder), "utf8"))) all.set(id, forms);
  }
  return (id, values = {}) => {
    const forms = all.get(id);
    if (!forms) throw new Error(`no text ${id} in ${language}`);
    const form = forms[forms.length > 1 && values.n !== 1 ? 1 : 0];
    return form.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  };
}
