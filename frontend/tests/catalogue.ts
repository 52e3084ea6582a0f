// The texts of a system as the server would send them, read from its catalogue.
import { readFileSync } from "node:fs";
import { Texts } from "../kit/texts";

type Forms = Record<string, string | Record<string, string>>;

const LINE = /^(msgid|msgid_plural|msgstr(?:\[(\d)\])?) (".*")$/;

export function textsOf(system: string, language = "en"): Texts {
  const forms: Forms = {};
  let id = "";
  for (const line of readFileSync(`allmende/locale/${language}/${system}.po`, "utf8").split("\n")) {
    const [, word = "", place, quoted = '""'] = LINE.exec(line) ?? [];
    const text = JSON.parse(quoted) as string;
    if (word === "msgid") id = text;
    else if (place !== undefined) forms[id] = { ...(forms[id] as object), [place === "0" ? "one" : "other"]: text };
    else if (word.startsWith("msgstr") && id) forms[id] = text;
  }
  return new Texts(forms, language);
}
