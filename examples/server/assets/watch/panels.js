// What is shown over the picture: messages in the middle, quiet notices at the top, the sheet of keys.

const byId = (id) => document.getElementById(id);

/**
 * Shows a message in place of the film.
 * @param {{title: string, text: string, signIn?: boolean, screens?: {id: string, title: string}[]}} message
 * @param {{retry: () => void, signInUrl: () => string, end?: (screen: string) => void}} ways what the viewer can do about it
 */
export function showMessage({ title, text, signIn = false, screens = [] }, { retry, signInUrl, end }) {
  byId("message-title").textContent = title;
  byId("message-text").textContent = text;
  const [retryButton, signInLink] = [byId("retry"), byId("sign-in")];
  retryButton.onclick = () => {
    hideMessage();
    retry();
  };
  retryButton.hidden = signIn;
  signInLink.hidden = !signIn;
  if (signIn) signInLink.href = signInUrl();
  byId("screens").replaceChildren(...screens.map((screen) => endButton(screen, end)));
  byId("message").hidden = false;
  (signIn ? signInLink : retryButton).focus();
}

function endButton({ id, title }, end) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = `End “${title ?? "a removed film"}”`;
  button.onclick = () => {
    hideMessage();
    end(id);
  };
  return button;
}

export function hideMessage() {
  byId("message").hidden = true;
}

export function messageIsShown() {
  return !byId("message").hidden;
}

/** Shows one line that does not disturb; `act` makes it a button. Empty text takes it away. */
export function notice(text, act = null) {
  const line = byId("notice");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.onclick = () => {
    notice("");
    act();
  };
  line.replaceChildren(...(text === "" ? [] : [act ? button : text]));
  line.hidden = text === "";
}

/** Opens and closes the sheet of keys. */
export function toggleHelp() {
  const sheet = byId("help");
  if (sheet.open) sheet.close();
  else sheet.showModal();
}

/** Asks where to begin. Leaving the question by Esc means resuming: nothing is lost by that. */
export function askToResume(time) {
  const dialog = byId("resume");
  byId("resume-at").textContent = `Resume at ${time}`;
  dialog.returnValue = "";
  dialog.showModal();
  byId("resume-at").focus();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "over" ? "over" : "resume"), { once: true });
  });
}
