// An encrypted film in the origin's player page: it plays and seeks, the key comes with the token, the clear film does not.

import { listenForTrouble } from "../browser.mjs";
import { expect } from "../report.mjs";
import { Origin } from "./origin.mjs";

const PATIENCE_MS = 60_000;

export async function testEncrypted({ report, browser, program, root, film }) {
  const origin = await Origin.encrypting(program, root);
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const trouble = listenForTrouble(page, [new URL(origin.url).host]);
  const check = (name, fact) => report.check(`encrypted: ${name}`, fact);
  const video = (read, argument) => page.waitForFunction(read, argument);
  const asked = [];
  page.on("response", (response) => asked.push({ path: new URL(response.url()).pathname, status: response.status() }));
  try {
    const token = origin.token(film.id);
    await check("plays", async () => {
      await page.goto(`${origin.url}/play/${film.id}#token=${token}`);
      await video(() => document.querySelector("video")?.currentTime > 1);
    });
    await check("plays after a seek", async () => {
      await page.evaluate((to) => (document.querySelector("video").currentTime = to), film.secs * 0.6);
      await video((to) => document.querySelector("video").currentTime > to + 1, film.secs * 0.6);
    });
    await check("fetches the key behind its token", async () => {
      const keys = asked.filter(({ path }) => path.endsWith("/key"));
      expect(keys.length > 0, "no key was asked for");
      expect(keys.every(({ path, status }) => status === 200 && path.includes(token)), JSON.stringify(keys));
    });
    await check("shows a real picture", async () => {
      const pixels = await page.evaluate(() => {
        const video = document.querySelector("video");
        const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 18 });
        const context = canvas.getContext("2d");
        context.drawImage(video, 0, 0, 32, 18);
        return new Set(context.getImageData(0, 0, 32, 18).data).size;
      });
      expect(pixels > 16, `${pixels} different values`);
    });
    await check("refuses the clear film, and the key to those without a token", async () => {
      const status = async (path) => (await fetch(`${origin.url}/stream/${film.id}/${path}`)).status;
      expect((await status(`t/${token}/video`)) === 404, "the clear film is served");
      expect((await status("key")) === 401, "the key is served");
    });
    await check("meets no error", async () => {
      expect(trouble.length === 0, trouble.join("; "));
    });
  } finally {
    await page.close();
    await origin.stop();
  }
}
