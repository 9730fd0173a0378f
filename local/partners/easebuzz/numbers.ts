/** A number that JSON carries as exactly this text. The types of the language do not know `rawJSON` yet. */
export const exactly = (text: string): object => (JSON as unknown as { rawJSON(text: string): object }).rawJSON(text);

/** As a number in JSON if the text is one, else as it is. */
export const numeric = (text: string): object | string =>
  /^(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) ? exactly(text) : text;

/** Rupees as Wire writes them: `150.0`, and others as short as they go. Source: easebuzz.md, Amounts, rule 3. */
export const wireLiteral = (rupees: number): string => (Number.isInteger(rupees) ? `${rupees}.0` : String(rupees));

export const roundedRupees = (rupees: number) => Math.round(rupees * 100) / 100;
