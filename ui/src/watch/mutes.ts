// For how long alerts can be muted.

const day = 86_400_000; // ms

/** The whiles. */
export const muteSpans = { day, week: 7 * day, month: 30 * day } as const;

/** The name of one. */
export type MuteSpan = keyof typeof muteSpans;

/** All of them, the shortest first. */
export const allMuteSpans = Object.keys(muteSpans) as MuteSpan[];
