// Two taps on the left or right third of the picture go 10 seconds back or ahead; more taps go on.

const SKIP_SECS = 10;
const TOGETHER_MS = 350;
const SHOWN_MS = 600;

export function seekByDoubleTap(player) {
  let last = { side: 0, when: 0 };
  player.video.addEventListener(
    "touchend",
    (event) => {
      const touch = event.changedTouches[0];
      if (event.touches.length > 0 || !touch) return;
      const side = sideOf(player.video, touch.clientX);
      const now = event.timeStamp;
      const again = side !== 0 && side === last.side && now - last.when < TOGETHER_MS;
      last = { side, when: now };
      if (!again) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      player.seekBy(side * SKIP_SECS);
      flash(side);
    },
    { capture: true },
  );
}

/** -1 on the left, 1 on the right, 0 between. */
function sideOf(video, x) {
  const { left, width } = video.getBoundingClientRect();
  const share = (x - left) / width;
  return share < 1 / 3 ? -1 : share > 2 / 3 ? 1 : 0;
}

let hiding;

function flash(side) {
  const mark = document.getElementById("skipped");
  mark.textContent = side < 0 ? `− ${SKIP_SECS} s` : `+ ${SKIP_SECS} s`;
  mark.dataset.side = side < 0 ? "left" : "right";
  mark.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (mark.hidden = true), SHOWN_MS);
}
