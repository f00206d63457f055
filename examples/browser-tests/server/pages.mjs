// Every page but the player: width, contrast, headings, keyboard, and life without scripts.

import { expect } from "../report.mjs";
import { ADMIN, DEMO } from "./server.mjs";
import { Visitor } from "./visitor.mjs";

const GUEST_PAGES = ["/", "/?q=film", "/?q=nothing-is-called-this", "/movie/1", "/login", "/register"];
const ADMIN_PAGES = ["/", "/movie/1", "/account", "/admin", "/admin/movies/new", "/admin/movies/1", "/admin/users"];
const WIDTHS = [360, 768, 1280, 1920, 3840];

export async function testPages({ report, browser, server, demo }) {
  const check = (name, fact) => report.check(`pages: ${name}`, fact);
  const guest = await Visitor.arrive(browser, server);
  const admin = await Visitor.arrive(browser, server);
  await check("guests: every page is well made", () => inspectAll(guest, GUEST_PAGES));
  await check("administrators: every page is well made", async () => {
    await admin.signIn(ADMIN);
    await begin(admin, demo);
    await inspectAll(admin, ADMIN_PAGES);
  });
  await check("the keyboard reaches everything, and one sees where it is", () => keyboard(admin.page));
  await check("menus open, close and give the focus back by keyboard", () => menus(admin.page));
  await check("nothing moves for those who asked for that", async () => {
    await admin.page.goto("/");
    expect((await admin.page.evaluate(() => document.getAnimations().length)) === 0, "something moves");
  });
  guest.expectNoTrouble();
  admin.expectNoTrouble();
  await guest.leave();
  await admin.leave();

  const plain = await Visitor.arrive(browser, server, { javaScriptEnabled: false });
  await check("without scripts: sign in, the row, its menu, marking, deleting from the row", () => withoutScripts(plain, demo));
  await plain.leave();
}

/** The same checks for a context of one's own that is signed in or not: throws what is wrong with these pages. */
export async function checkPages(context, base, paths = GUEST_PAGES) {
  const page = await context.newPage();
  for (const path of paths) {
    await page.goto(new URL(path, base).href);
    await inspect(page, path);
  }
  await page.close();
}

async function begin(visitor, movie) {
  const headers = { origin: visitor.server.url };
  const data = { current_time: 20, total_duration: 60 };
  const answer = await visitor.context.request.post(`/stream/${movie}/progress`, { data, headers });
  expect(answer.ok(), `POST progress: ${answer.status()}`);
}

async function inspectAll(visitor, paths) {
  for (const path of paths) {
    await visitor.page.goto(path);
    await inspect(visitor.page, path);
  }
}

async function inspect(page, path) {
  const size = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const content = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(content <= width, `${path} is ${content} px wide in a view of ${width} px`);
  }
  await page.setViewportSize(size);
  const faults = [...(await page.evaluate(outline)), ...(await page.evaluate(contrast))];
  expect(faults.length === 0, `${path}: ${faults.join("; ")}`);
}

/** In the page: landmarks, headings, labels, alternative texts. */
function outline() {
  const faults = [];
  const shown = (element) => element.checkVisibility();
  for (const landmark of ["main", "header", "footer", "h1"]) {
    const count = [...document.querySelectorAll(landmark)].filter(shown).length;
    if (count !== 1) faults.push(`${count} ${landmark}`);
  }
  let before = 0;
  for (const heading of [...document.querySelectorAll("h1, h2, h3, h4")].filter(shown)) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) faults.push(`h${level} “${heading.textContent.trim()}” after h${before}`);
    before = level;
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), textarea, select")) {
    if (!field.labels?.length && !field.getAttribute("aria-label")) faults.push(`${field.name} has no label`);
  }
  for (const image of document.querySelectorAll("img:not([alt])")) faults.push(`${image.src} has no alt`);
  for (const act of document.querySelectorAll("a[href], button")) {
    const name = act.getAttribute("aria-label") ?? act.textContent.trim();
    if (!name) faults.push(`nameless ${act.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of ids.filter((id, place) => ids.indexOf(id) !== place)) faults.push(`id ${id} twice`);
  return faults;
}

/** In the page: WCAG 2.2 success criterion 1.4.3 for every text that stands on colours. Text on pictures stands on scrims. */
function contrast() {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((channel, at) => channel * a + below[at] * (1 - a));
  const luminance = (colour) => {
    const [r, g, b] = colour.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [9, 12, 22]);
  };
  const faults = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest("[aria-hidden=true], .visually-hidden, script, template")) continue;
    const style = getComputedStyle(element);
    const below = ground(element);
    const colours = [luminance(over(rgba(style.color), below)), luminance(below)].sort((a, b) => b - a);
    const ratio = (colours[0] + 0.05) / (colours[1] + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faults.push(`“${element.textContent.trim().slice(0, 30)}” has a contrast of ${ratio.toFixed(2)}`);
  }
  return faults;
}

async function keyboard(page) {
  await page.goto("/");
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement.textContent);
  expect(first === "Skip to the content", `the first stop is “${first}”`);
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement.id === "main"), "the skip link leads elsewhere");
  await page.goto("/");
  const wanted = await page.evaluate(() => {
    const stops = document.querySelectorAll("a[href], button:not(:disabled), input:not([type=hidden])");
    return [...stops].filter((stop) => stop.checkVisibility()).length;
  });
  const reached = new Set();
  for (let press = 0; press < wanted + 20; press += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement;
      if (at === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      window.stops ??= new Map();
      if (!window.stops.has(at)) window.stops.set(at, window.stops.size);
      const box = at.getBoundingClientRect();
      const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      const isScroller = at.matches(".row");
      return { id: window.stops.get(at), html: at.outerHTML.slice(0, 90), seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2, inView, isScroller };
    });
    if (!stop) break;
    expect(stop.seen, `one cannot see the focus on ${stop.html}`);
    expect(stop.inView, `the focus is out of view on ${stop.html}`);
    if (!stop.isScroller) reached.add(stop.id);
  }
  expect(reached.size >= wanted, `${reached.size} of ${wanted} stops were reached`);
}

async function menus(page) {
  await page.goto("/");
  const more = page.locator("#continue .more").first();
  await more.focus();
  await page.keyboard.press("Enter");
  const remove = page.getByRole("button", { name: "Remove from this row" });
  await remove.waitFor();
  await page.keyboard.press("Tab");
  expect(await remove.evaluate((button) => button === document.activeElement), "the menu's first line has not the focus");
  await page.keyboard.press("Escape");
  await remove.waitFor({ state: "hidden" });
  expect(await more.evaluate((button) => button === document.activeElement), "the focus is lost");
}

async function withoutScripts(visitor, demo) {
  const { page } = visitor;
  await visitor.signIn(DEMO);
  // Other tests have begun other films: with this one alone in the row, its button is the only one.
  const headers = { origin: visitor.server.url };
  const answer = await visitor.context.request.delete("/continue-watching", { headers });
  expect(answer.ok(), `DELETE /continue-watching: ${answer.status()}`);
  await begin(visitor, demo);
  await page.goto("/");
  // Other tests may have left other films in the row.
  const card = page.locator(`#continue [data-movie="${demo}"]`);
  await card.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("button", { name: "Remove from this row" }).click();
  await page.waitForURL((url) => url.pathname === "/");
  expect((await card.count()) === 0, "it is still in the row");
  await page.goto(`/movie/${demo}`);
  await page.getByRole("button", { name: "Mark as watched" }).click();
  await page.getByText("Watched", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Mark as not watched" }).click();
  await page.getByRole("button", { name: "Mark as watched" }).waitFor();
  await visitor.forget(demo);
}
