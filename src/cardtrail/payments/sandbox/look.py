"""The page's style sheet: system fonts, light and dark, large targets."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --paper: #f4f6f8; --panel: #fff; --line: #d5dbe1;
  --accent: #0a5c8f; --on-accent: #fff; --good: #1a6b3c; --bad: #a4262c; --warn: #fff2cc; --on-warn: #5c4400; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --soft: #a3adb8; --paper: #14181c; --panel: #1e2429;
  --line: #39424b; --accent: #7cc0ea; --on-accent: #0b1a24; --good: #7fd6a1; --bad: #ff9c9c; --warn: #4a3b0a;
  --on-warn: #ffe9a8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 -apple-system, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", system-ui, sans-serif; }
header { display: flex; justify-content: space-between; align-items: center; max-width: 30rem; margin: 0 auto;
  padding: .5rem 1rem; }
header a { color: var(--accent); min-height: 44px; padding: .6rem 0 .6rem 1rem; }
.play { background: var(--warn); color: var(--on-warn); text-align: center; margin: 0; padding: .5rem 1rem; }
main { max-width: 30rem; margin: 1rem auto 3rem; padding: 1.25rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 14px; }
h1 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); margin: 0; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.subject { text-align: center; color: var(--soft); margin: 0; overflow-wrap: anywhere; }
.amount { text-align: center; font-size: 2.5rem; font-weight: 650; font-variant-numeric: tabular-nums; margin: 0; }
.state { text-align: center; margin: 0 0 1rem; }
.state.paid { color: var(--good); } .state.closed { color: var(--bad); }
.refusal { border-left: 4px solid var(--bad); padding: .5rem .75rem; background: var(--paper); }
.hint { color: var(--soft); text-align: center; }
fieldset { border: 0; margin: 0; padding: 0; } legend { font-weight: 600; margin-bottom: .5rem; padding: 0; }
.choice { display: flex; gap: .75rem; align-items: center; min-height: 44px; padding: .5rem .75rem; cursor: pointer; }
fieldset .choice { border: 1px solid var(--line); border-radius: 10px; margin-bottom: .5rem; }
fieldset .choice:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
input { accent-color: var(--accent); width: 1.2rem; height: 1.2rem; flex: none; }
button, .button { display: block; width: 100%; min-height: 48px; padding: .7rem 1rem; border: 0; border-radius: 10px;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; text-align: center;
  text-decoration: none; cursor: pointer; }
button.danger { background: transparent; color: var(--bad); border: 1px solid currentColor; margin-top: .5rem; }
.quiet { display: block; text-align: center; color: var(--accent); padding: .7rem; min-height: 44px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
details { margin-top: 1.5rem; border-top: 1px solid var(--line); padding-top: .5rem; }
summary { cursor: pointer; color: var(--soft); min-height: 44px; padding: .6rem 0; }
details label:not(.choice) { display: block; margin: .5rem 0; color: var(--soft); }
select { display: block; width: 100%; min-height: 44px; margin-top: .25rem; padding: .4rem .6rem; font: inherit;
  color: var(--ink); background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
.scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; font-size: .9rem; }
td { padding: .4rem .5rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
ul { margin: 0; padding-left: 1.2rem; font-size: .9rem; }
"""
