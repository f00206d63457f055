// A limit for what may never answer: a page whose renderer hangs.

/** Something did not answer in time. */
export class Hang extends Error {}

/** `promise`, or a {@link Hang} after `ms` milliseconds. What was begun is not stopped. */
export async function within(ms, what, promise) {
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Hang(`${what} did not end within ${ms / 1000} s`)), ms);
  });
  // What fails after its deadline is of no interest any more, and must not end the program.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
