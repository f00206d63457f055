// What to tell a viewer when something goes wrong.

const SIGNED_OUT = {
  title: "You are signed out",
  text: "Sign in again, and the film goes on at the same second.",
  signIn: true,
};

const BY_STATUS = {
  0: { title: "The server does not answer", text: "Check your connection, then try again." },
  401: SIGNED_OUT,
  403: { title: "This film is not open to you", text: "Your account does not include it. Ask whoever runs this site." },
  404: { title: "The film is not there", text: "It may have been removed since you opened this page." },
  409: { title: "All your screens are in use", text: "End one of them to watch here." },
  410: { title: "This screen was ended", text: "Somebody with your account watches elsewhere now." },
  415: { title: "This film cannot be streamed", text: "It holds a format that this server cannot send." },
  422: { title: "This film cannot be streamed", text: "Its file is damaged, or holds a format that this server cannot send." },
  429: { title: "Too many requests", text: "Wait a moment, then try again." },
  503: { title: "The server is busy", text: "Wait a moment, then try again." },
};

const BROKEN = { title: "The server could not send the film", text: "Trying again may help. If not, tell whoever runs this site." };

/** The browser refuses what the server sends. */
export const UNPLAYABLE = { title: "Your browser cannot play this film", text: "It has no decoder for it. Another browser may." };

/** What to tell about an HTTP status; 0 is no answer at all. */
export function messageFor(status) {
  return BY_STATUS[status] ?? BROKEN;
}

/** Asks for an address and returns the status of the answer: 0 when there is none. */
export async function statusOf(address) {
  try {
    const response = await fetch(address, { method: "HEAD", cache: "no-store", referrerPolicy: "no-referrer" });
    return response.status;
  } catch {
    return 0;
  }
}
