// The requests of video.js for playlists and segments. An expired token or a network that is away for a moment must not
// disturb the film: video.js would give up a quality for minutes. The request is sent again, and video.js hears of the
// last answer only.

import { pauseAfter } from "./save-queue.js";

const REFUSALS = [401, 403];
const GONE = 410;
const BUSY = [429, 502, 503, 504];
/** A server that is busy is asked so often. A network that is away is waited for as long as it takes. */
const ATTEMPTS = 5;
/** A new token that is refused as well is another matter. */
const RENEWALS = 2;
const LONGEST_PAUSE_MS = 5_000;

/**
 * From now on every request of video.js to this server goes out with the newest token, and is patient.
 * @param {(failures: number) => void} listen told how often in a row the server could not be reached: 0 when it answers
 */
export function sendWithToken(videojs, token, listen) {
  videojs.Vhs.xhr = (options, answered) => {
    let [failures, renewals] = [0, 0];
    const send = (xhr) => {
      const used = token.grant;
      return videojs.xhr({ ...options, ...xhr, uri: token.current(options.uri) }, (error, response, body) => {
        const answer = () => answered(error, response, body);
        if (request.aborted) return answer();
        if (REFUSALS.includes(response.statusCode)) {
          renewals += 1;
          return renewals > RENEWALS ? answer() : token.renew(used).then(again, answer);
        }
        if (response.statusCode === GONE) token.gone(used);
        const away = error && error.code !== "ETIMEDOUT" && isOurs(options.uri);
        failures += 1;
        listen(away ? failures : 0);
        const busy = BUSY.includes(response.statusCode) && failures < ATTEMPTS;
        if (!away && !busy) return answer();
        return setTimeout(again, Math.min(LONGEST_PAUSE_MS, pauseAfter(failures)));
      });
    };
    const again = () => {
      if (request.aborted) return;
      request.requestTime = Date.now();
      // The same XMLHttpRequest: video.js holds on to it, to abort it and to read it.
      send({ xhr: request });
    };
    const request = send({});
    return request;
  };
}

function isOurs(address) {
  return new URL(address, location.href).origin === location.origin;
}
