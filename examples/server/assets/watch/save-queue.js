// Brings saves to the server one at a time. What waits is replaced by what is newer; what fails is tried again.

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** How long to wait after so many failures in a row: 1 s, 2 s, 4 s, up to 30 s. */
export function pauseAfter(failures) {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
}

export class SaveQueue {
  #send;
  #wait;
  #listen;
  #waiting = null;
  #running = false;

  /**
   * @param {(save: object) => Promise<{retry: boolean, afterMs?: number}>} send brings one save; a rejection counts as
   *   "try again"
   * @param {object} [options]
   * @param {(ms: number) => Promise<void>} [options.wait]
   * @param {(failures: number) => void} [options.listen] told how many failures in a row there were: 0 when all is well
   */
  constructor(send, { wait = (ms) => new Promise((wake) => setTimeout(wake, ms)), listen = () => {} } = {}) {
    this.#send = send;
    this.#wait = wait;
    this.#listen = listen;
  }

  /** Whether everything that was put in has arrived, or was given up. */
  get settled() {
    return !this.#running;
  }

  /** Takes a save. One that still waits is forgotten: it is older. */
  put(save) {
    this.#waiting = save;
    if (!this.#running) this.#run();
  }

  async #run() {
    this.#running = true;
    let failures = 0;
    while (this.#waiting !== null) {
      const save = this.#waiting;
      this.#waiting = null;
      const { retry, afterMs } = await this.#attempt(save);
      if (!retry) {
        failures = 0;
        this.#listen(0);
        continue;
      }
      failures += 1;
      this.#waiting ??= save;
      this.#listen(failures);
      await this.#wait(Math.max(afterMs ?? 0, pauseAfter(failures)));
    }
    this.#running = false;
  }

  async #attempt(save) {
    try {
      return await this.#send(save);
    } catch {
      return { retry: true };
    }
  }
}
