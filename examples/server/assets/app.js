// What pages do better with a script. Everything here also works without: forms post, rows scroll, menus open.
import { say } from './say.js';

for (const shelf of document.querySelectorAll('.shelf:has(.arrows)')) arrows(shelf);
for (const form of document.querySelectorAll('form[data-progress]')) form.addEventListener('submit', change);
document.addEventListener('keydown', slash);

/** Buttons that move a row, shown only while it is wider than the page. */
function arrows(shelf) {
  const row = shelf.querySelector('.row');
  const buttons = shelf.querySelector('.arrows');
  const update = () => { buttons.hidden = row.scrollWidth <= row.clientWidth + 1; };
  new ResizeObserver(update).observe(row);
  row.addEventListener('removed', update);
  buttons.addEventListener('click', (event) => {
    const step = Number(event.target.closest('[data-scroll]')?.dataset.scroll ?? 0);
    row.scrollBy({ left: step * row.clientWidth * 0.85 });
  });
}

/** Marks a movie or takes it out of the row, without leaving the page. */
async function change(event) {
  const form = event.currentTarget;
  const action = event.submitter?.value;
  const body = { dismiss: { dismissed: true }, watched: { watched: true } }[action];
  if (!body) return;
  event.preventDefault();
  try {
    const answer = await fetch(`/stream/${encodeURIComponent(form.dataset.progress)}/progress`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.status === 401) return location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
    if (!answer.ok) throw new Error(String(answer.status));
  } catch {
    form.hidePopover?.();
    return say('That did not work. Please try again.');
  }
  form.hidePopover?.();
  leave(form.closest('.card'));
  say(action === 'watched' ? `${form.dataset.title} is marked as watched.` : `${form.dataset.title} was taken out of the row.`);
}

/** Takes a card out of its row; the focus goes to its neighbour, the row goes with its last card. */
function leave(card) {
  const row = card.parentElement;
  const next = card.nextElementSibling ?? card.previousElementSibling;
  const done = () => {
    card.remove();
    row.dispatchEvent(new Event('removed'));
    if (next) return next.querySelector('a').focus();
    row.closest('.shelf').remove();
    document.getElementById('main').focus();
  };
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return done();
  card.addEventListener('transitionend', done, { once: true });
  card.classList.add('leaving');
}

/** `/` goes to the search box, as on many sites. */
function slash(event) {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, textarea, select, [contenteditable]')) return;
  const search = document.getElementById('q');
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
}
