// What to tell a viewer when something goes wrong.

const BY_STATUS = {
  401: ["This token does not open the film", "It may have expired, or not be complete. Paste a new one."],
  403: ["This token opens another film", "Every token is made for one film. Paste the one for this film."],
  404: ["The film is not there", "It may have been moved or renamed since the list was loaded."],
  415: ["This film cannot be streamed as HLS", "It holds a format that the packager does not know yet."],
  422: ["This film cannot be streamed as HLS", "Its file is damaged, or holds a format that the packager does not know yet."],
  429: ["Too many requests", "Wait a moment, then try again."],
  503: ["The server is busy", "Wait a moment, then try again."],
};

const OFFLINE = ["The server does not answer", "Check the connection, then try again."];
const BROKEN = ["The server could not send the film", "Trying again may help; the server's log says more."];
const UNPLAYABLE = ["Your browser cannot play this film", "It has no decoder for it. Another browser, or one of the players below, may."];

/**
 * Asks the server for `address` and says what is wrong with it.
 * @returns {Promise<{status: number, title: string, text: string} | null>} null when nothing is
 */
export async function problemWith(address) {
  let status = 0;
  try {
    const response = await fetch(address, { method: "HEAD", cache: "no-store", referrerPolicy: "no-referrer" });
    if (response.ok) return null;
    status = response.status;
  } catch {
    // No answer at all: the status stays 0.
  }
  const [title, text] = BY_STATUS[status] ?? (status === 0 ? OFFLINE : BROKEN);
  return { status, title, text };
}

/** The server is well and the browser still refuses. */
export function unplayable() {
  const [title, text] = UNPLAYABLE;
  return { status: 200, title, text };
}
