/** All tiles: as a grid with pages, or one large and the others in a strip. */

import type { Call } from "./call";
import { button, el, say } from "./dom";
import type { Person } from "./people";
import { Tile, type TileKind } from "./tile";
import { t } from "./texts";

export type View = "grid" | "speaker";

const ON_DESKTOP = 16;
const ON_PHONE = 6;
const IN_STRIP = 5;
const WIDE = 16 / 9;
/** How tall a tile may be for its width. */
const TALL = 3 / 4;
const TALL_ON_PHONE = 4 / 3;

interface Wanted {
  key: string;
  kind: TileKind;
  person: Person;
}

export class Stage {
  readonly node: HTMLElement;
  /** What the person chose; null: the page decides by whether a screen is shared. */
  view: View | null = null;
  pinned: string | null = null;
  hideSelf = false;
  /** How many tiles at most on a page, where there is less room. */
  most: number | undefined;
  private readonly list = el("ul", { class: "meet-tiles" });
  private readonly pageWord = el("span", { class: "meet-page", "aria-live": "polite" });
  private readonly pager: HTMLElement;
  private readonly tiles = new Map<string, Tile>();
  private phone = false;
  private page = 0;
  private talker: string | null = null;
  private last: Person[] = [];

  /** `inSight` is told whose tiles are shown. */
  constructor(
    private readonly openMenu: (person: Person, kind: TileKind) => void,
    private readonly inSight: (identities: string[]) => void,
  ) {
    this.list.setAttribute("aria-label", t("meet.pictures"));
    const back = button("chevron-left", t("meet.page-back"), () => this.turn(-1), "button-quiet icon-only");
    const on = button("chevron-right", t("meet.page-on"), () => this.turn(1), "button-quiet icon-only");
    this.pager = el("div", { class: "meet-pager", hidden: true }, back, this.pageWord, on);
    this.node = el("section", { class: "meet-stage", tabindex: "-1" }, this.list, this.pager);
    this.node.setAttribute("aria-label", t("meet.call"));
    new ResizeObserver(() => this.arrange()).observe(this.list);
  }

  /** Phones show fewer tiles at once. */
  resize(phone: boolean): void {
    this.phone = phone;
    if (this.last.length) this.update(this.last);
  }

  get effectiveView(): View {
    if (this.view) return this.view;
    const one = this.last.some((p) => p.sharing || p.spotlight);
    return one || this.pinned !== null ? "speaker" : "grid";
  }

  update(people: Person[]): void {
    this.last = people;
    this.noteTalker(people);
    const wanted = this.wanted(people);
    const shown = this.effectiveView === "grid" ? this.paged(wanted) : this.around(wanted);
    this.node.dataset["view"] = this.effectiveView;
    for (const [key, tile] of this.tiles) {
      if (!shown.some((one) => one.key === key)) {
        tile.close();
        this.tiles.delete(key);
      }
    }
    shown.forEach((one, place) => this.place(one, place));
    this.arrange();
    this.inSight(shown.filter((one) => one.kind === "person").map((one) => one.person.identity));
  }

  pin(key: string | null): void {
    this.pinned = this.pinned === key ? null : key;
    this.page = 0;
    this.update(this.last);
  }

  flip(): View {
    this.view = this.effectiveView === "grid" ? "speaker" : "grid";
    this.page = 0;
    this.update(this.last);
    return this.view;
  }

  private noteTalker(people: Person[]): void {
    const talking = people.find((p) => p.speaking && !p.me);
    if (talking) this.talker = talking.identity;
    if (!people.some((p) => p.identity === this.talker)) this.talker = null;
  }

  private wanted(people: Person[]): Wanted[] {
    const shares = people
      .filter((p) => p.sharing)
      .map((person) => ({ key: `share:${person.identity}`, kind: "share" as const, person }));
    const faces = people
      .filter((p) => !(p.me && this.hideSelf && people.length > 1))
      .map((person) => ({ key: person.identity, kind: "person" as const, person }));
    return [...shares, ...faces];
  }

  private paged(wanted: Wanted[]): Wanted[] {
    const size = this.phone ? ON_PHONE : (this.most ?? ON_DESKTOP);
    return this.cut(wanted, size);
  }

  private around(wanted: Wanted[]): Wanted[] {
    const main = this.mainOf(wanted);
    if (!main) return [];
    const others = wanted.filter((one) => one !== main);
    return [main, ...this.cut(others, this.phone ? 3 : IN_STRIP)];
  }

  private cut(wanted: Wanted[], size: number): Wanted[] {
    const pages = Math.max(1, Math.ceil(wanted.length / size));
    this.page = Math.min(this.page, pages - 1);
    this.pager.hidden = pages === 1;
    say(this.pageWord, t("meet.page", { page: this.page + 1, pages }));
    return wanted.slice(this.page * size, (this.page + 1) * size);
  }

  /** Pinned by me, put forward for all, a screen, who has the floor, who talks, anybody. */
  private mainOf(wanted: Wanted[]): Wanted | undefined {
    return (
      wanted.find((one) => one.key === this.pinned) ??
      wanted.find((one) => one.kind === "share") ??
      wanted.find((one) => one.person.spotlight) ??
      wanted.find((one) => one.person.floor && !one.person.me) ??
      wanted.find((one) => one.person.identity === this.talker) ??
      wanted.find((one) => !one.person.me) ??
      wanted[0]
    );
  }

  private place(one: Wanted, place: number): void {
    let tile = this.tiles.get(one.key);
    if (!tile) {
      tile = new Tile(one.key, one.kind, this.openMenu);
      this.tiles.set(one.key, tile);
    }
    const main = place === 0 && this.effectiveView === "speaker";
    tile.node.toggleAttribute("data-main", main);
    tile.node.toggleAttribute("data-pinned", one.key === this.pinned);
    // Moving a node takes the focus away and stops its video: only what is elsewhere moves.
    if (this.list.children[place] !== tile.node) {
      const focused = tile.node.contains(document.activeElement) ? document.activeElement : null;
      this.list.insertBefore(tile.node, this.list.children[place] ?? null);
      if (focused instanceof HTMLElement) focused.focus();
    }
    tile.update(one.person);
  }

  private turn(by: number): void {
    this.page = Math.max(0, this.page + by);
    this.update(this.last);
  }

  /** Finds the number of columns that makes the tiles largest. */
  private arrange(): void {
    const count = this.list.children.length;
    if (count === 0 || this.effectiveView !== "grid") return;
    const { clientWidth: width, clientHeight: height } = this.list;
    const gap = Number.parseFloat(getComputedStyle(this.list).columnGap) || 0;
    let best = { columns: 1, wide: 0, tall: 0 };
    for (let columns = 1; columns <= count; columns += 1) {
      const rows = Math.ceil(count / columns);
      const w = (width - gap * (columns - 1)) / columns;
      const h = (height - gap * (rows - 1)) / rows;
      const wide = Math.min(w, h * WIDE);
      const tall = Math.min(h, wide * (this.phone ? TALL_ON_PHONE : TALL));
      if (wide * tall > best.wide * best.tall) best = { columns, wide, tall };
    }
    this.list.style.setProperty("--meet-columns", String(best.columns));
    this.list.style.setProperty("--meet-tile-width", `${String(Math.floor(best.wide))}px`);
    this.list.style.setProperty("--meet-tile-height", `${String(Math.floor(best.tall))}px`);
  }
}

export type { Call };
