// Looks at every page of a story and collects what is wrong with it: width, axe, console.
import { axe } from "./axe.mjs";

/** With ALLMENDE_PICTURES a picture of each page is kept too, named by the story and the view. */
export function looking(title, { language, theme, size }) {
  const complaints = [];
  async function look(one, where) {
    const wide = await one.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) complaints.push(`${where}: ${wide} px wider than its window`);
    for (const violation of await axe(one.page)) complaints.push(`${where}: ${violation}`);
    for (const said of one.said.splice(0)) complaints.push(`${where}: console: ${said}`);
    if (process.env.ALLMENDE_PICTURES) {
      const name = `${title} ${where} ${language} ${theme} ${size}.png`.replaceAll(" ", "-");
      await one.page.screenshot({ path: `${process.env.ALLMENDE_PICTURES}/${name}`, fullPage: true });
    }
  }
  return { complaints, look };
}
