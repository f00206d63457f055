// Who may watch, and for how long: signing in on the way, tokens and sessions that end in the middle of a film, a server
// that is away, a second device.

import { expect } from "../report.mjs";
import { DEMO, Server } from "./server.mjs";
import { Visitor, near } from "./visitor.mjs";

/** A 401 that the page met and mended: the browser writes it on the console by itself. */
const REFUSED = /401/;
const LOST = /401|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_NETWORK/;

export async function testSessions({ report, browser, server, program, media, demo }) {
  const check = (name, fact) => report.check(`session: ${name}`, fact);
  const visitor = await Visitor.arrive(browser, server);
  const { page } = visitor;

  await check("a film that needs a log-in is there after it, at its second", async () => {
    await visitor.watch(demo, "?t=30");
    await page.waitForURL(/\/login\?next=/);
    await visitor.fillIn(DEMO.name, DEMO.password);
    await visitor.begins(30);
  });
  await check("a session that ends in the middle of the film does not stop it, and its place is kept", async () => {
    await visitor.context.clearCookies();
    const at = 45;
    await visitor.seek(at);
    await visitor.plays(at + 1);
    await visitor.pauses();
    await visitor.signInElsewhere(DEMO);
    await visitor.saved(demo, (progress) => progress.current_time >= at);
    visitor.expectNoTrouble();
  });
  await check("a movie that is not there is a page that says so", async () => {
    for (const path of ["/movie/999999", "/movie/999999/watch", "/movie/x/watch"]) {
      const response = await page.goto(path);
      expect(response.status() === 404, `${path}: ${response.status()}`);
      await page.getByRole("link", { name: /back to/i }).waitFor();
    }
    visitor.expectOnly(/404/);
  });
  await check("a paused second device does not move the position", () => secondDevice(browser, server, visitor, demo));
  await visitor.leave();

  const brief = await Server.start(program, media.folder, ["--token-ttl", TOKEN_TTL]);
  try {
    await checkExpiry({ check, browser, server: brief });
  } finally {
    await brief.stop();
  }
}

/** Keeps back the answer to the next request for an address, until it is released. */
async function holdAnswer(page, address) {
  let [release, held] = [];
  const released = new Promise((resolve) => (release = resolve));
  const arrived = new Promise((resolve) => (held = resolve));
  const answer = async (route) => {
    const response = await route.fetch();
    held();
    await released;
    await route.fulfill({ response });
  };
  await page.route(address, answer, { times: 1 });
  return { held: arrived, release };
}

const TOKEN_TTL = "4s";
const LONGER_MS = 5_000;

/** Ends the session, and watches until the token has expired as well. */
async function outlive(visitor) {
  await visitor.context.clearCookies();
  const begin = await visitor.page.evaluate(() => performance.now());
  await visitor.page.waitForFunction(([begin, ms]) => performance.now() - begin > ms, [begin, LONGER_MS]);
}

async function secondDevice(browser, server, visitor, demo) {
  const second = await Visitor.arrive(browser, server);
  try {
    await second.signIn(DEMO);
    await second.watch(demo, "?t=10");
    await second.plays(10.5);
    const early = await second.pauses();
    await second.saved(demo, (progress) => Math.abs(progress.current_time - early) < 0.1);

    await visitor.watch(demo, "?t=40");
    await visitor.plays(41);
    const late = await visitor.pauses();
    await visitor.saved(demo, (progress) => Math.abs(progress.current_time - late) < 0.1);
    // Looked at, hidden and left: a page that has nothing new to say says nothing.
    await second.page.bringToFront();
    await second.page.goto("/");
    await second.page.waitForLoadState("networkidle");
    near((await visitor.progress(demo)).current_time, late, "the saved position", 0.1);
    second.expectNoTrouble();
  } finally {
    await second.leave();
  }
}

async function checkExpiry({ check, browser, server }) {
  const visitor = await Visitor.arrive(browser, server);
  const { page } = visitor;
  const demo = "1";
  const refusals = [];
  page.on("response", (response) => response.status() === 401 && refusals.push(response.url()));
  let heights;

  await check("a token that expires in the middle of the film is minted anew, and nobody sees it", async () => {
    await visitor.signIn(DEMO);
    await visitor.watch(demo);
    await visitor.plays(6);
    heights = (await visitor.state()).videoHeight;
    await page.evaluate(() => {
      window.seen = [];
      for (const event of ["error", "emptied", "loadstart"]) document.querySelector("video").addEventListener(event, () => window.seen.push(event));
    });
    await visitor.seek(52);
    await visitor.plays(53);
    expect(refusals.length > 0, "the token did not expire");
    const seen = await page.evaluate(() => window.seen);
    expect(seen.length === 0, `the player started anew: ${seen}`);
    expect(!(await page.locator("#message").isVisible()), "a message is shown");
    expect((await visitor.state()).videoHeight === heights, "the quality has changed");
    visitor.expectOnly(REFUSED);
  });
  await check("when the session has ended too it asks to sign in again, and comes back to the same second", async () => {
    await visitor.watch(demo, "?t=5");
    await visitor.plays(6);
    // The next save is the first to be refused.
    await outlive(visitor);
    const again = page.getByRole("link", { name: "Sign in again" });
    await again.waitFor();
    const { currentTime: at } = await visitor.state();
    await again.click();
    await page.waitForURL(/\/login\?next=/);
    const back = new URL(page.url()).searchParams.get("next");
    const secs = Number(/t=(\d+)$/.exec(back)?.[1]);
    near(secs, at - 0.5, `the second in ${back}`, 0.75);
    await visitor.fillIn(DEMO.name, DEMO.password);
    await visitor.begins(secs);
    visitor.expectOnly(REFUSED);
  });
  await check("it goes on by itself when the viewer signs in elsewhere", async () => {
    await visitor.watch(demo, "?t=5");
    await visitor.plays(6);
    await outlive(visitor);
    await page.evaluate(() => {
      document.querySelector("video").currentTime = 45;
    });
    await page.getByRole("link", { name: "Sign in again" }).waitFor();
    // What the browser had still to tell when the page stopped the film.
    await page.evaluate(() => {
      for (const event of ["playing", "pause"]) document.querySelector("video").dispatchEvent(new Event(event));
    });
    const returned = () => page.evaluate(() => window.dispatchEvent(new Event("focus")));
    // A request for a token from before that, whose refusal arrives after it.
    const late = await holdAnswer(page, "**/stream/*/token*");
    await returned();
    await late.held;
    await visitor.signInElsewhere(DEMO);
    await returned();
    await late.release();
    await visitor.plays(1);
    expect(!(await page.locator("#message").isVisible()), "the message stays");
    visitor.expectOnly(REFUSED);
  });
  await check("a film whose first token is refused begins where it should when it is tried again", async () => {
    await page.route("**/stream/*/token*", (route) => route.fulfill({ status: 503 }), { times: 1 });
    await visitor.watch(demo, "?t=33");
    await page.getByRole("button", { name: "Try again" }).click();
    await visitor.begins(33);
    visitor.expectOnly(/401|503/);
  });
  await check("a server that is away for a moment is waited for: the film goes on and its place is saved", async () => {
    await visitor.watch(demo, "?t=2");
    await visitor.plays(3);
    await server.away(async () => {
      await page.evaluate(() => {
        document.querySelector("video").currentTime = 50;
      });
      await page.getByText("The server cannot be reached.").waitFor();
      expect(!(await page.locator("#message").isVisible()), "a message is shown over the film");
    });
    await visitor.plays(50);
    await visitor.saved(demo, (progress) => progress.current_time >= 50);
    await page.getByText("The server cannot be reached.").waitFor({ state: "hidden" });
    visitor.expectOnly(LOST);
  });
  await visitor.leave();
}
