// The media folder of the tests: the demo film as one file, as a finished HLS folder, and on another host.

import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { promisify } from "node:util";

import { project } from "./server.mjs";

export const FILM = { path: "films/aurora.mp4", secs: 64 };
export const FOLDER = { path: "aurora-hls/master.m3u8", secs: 64 };

export async function makeMedia() {
  const folder = await mkdtemp(join(tmpdir(), "flaskflix-media-"));
  const source = join(project, "examples/demo/media/demo/360p.mp4");
  await mkdir(join(folder, "films"));
  await copyFile(source, join(folder, FILM.path));
  await mkdir(join(folder, "aurora-hls"));
  const hls = ["-map", "0:v", "-map", "0:a:0", "-c", "copy", "-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod"];
  const names = ["-hls_segment_filename", join(folder, "aurora-hls/360p_%03d.ts"), "-master_pl_name", "master.m3u8"];
  const args = ["-loglevel", "error", "-i", source, ...hls, ...names, join(folder, "aurora-hls/360p.m3u8")];
  const leftOut = await promisify(execFile)("ffmpeg", args).then(
    () => null,
    (error) => `the HLS folder: ${error.message}`,
  );
  return { folder, leftOut, remove: () => rm(folder, { recursive: true }) };
}

const TYPES = { ".mp4": "video/mp4", ".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t" };

/** Another host: plain files with ranges, and the leave for pages of other origins to read them. */
export class OtherHost {
  #server;

  static async start(folder) {
    const host = new OtherHost();
    host.#server = createServer((request, response) => answer(folder, request, response));
    await new Promise((resolve) => host.#server.listen(0, "127.0.0.1", resolve));
    host.host = `127.0.0.1:${host.#server.address().port}`;
    host.url = `http://${host.host}`;
    return host;
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}

async function answer(folder, request, response) {
  const path = join(folder, normalize(new URL(request.url, "http://localhost").pathname));
  const size = await stat(path).then((found) => found.size, () => null);
  if (size === null) return response.writeHead(404).end();
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const [first, last] = [Number(from ?? 0), to ? Math.min(Number(to), size - 1) : size - 1];
  const partial = from === undefined ? {} : { "content-range": `bytes ${first}-${last}/${size}` };
  response.writeHead(from === undefined ? 200 : 206, {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "accept-ranges": "bytes",
    "content-type": TYPES[extname(path)],
    "content-length": last - first + 1,
    ...partial,
  });
  if (request.method === "HEAD") return response.end();
  createReadStream(path, { start: first, end: last }).on("error", () => response.destroy()).pipe(response);
}
