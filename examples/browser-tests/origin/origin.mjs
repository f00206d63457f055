// The program under test: starts it over a folder of films, mints tokens, stops it.

import { execFileSync, spawn } from "node:child_process";
import { access, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

/** A temporary folder with the demo film. */
export async function makeRoot() {
  const folder = await mkdtemp(join(tmpdir(), "flaskflix-root-"));
  await cp(join(project, "examples/demo/media/demo"), join(folder, "demo"), { recursive: true });
  const film = { id: "demo", heights: [1080, 720, 360], secs: 64 };
  return { folder, film, remove: () => rm(folder, { recursive: true }) };
}

function programOf(program) {
  const target = process.env.CARGO_TARGET_DIR ?? join(project, "target");
  return program ?? process.env.FLASKFLIX_ORIGIN ?? join(target, "debug/flaskflix-origin");
}

export class Origin {
  #process;
  #program;
  #keys;
  #secretFolder;

  /** Starts the program with a secret of its own: every film is encrypted. */
  static async encrypting(program, root, more = []) {
    const folder = await mkdtemp(join(tmpdir(), "flaskflix-secret-"));
    const secret = join(folder, "content.key");
    execFileSync(programOf(program), ["keygen", secret, "--name", "content"]);
    const origin = await Origin.start(program, root, ["--encrypt-with", secret, ...more]);
    origin.#secretFolder = folder;
    return origin;
  }

  /** Starts the program with tokens on and `more` arguments. */
  static async start(program, root, more = []) {
    const origin = new Origin();
    origin.root = root;
    origin.#program = programOf(program);
    await access(origin.#program);
    origin.folder = await mkdtemp(join(tmpdir(), "flaskflix-keys-"));
    origin.#keys = join(origin.folder, "origin.key");
    execFileSync(origin.#program, ["keygen", origin.#keys]);
    const args = ["--root", root, "--key-file", origin.#keys, "--listen", "127.0.0.1:0", "--drain", "1s", ...more];
    origin.#process = spawn(origin.#program, args, { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: origin.#process.stdout });
    for await (const line of lines) {
      origin.url = line.replace(/^listening on (.*)\/$/, "$1");
      break;
    }
    if (!origin.url?.startsWith("http://127.0.0.1:")) throw new Error("the origin did not start");
    return origin;
  }

  /** Another server over the same folder, without the files that `npm ci` installs. */
  withoutPlayer() {
    return Origin.start(this.#program, this.root, ["--player-assets", join(this.folder, "nothing")]);
  }

  /** A token for one film. */
  token(film) {
    const args = ["token", "--key-file", this.#keys, "--movie", film, "--viewer", "browser-test"];
    return execFileSync(this.#program, args, { encoding: "utf8" }).trim();
  }

  async stop() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGTERM");
    const code = await ended;
    await rm(this.folder, { recursive: true });
    if (this.#secretFolder) await rm(this.#secretFolder, { recursive: true });
    if (code !== 0) throw new Error(`the origin ended with code ${code}`);
  }
}
