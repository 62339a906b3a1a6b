/** The style of reports, for light and dark screens, and for print. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1f2933; --muted: #616e7c; --paper: #fff; --shade: #f5f7fa; --line: #e4e7eb; --accent: #0b6e99; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --muted: #9aa5b1; --paper: #16191d; --shade: #1f2429; --line: #323a42; --accent: #62b5dc; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans CJK SC", sans-serif; }
main { max-width: 940px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1, h2, h3 { line-height: 1.25; margin: 2rem 0 .5rem; }
h1 { font-size: 1.9rem; } h2 { font-size: 1.35rem; }
a { color: var(--accent); }
section.code { margin: 1rem 0; }
pre { margin: 0; padding: .75rem 1rem; overflow-x: auto; font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace; }
pre.source { background: var(--shade); border-radius: 6px; }
pre.output { border-left: 3px solid var(--line); margin-top: .5rem; }
pre.error { border-left-color: var(--bad); color: var(--bad); white-space: pre-wrap; }
section.failed pre.source { box-shadow: inset 3px 0 var(--bad); }
.note, footer { color: var(--muted); font-size: .85rem; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .75rem; }
figure.output { margin: .75rem 0; overflow-x: auto; background: #fff; border-radius: 6px; padding: .5rem; }
figure.output svg { max-width: 100%; height: auto; display: block; }
div.table { overflow-x: auto; margin-top: .5rem; }
table { border-collapse: collapse; font: 13px/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.hljs-keyword, .hljs-built_in, .hljs-literal { color: #a626a4; } .hljs-string, .hljs-regexp { color: #3c7d3c; }
.hljs-comment { color: var(--muted); font-style: italic; } .hljs-number { color: #986801; } .hljs-title, .hljs-property { color: var(--accent); }
@media (prefers-color-scheme: dark) { .hljs-keyword, .hljs-built_in, .hljs-literal { color: #d69bdb; } .hljs-string, .hljs-regexp { color: #9ccc8a; } .hljs-number { color: #e0b26a; } }
@media print { pre.source { border: 1px solid var(--line); } section { break-inside: avoid; } }
`
