// The program under test, over a data folder and a media folder of its own.

import { execFileSync, spawn } from "node:child_process";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const project = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

export const ADMIN = { name: "admin", password: "a password for the tests" };
export const DEMO = { name: "demo", password: "demo-demo" };

export class Server {
  #process;
  #program;
  #data;

  /** Starts the program with `--demo` on a free port, over `media`, with `more` arguments. */
  static async start(program, media, more = []) {
    const server = new Server();
    const target = process.env.CARGO_TARGET_DIR ?? join(project, "target");
    server.#program = program ?? process.env.FLASKFLIX_SERVER ?? join(target, "debug/flaskflix-server");
    await access(server.#program);
    server.#data = await mkdtemp(join(tmpdir(), "flaskflix-data-"));
    server.media = media;
    await server.#listen("127.0.0.1:0", more);
    return server;
  }

  /** The host and port, as browsers name them. */
  get host() {
    return new URL(this.url).host;
  }

  /** Adds a movie by the command line, while the server runs. Returns its id. */
  add(title, ...source) {
    const args = ["movie", "add", "--data", this.#data, "--title", title, ...source];
    const said = execFileSync(this.#program, args, { encoding: "utf8", env: this.#environment() });
    const id = /^added (\d+)/m.exec(said)?.[1];
    if (!id) throw new Error(`movie add said: ${said}`);
    return id;
  }

  /** Lets it be gone, `then` come back at the same address. */
  async away(then) {
    const { host } = this;
    const more = this.#more;
    await this.#end();
    try {
      await then();
    } finally {
      await this.#listen(host, more);
    }
  }

  async stop() {
    const code = await this.#end();
    await rm(this.#data, { recursive: true });
    if (code !== 0) throw new Error(`the server ended with code ${code}`);
  }

  #more = [];

  async #listen(address, more) {
    this.#more = more;
    // The commands of `movie add` read the same variables, and so the same media folder.
    const args = ["--demo", "--data", this.#data, "--listen", address, "--drain", "1s", ...more];
    this.#process = spawn(this.#program, args, { stdio: ["ignore", "pipe", "inherit"], env: this.#environment() });
    const lines = createInterface({ input: this.#process.stdout });
    for await (const line of lines) {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (url) {
        this.url = url;
        break;
      }
    }
    this.#process.stdout.resume();
    if (!this.url) throw new Error("the server did not start");
  }

  #environment() {
    return {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FLASKFLIX_"))),
      FLASKFLIX_MEDIA: this.media,
      FLASKFLIX_ADMIN_PASSWORD: ADMIN.password,
      FLASKFLIX_LOG: "warn",
      // The tests open in minutes what a viewer opens in days.
      FLASKFLIX_MINT_PER_VIEWER: "100000/1h",
      FLASKFLIX_MINT_PER_ADDRESS: "100000/1h",
      FLASKFLIX_PROGRESS_PER_VIEWER: "100000/1h",
    };
  }

  async #end() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGTERM");
    return ended;
  }
}
