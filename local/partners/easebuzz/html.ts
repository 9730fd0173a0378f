/** A page of its own, for somebody who pays. */
export const page = (title: string, content: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>
:root { color-scheme: light dark; } body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 26rem; margin: 3rem auto; padding: 1.5rem; border: 1px solid #8883; border-radius: .8rem; }
h1 { margin: 0; font-size: 1.2rem; } .amount { font-size: 2.2rem; font-weight: 700; margin: .5rem 0 1rem; }
button, select, input { font: inherit; width: 100%; margin: .25rem 0; padding: .6rem 1rem; border: 1px solid #8886; border-radius: .5rem; background: none; color: inherit; text-align: left; }
button { cursor: pointer; } button[value=success] { background: #0a7d5a; border-color: #0a7d5a; color: #fff; }
small { opacity: .7; }</style></head><body><main>${content}</main></body></html>`;

const rowsMax = 100;

export const table = (title: string, rows: string[][]) =>
  rows.length === 0
    ? ''
    : `<section><h2>${title}</h2><table>${rows
        .map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
        .join('')}</table></section>`;

/** The last rows, newest first. */
export const newest = <T>(rows: T[]) => rows.slice(-rowsMax).reverse();
