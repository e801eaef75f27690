"""The style sheet of an explanation's page. Blue speaks for the class, orange against it, in light, dark and print."""

STYLE = """
:root { color-scheme: light dark;
  --page: #ffffff; --ink: #1c2126; --soft: #59636e; --rule: #d5dae0; --panel: #f5f7f9; --most: .58;
  --for: #0b62b0; --for-rgb: 11, 98, 176; --against: #c25400; --against-rgb: 194, 84, 0; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14181c; --ink: #e4e8ec; --soft: #9aa5b1; --rule: #343c45; --panel: #1c2127; --most: .52;
  --for: #6db3f2; --for-rgb: 109, 179, 242; --against: #ff9d4d; --against-rgb: 255, 157, 77; } }
@media print { :root { color-scheme: light;
  --page: #ffffff; --ink: #000000; --soft: #444444; --rule: #bbbbbb; --panel: #ffffff; --most: .5;
  --for: #0b62b0; --for-rgb: 11, 98, 176; --against: #c25400; --against-rgb: 194, 84, 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  figure, tr { break-inside: avoid; } h2 { break-after: avoid; } body { font-size: 12px; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
main { max-width: 860px; margin: 0 auto; padding: 32px 24px 48px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
h1 small { font-size: 17px; font-weight: 400; color: var(--soft); white-space: nowrap; }
h2 { font-size: 18px; margin: 36px 0 10px; padding-top: 14px; border-top: 1px solid var(--rule); }
p { margin: 6px 0; max-width: 75ch; }
.soft, footer, figcaption { color: var(--soft); font-size: 13px; } figure { margin: 0; }
.meter { height: 8px; margin: 14px 0 10px; border-radius: 4px; overflow: hidden; background: var(--against); }
.meter i { display: block; height: 100%; background: var(--for); border-right: 2px solid var(--page); }
.text { margin: 22px 0 8px; padding: 16px 18px; background: var(--panel); border: 1px solid var(--rule);
  border-radius: 8px; font-size: 17px; line-height: 1.85; white-space: pre-wrap; overflow-wrap: anywhere; }
.text mark { position: relative; color: inherit; background: none; border-radius: 3px; padding: 1px 0 0;
  border-bottom: 2px solid transparent; }
.text .for { background: rgba(var(--for-rgb), calc(var(--share) * var(--most)));
  border-bottom-color: rgba(var(--for-rgb), var(--share)); }
.text .against { background: rgba(var(--against-rgb), calc(var(--share) * var(--most)));
  border-bottom: 2px dashed rgba(var(--against-rgb), var(--share)); }
.text .cut { opacity: .5; }
.text mark:hover { outline: 1px solid var(--soft); } .text mark:focus { outline: 2px solid var(--ink); }
.text mark:focus::after { content: attr(title); position: absolute; z-index: 1; left: 0; top: 100%; margin-top: 5px;
  width: max-content; max-width: min(70vw, 300px); padding: 6px 10px; border-radius: 6px; background: var(--ink);
  color: var(--page); font-size: 13px; line-height: 1.4; white-space: pre-line; direction: ltr; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  user-select: none; -webkit-user-select: none; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; }
.legend i { display: inline-block; width: 22px; height: 14px; margin-right: 7px; vertical-align: -2px;
  border-radius: 3px; }
.legend .for { background: rgba(var(--for-rgb), var(--most)); border-bottom: 2px solid var(--for); }
.legend .against { background: rgba(var(--against-rgb), var(--most)); border-bottom: 2px dashed var(--against); }
.plot { padding: 10px 14px 40px 44px; }
svg { display: block; width: 100%; height: 200px; overflow: visible; font-size: 12px; }
svg text { fill: var(--soft); } svg .strong { fill: var(--ink); font-weight: 600; stroke: var(--page);
  stroke-width: 4px; paint-order: stroke; }
svg .middle { text-anchor: middle; } svg .end { text-anchor: end; }
svg .grid { stroke: var(--rule); } svg .even { stroke: var(--soft); stroke-dasharray: 2 4; }
svg path { fill: none; stroke: var(--for); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
svg circle { fill: var(--page); stroke: var(--for); stroke-width: 2; } svg .down { stroke: var(--against); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 16px 4px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule);
  font-weight: 400; }
thead th { color: var(--soft); font-size: 13px; vertical-align: bottom; }
th.word { text-align: left; } tbody th.word { font-weight: 600; } tbody .rest th.word { font-weight: 400; }
td.bar { width: 40%; min-width: 120px; } td.bar div { position: relative; height: 14px;
  background: linear-gradient(var(--soft), var(--soft)) center / 1px 100% no-repeat; }
td.bar i { position: absolute; top: 1px; bottom: 1px; width: calc(var(--share) * 50%); border-radius: 2px; }
td.bar .for { left: 50%; background: var(--for); } td.bar .against { right: 50%; background: var(--against); }
tbody tr:last-child > * { border-bottom: 0; } table.ranking { width: 100%; }
td.number { color: var(--soft); font-size: 13px; }
table.account td:first-child { padding-left: 0; } table.account td:last-child { text-align: left; white-space: normal; }
table.account tr.total td { border-top: 2px solid var(--soft); font-weight: 600; }
table.units { width: 100%; } table.units tbody th { font-weight: 400; }
table.units tbody th.word bdi { font-weight: 600; }
td.cell { width: 45%; min-width: 90px; padding: 9px 22px 9px 6px; } td.cell svg { height: 30px; }
details { margin-top: 14px; } summary { cursor: pointer; }
footer { margin-top: 40px; padding-top: 14px; border-top: 1px solid var(--rule); }
/* Beside the right edge there is no room below a word. */
@media (max-width: 900px) { .text mark:focus::after { position: fixed; left: 16px; right: 16px; top: auto; bottom: 16px;
  width: auto; max-width: none; } }
@media (max-width: 520px) { main { padding: 20px 16px 32px; } th, td { padding-right: 10px; }
  td.bar { width: 50%; min-width: 84px; } table.ranking .number, .spare { display: none; }
  table.units th { white-space: normal; } h1 small { white-space: normal; display: block; } }
"""
