"""The style sheet of the HTML report. Blue is always the model and orange the rival, in light, dark and print."""

STYLE = """
:root { color-scheme: light dark;
  --page: #ffffff; --ink: #1c2126; --soft: #59636e; --rule: #d5dae0; --panel: #f5f7f9;
  --model: #0b62b0; --model-rgb: 11, 98, 176; --rival: #c25400; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14181c; --ink: #e4e8ec; --soft: #9aa5b1; --rule: #343c45; --panel: #1c2127;
  --model: #6db3f2; --model-rgb: 109, 179, 242; --rival: #ff9d4d; } }
@media print { :root { color-scheme: light;
  --page: #ffffff; --ink: #000000; --soft: #444444; --rule: #bbbbbb; --panel: #ffffff;
  --model: #0b62b0; --model-rgb: 11, 98, 176; --rival: #c25400; }
  section, figure, li, tr { break-inside: avoid; } h2 { break-after: avoid; } body { font-size: 12px; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 32px 24px 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 40px 0 10px; padding-top: 14px; border-top: 1px solid var(--rule); }
h3 { font-size: 14px; margin: 0 0 6px; }
p { margin: 6px 0; max-width: 75ch; }
.soft, footer, figcaption, caption { color: var(--soft); font-size: 13px; }
.hero { display: flex; flex-wrap: wrap; gap: 16px; margin: 22px 0 14px; }
.hero div { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px;
  padding: 12px 18px; flex: 1 1 200px; }
.hero b { display: block; font-size: 30px; line-height: 1.2; font-variant-numeric: tabular-nums; white-space: nowrap; }
.hero .is-model b { color: var(--model); } .hero .is-rival b { color: var(--rival); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 24px 32px;
  align-items: start; margin-bottom: 10px; }
.flow { display: flex; flex-wrap: wrap; gap: 24px 40px; align-items: start; }
figure { margin: 0; min-width: 0; } figcaption { margin-top: 4px; max-width: 75ch; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 18px 5px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th { font-weight: 600; } thead th { color: var(--soft); font-weight: 500; font-size: 13px; }
th:first-child, td:first-child { text-align: left; } caption { text-align: left; padding-bottom: 6px; }
tbody th small { color: var(--soft); font-weight: 400; }
td.model { font-weight: 600; } .better { color: var(--model); }
.worse { color: var(--rival); } .even { color: var(--soft); }
table.confusion td, table.confusion th { padding: 9px 14px; text-align: center; border: 1px solid var(--rule); }
table.confusion td { background: rgba(var(--model-rgb), calc(var(--share) * .38)); }
table.confusion tbody th { text-align: right; } table.confusion small { display: block; color: var(--soft); }
ol.worst { list-style: none; margin: 0; padding: 0; }
ol.worst li { padding: 10px 0; border-bottom: 1px solid var(--rule); }
ol.worst blockquote { margin: 4px 0 0; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; font-size: 12px; } svg text { fill: var(--ink); }
svg .tick { fill: var(--soft); text-anchor: middle; } svg .axis { fill: var(--soft); text-anchor: middle; }
svg .end { text-anchor: end; } svg .strong { font-weight: 600; }
svg .grid { stroke: var(--rule); fill: none; stroke-width: 1; } svg .frame { stroke: var(--soft); fill: none; }
svg .line { fill: none; stroke-width: 2; } svg .whisker { fill: none; stroke-width: 1.6; }
svg .line.model, svg .whisker.model { stroke: var(--model); }
svg .line.rival { stroke: var(--rival); stroke-dasharray: 6 4; }
svg .line.quiet { stroke: var(--soft); } svg .line.ideal { stroke: var(--soft); stroke-dasharray: 2 4; }
svg .dot.model { fill: var(--model); } svg .dot.quiet { fill: var(--page); stroke: var(--soft); stroke-width: 1.5; }
svg .ring { fill: none; stroke: var(--rival); stroke-width: 2; } svg .fill.model { fill: var(--model); }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 2px 0 0;
  padding: 0 0 0 60px; font-size: 13px; }
ul.legend i { display: inline-block; width: 22px; margin-right: 7px; vertical-align: middle;
  border-top: 2px solid var(--model); }
ul.legend i.rival { border-top: 2px dashed var(--rival); } ul.legend i.quiet { border-top: 2px solid var(--soft); }
ul.legend i.ideal { border-top: 2px dotted var(--soft); }
ul.legend i.ring { width: 12px; height: 12px; border: 2px solid var(--rival); border-radius: 50%; }
footer { margin-top: 40px; padding-top: 14px; border-top: 1px solid var(--rule); }
"""
