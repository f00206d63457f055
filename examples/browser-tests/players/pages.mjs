// Serves a page for each player, and the players on them, from another origin than the films: CORS is tested on the way.

import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

const VENDOR = {
  "/vendor/hls.js": "../node_modules/hls.js/dist/hls.min.js",
  "/vendor/shaka.js": "../node_modules/shaka-player/dist/shaka-player.compiled.js",
  "/vendor/dash.js": "../node_modules/dashjs/dist/modern/umd/dash.all.min.js",
  "/vendor/video.js": "../../player/node_modules/video.js/dist/video.min.js",
  "/vendor/video-js.css": "../../player/node_modules/video.js/dist/video-js.min.css",
};
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

export class PlayerPages {
  #server;

  static async start() {
    for (const file of Object.values(VENDOR)) await access(join(here, file));
    const pages = new PlayerPages();
    pages.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url, "http://localhost");
      const file = VENDOR[pathname] ?? /^\/harness\/[a-z.]+$/.exec(pathname)?.[0].slice(1);
      if (file === undefined) return response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
      response.writeHead(200, { "content-type": TYPES[extname(file)] });
      createReadStream(join(here, file)).on("error", () => response.destroy()).pipe(response);
    });
    await new Promise((resolve) => pages.#server.listen(0, "127.0.0.1", resolve));
    pages.host = `127.0.0.1:${pages.#server.address().port}`;
    pages.origin = `http://${pages.host}`;
    return pages;
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
