// The texts of the page's language, for elements. texts_url("meet", "chat") of a template gives
// the address; ids and places are those of the catalogues: text("meet.people", { n: 3 }).

type Catalogue = Readonly<Record<string, string | Readonly<Record<string, string>>>>;
export type Values = Readonly<Record<string, string | number>>;

export class Texts {
  private readonly plural: Intl.PluralRules;
  private readonly numbers: Intl.NumberFormat;

  constructor(
    private readonly catalogue: Catalogue,
    readonly language: string,
  ) {
    this.plural = new Intl.PluralRules(language);
    this.numbers = new Intl.NumberFormat(language);
  }

  /** Fetches the catalogue; the address changes with the content, so the browser keeps it. */
  static async load(url: string, language = document.documentElement.lang): Promise<Texts> {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`no texts: ${response.status}`);
    return new Texts((await response.json()) as Catalogue, language);
  }

  has(id: string): boolean {
    return Object.hasOwn(this.catalogue, id);
  }

  /** Returns plain text: set it as textContent, never as HTML. */
  text(id: string, values: Values = {}): string {
    const form = this.has(id) ? this.catalogue[id] : undefined;
    if (form === undefined) throw new Error(`no text ${id}`);
    const chosen = typeof form === "string" ? form : (form[this.plural.select(Number(values["n"] ?? 1))] ?? form["other"] ?? "");
    return chosen.replace(/\{([a-z][a-z0-9_]*)\}/g, (place, name: string) => this.shown(values[name], place));
  }

  private shown(value: string | number | undefined, place: string): string {
    return typeof value === "number" ? this.numbers.format(value) : (value ?? place);
  }
}
