// The movie form: a chooser of files, and a look into the film while it is being chosen.
import { say } from './say.js';

const form = document.getElementById('movie-form');
const panel = document.getElementById('probe');
const dialog = document.getElementById('chooser');
const WATCHED = ['video_url', 'hls_url', 'quality_variants', 'progressive'];

let wait;
let asked = 0;
for (const name of WATCHED) form.elements[name].addEventListener('input', probeSoon);
for (const button of form.querySelectorAll('[data-choose]')) {
  button.hidden = false;
  button.addEventListener('click', () => choose(button.dataset.choose));
}
dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());

function probeSoon() {
  clearTimeout(wait);
  wait = setTimeout(probe, 350);
}

/** Asks the server what the film holds; it answers with the same list that it puts into the page itself. */
async function probe() {
  const mine = ++asked;
  const query = new URLSearchParams();
  for (const name of WATCHED) {
    const input = form.elements[name];
    if (input.type === 'checkbox' ? input.checked : input.value.trim()) query.set(name, input.value);
  }
  panel.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(`/admin/probe?${query}`, { headers: { accept: 'text/html' } });
    const html = await answer.text();
    if (mine !== asked) return;
    if (!answer.ok) throw new Error(String(answer.status));
    panel.innerHTML = html;
  } catch {
    if (mine === asked) say('The film could not be looked into.');
  } finally {
    if (mine === asked) panel.removeAttribute('aria-busy');
  }
}

/** Lets the person choose a file below the media folder for this field. */
function choose(field) {
  const value = form.elements[field].value;
  const folder = value.includes('://') ? '' : value.split('/').slice(0, -1).join('/');
  dialog.showModal();
  list(field, folder);
}

async function list(field, folder) {
  const title = dialog.querySelector('h2');
  const files = dialog.querySelector('.files');
  let answer = await fetch(`/admin/browse?dir=${encodeURIComponent(folder)}`);
  // The folder of what stood in the field may be gone.
  if (!answer.ok && folder) answer = await fetch('/admin/browse?dir=');
  if (!answer.ok) {
    dialog.close();
    return say('The media folder cannot be read.');
  }
  const { dir, parent, entries, truncated } = await answer.json();
  title.textContent = dir ? dir : 'Media folder';
  const rows = entries.map((entry) => row(icon(entry.kind), entry.name, entry.kind === 'other', () => {
    if (entry.kind === 'folder') return list(field, entry.path);
    form.elements[field].value = entry.path;
    dialog.close();
    form.elements[field].focus();
    probe();
  }));
  if (parent !== null) rows.unshift(row('folder', '.. (one folder up)', false, () => list(field, parent)));
  if (truncated) rows.push(row(null, 'More files than can be shown here: type the path instead.', true));
  if (rows.length === 0) rows.push(row(null, 'This folder is empty.', true));
  files.replaceChildren(...rows);
  files.querySelector('button:not(:disabled)')?.focus();
}

const icon = (kind) => ({ folder: 'folder', film: 'film', playlist: 'film' })[kind] ?? null;

function row(name, text, disabled, act) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.disabled = disabled;
  const drawn = name && dialog.querySelector(`template[data-icon=${name}]`).content.cloneNode(true);
  if (drawn) button.append(drawn);
  const label = document.createElement('span');
  label.textContent = text;
  button.append(label);
  if (act) button.addEventListener('click', act);
  item.append(button);
  return item;
}
