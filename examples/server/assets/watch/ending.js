// What comes after the film: the next one, after a count that the viewer can stop, or this one again.

const COUNT_SECS = 10;

/** Shows the panel whenever the film has ended. Whoever wants less motion is never taken to another page. */
export function offerNext(video) {
  const panel = document.getElementById("ending");
  const next = document.getElementById("next");
  const count = document.getElementById("next-count");
  const stay = document.getElementById("stay");
  let timer;

  const stop = () => {
    clearInterval(timer);
    if (next) [count.textContent, stay.hidden] = ["", true];
  };
  const hide = () => {
    stop();
    panel.hidden = true;
  };
  const begin = () => {
    let left = COUNT_SECS;
    stay.hidden = false;
    const show = () => (count.textContent = `in ${left} s`);
    show();
    timer = setInterval(() => {
      left -= 1;
      if (left > 0) return show();
      stop();
      location.assign(next.href);
    }, 1_000);
  };

  video.addEventListener("ended", () => {
    stop();
    panel.hidden = false;
    (next ?? document.getElementById("again")).focus();
    if (next && !matchMedia("(prefers-reduced-motion: reduce)").matches) begin();
  });
  video.addEventListener("playing", hide);
  video.addEventListener("seeking", hide);
  stay?.addEventListener("click", () => {
    stop();
    next.focus();
  });
  panel.addEventListener("keydown", (event) => event.key === "Escape" && stop());
  document.getElementById("again").addEventListener("click", () => {
    hide();
    video.currentTime = 0;
    video.play().catch(() => {});
  });
}
