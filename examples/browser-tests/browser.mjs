// Chromium, without a window and without talking to anybody but the servers of the test.

import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** How long a browser may take to close. */
const CLOSE_MS = 15_000;

export function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** Closes a browser, or gives it up when it hangs: its processes end with ours. */
export function close(browser) {
  let timer;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  return Promise.race([browser.close(), patience]).finally(() => clearTimeout(timer));
}

/** Notes everything on a page that a viewer's browser would complain about. */
export function listenForTrouble(page, allowedHosts) {
  const trouble = [];
  page.on("console", (message) => {
    if (message.type() === "error") trouble.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => trouble.push(`script: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 400) trouble.push(`${response.status()} ${masked(response.url())}`);
  });
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith("http") && !allowedHosts.includes(host)) trouble.push(`foreign request to ${host}`);
  });
  return trouble;
}

function masked(url) {
  return url.replace(/\/t\/[^/]+/, "/t/-");
}
