const toast = document.getElementById('toast');
let hide;

/** Shows a short message, and has it read out. */
export function say(text) {
  toast.textContent = text;
  clearTimeout(hide);
  hide = setTimeout(() => { toast.textContent = ''; }, 6000);
}
