// How fast a film can be played.

/** What the menu offers. */
export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** The next rate of the menu above `rate`, or the highest. */
export const faster = (rate) => RATES.find((offered) => offered > rate) ?? RATES.at(-1);

/** The next rate of the menu below `rate`, or the lowest. */
export const slower = (rate) => RATES.findLast((offered) => offered < rate) ?? RATES[0];
