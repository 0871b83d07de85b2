// What the catalogues of all languages have in common.

// A text is any text; a function keeps its arguments.
type Word<T> = T extends (...args: infer A) => string ? (...args: A) => string : string;

/** The shape of a catalogue: every language has the same words. */
export type WordsOf<T> = { [Group in keyof T]: { [Key in keyof T[Group]]: Word<T[Group][Key]> } };
