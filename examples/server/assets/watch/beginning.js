// Where a film begins when the page opens.

/** So close to the end that there is nothing left to go back to. */
const NEARLY_OVER_SECS = 3;

/**
 * Decides where to begin, and whether to ask the viewer first.
 * @param {object} facts
 * @param {number | null} facts.wanted the time in the page's address, which wins
 * @param {boolean} facts.resume whether the link that led here said "resume": then the viewer has been asked already
 * @param {boolean} facts.reloaded whether the viewer has loaded the page again: then the film goes on where it was
 * @param {number | null} facts.left where this tab was a moment ago; fresher than what the server knows
 * @param {{current_time: number, total_duration: number, resume_at: number | null} | null} facts.saved the server's answer
 * @returns {{at: number, ask: boolean}}
 */
export function beginning({ wanted, resume, reloaded, left, saved }) {
  if (wanted !== null) return { at: wanted, ask: false };
  if (reloaded) {
    const at = left ?? saved?.current_time ?? 0;
    const over = saved?.total_duration > 0 && at > saved.total_duration - NEARLY_OVER_SECS;
    return { at: over ? 0 : at, ask: false };
  }
  if (saved?.resume_at > 0) return { at: saved.resume_at, ask: !resume };
  return { at: 0, ask: false };
}

const FRESH_MS = 10_000;
const KEY = "flaskflix-left";

/** Notes where this tab leaves a film. A reload may come before the server has heard it. */
export function noteLeaving(movie, at) {
  store(() => sessionStorage.setItem(KEY, JSON.stringify({ movie, at, when: Date.now() })));
}

/** Where this tab left the film a moment ago; null when it was another film or too long ago. */
export function justLeft(movie) {
  const left = store(() => JSON.parse(sessionStorage.getItem(KEY)));
  return left?.movie === movie && Date.now() - left.when < FRESH_MS ? left.at : null;
}

/** Whether the viewer has loaded this page again. */
export function wasReloaded() {
  return performance.getEntriesByType("navigation")[0]?.type === "reload";
}

/** Storage may be switched off; the film plays without it. */
export function store(use) {
  try {
    return use();
  } catch {
    return null;
  }
}
