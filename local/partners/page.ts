import type { Fault } from './faults.ts';
import { modes } from './faults.ts';
import type { Call } from './simulator.ts';

type Page = { title: string; hint: string; show?: () => string; calls: Call[]; faults: Fault[] };

const rowsMax = 100;

/** Makes text harmless inside HTML. Everything that a caller sent goes through this. */
export const escape = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The moment as a person in India reads it. */
export const clock = (at: string) => new Date(at).toLocaleTimeString('en-GB', { timeZone: 'Asia/Kolkata' });

/** The page of a simulator: self-contained, refreshed every second and a half, with the fault switches as buttons. */
export const renderPage = ({ title, hint, show, calls, faults }: Page) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${style}</style></head>
<body><main>
<header><h1>${title}</h1><p>${hint}</p></header>
<nav>${modes.map((mode) => button(mode, faults)).join('')}</nav>
${faults
  .filter((fault) => fault.match)
  .map(partial)
  .join('')}
${show ? show() : renderCalls(calls)}
<footer>${calls.length} calls received · times in India</footer>
</main><script>${script}</script></body></html>`;

const button = (mode: string, faults: Fault[]) => {
  const current = faults.find((fault) => !fault.match)?.mode ?? 'none';
  return `<button data-mode="${mode}" aria-pressed="${mode === current}">${mode === 'none' ? 'works' : mode}</button>`;
};

const partial = ({ mode, match }: Fault) =>
  `<p class="partial">${mode} for calls with <code>${escape(match)}</code></p>`;

const renderCalls = (calls: Call[]) =>
  calls.length === 0
    ? '<p class="empty">Nothing received yet.</p>'
    : `<table>${calls.slice(-rowsMax).reverse().map(renderCall).join('')}</table>`;

const renderCall = ({ at, method, path, input, status, fault }: Call) =>
  `<tr class="${fault === 'none' ? '' : 'fault'}"><td>${clock(at)}</td><td>${status ?? '…'}</td>` +
  `<td><b>${method} ${escape(path)}</b><br><code>${escape(JSON.stringify(input))}</code></td></tr>`;

const style = `
:root { color-scheme: light dark; --line: #8883; --accent: #0a7d5a; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 56rem; margin: 0 auto; padding: 1.5rem; }
h1 { margin: 0; font-size: 1.5rem; } header p { margin: .2rem 0 1rem; opacity: .7; }
nav { display: flex; flex-wrap: wrap; gap: .4rem; margin-bottom: 1rem; }
button { font: inherit; padding: .25rem .9rem; border: 1px solid var(--line); border-radius: 99px; background: none; color: inherit; cursor: pointer; }
button[aria-pressed=true] { background: var(--accent); border-color: var(--accent); color: #fff; }
button[aria-pressed=true]:not([data-mode=none]), .partial { --accent: #c2410c; }
.partial { color: var(--accent); margin: 0 0 .5rem; }
table { width: 100%; border-collapse: collapse; } td { border-top: 1px solid var(--line); padding: .5rem .5rem .5rem 0; vertical-align: top; }
td:not(:last-child) { white-space: nowrap; opacity: .7; } td code { opacity: .7; word-break: break-word; font-size: .85em; }
.fault td { color: #c2410c; } .empty, footer { opacity: .6; } footer { margin-top: 1.5rem; font-size: .85rem; }
section { border: 1px solid var(--line); border-radius: .8rem; padding: .8rem 1rem; margin-bottom: 1rem; }
section h2 { margin: 0 0 .3rem; font-size: 1.05rem; } section p { margin: .4rem 0; } section time { opacity: .6; margin-right: .6rem; }
.code { font: 700 1.9rem ui-monospace, monospace; letter-spacing: .12em; color: var(--accent); }`;

const script = `
addEventListener('click', async ({ target }) => {
  if (!target.dataset.mode) return;
  const body = JSON.stringify({ mode: target.dataset.mode });
  await fetch('/faults', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  refresh();
});
const refresh = async () => {
  if (String(getSelection())) return;
  const answer = await fetch('/').catch(() => undefined);
  if (!answer) return;
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
  document.querySelector('main').replaceWith(next);
};
setInterval(refresh, 1500);`;
