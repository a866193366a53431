"""The style sheet of the report's page."""

STYLE = """
:root {
  --ink: #1a2433; --soft: #5a6778; --faint: #8c97a6; --line: #e4e8ee; --wash: #f4f6f9; --paper: #fff;
  --own: #2f5fd0; --own-soft: #dfe8fb; --other: #98a3b3; --good: #13795b; --bad: #c03a2b; --open: #a86400;
  color-scheme: light;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "PingFang SC",
    "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Zen Hei", sans-serif;
  font-size: 15px; line-height: 1.55; color: var(--ink); background: var(--wash);
}
* { box-sizing: border-box; }
body { margin: 0; }
header, main { max-width: 980px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 44px; }
h1 { font-size: 34px; line-height: 1.15; letter-spacing: -.02em; margin: 2px 0 12px; overflow-wrap: anywhere; }
h2 { font-size: 19px; letter-spacing: -.01em; margin: 0 0 4px; line-height: 1.3; }
p { margin: 0; }
.eyebrow { color: var(--own); font-weight: 600; font-size: 13px; letter-spacing: .04em; }
.lead { color: var(--soft); font-size: 16.5px; max-width: 62em; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 18px 0 4px; font-size: 13.5px; }
nav a { color: var(--soft); text-decoration: none; border-bottom: 1px solid transparent; }
nav a:hover, nav a:focus { color: var(--own); border-color: currentColor; }
.banner { background: #fff5e0; border-left: 4px solid var(--open); border-radius: 6px; padding: 10px 16px;
  margin: 12px 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 14px; margin: 18px 0; }
.tile, section { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
.tile { padding: 16px 18px; }
.tile h2 { font-size: 13.5px; font-weight: 500; color: var(--soft); letter-spacing: 0; overflow-wrap: anywhere; }
.tile .big { font-size: 32px; font-weight: 650; letter-spacing: -.02em; line-height: 1.25;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tile .small { font-size: 13px; color: var(--soft); overflow-wrap: anywhere; }
.tile.main .big { color: var(--own); }
.tile.met .big { color: var(--good); }
.tile.not_met .big { color: var(--bad); }
.tile.undecided .big { color: var(--open); }
section { padding: 24px 26px; margin: 14px 0; display: grid; align-items: start;
  grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px 30px; }
section > h2, .wide, .facts { grid-column: 1 / -1; }
.heat { grid-column: 1 / -1; justify-self: start; max-width: 100%; }
.heat.narrow { grid-column: auto; }
.note, small { color: var(--soft); font-size: 13px; }
.strong { font-weight: 600; }
ul { margin: 0; padding-left: 20px; }
figure { margin: 0; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 8px 14px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: 13px; vertical-align: bottom; }
tbody th { font-weight: 500; overflow-wrap: anywhere; min-width: 7em; }
th small, td small { display: block; font-weight: 400; line-height: 1.4; }
td.number span { white-space: nowrap; }
th:has(> small) { min-width: 11em; }
td svg.plot { display: block; margin-top: 2px; width: 160px; }
.beside { display: grid; gap: 14px; align-content: start; }
.half { font-size: 13.5px; }
.half th, .half td { padding: 0 10px 0 0; height: 30px; vertical-align: middle; line-height: 1.25; }
.half tbody th { min-width: 4em; }
.names tbody th span { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden;
  max-width: 15em; line-height: 1.1; }
.names.narrow tbody th span { max-width: 11em; }
.inline small { display: inline; margin-left: 8px; color: var(--bad); font-weight: 600; }
.commands pre { margin: 6px 0 12px; padding: 8px 12px; background: var(--own-soft); border-radius: 6px;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.facts tbody th { color: var(--soft); font-weight: 400; width: 30%; }
.facts td { overflow-wrap: anywhere; }
.heat table { width: auto; border-spacing: 3px; border-collapse: separate; }
.heat th, .heat td { border: 0; padding: 8px 5px; }
.heat td { text-align: center; border-radius: 6px; min-width: 58px; }
.heat.narrow th, .heat.narrow td { padding: 8px 12px; }
.heat td.right { background: rgba(47, 95, 208, calc(.06 + .5 * var(--shade))); }
.heat td.wrong { background: rgba(192, 58, 43, calc(.03 + .6 * var(--shade))); }
.heat td small { color: inherit; opacity: .75; }
.heat td, .heat tbody th { vertical-align: middle; }
.heat thead th { text-align: center; font-weight: 500; color: var(--ink); }
.heat th span { display: inline-block; max-width: 58px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  vertical-align: bottom; }
.heat.narrow th span, .heat tbody th span { max-width: 110px; }
.heat thead th:first-child span { max-width: none; white-space: normal; }
.heat thead th:first-child { color: var(--soft); text-align: left; }
.verdict span { display: inline-block; font-weight: 600; font-size: 13px; border-radius: 99px;
  padding: 1px 11px; white-space: nowrap; }
.verdict.met span { background: #dff3ea; color: var(--good); }
.verdict.not_met span { background: #fbe4e1; color: var(--bad); }
.verdict.undecided span { background: #fdf0d8; color: var(--open); }
th.chosen small { color: var(--own); font-weight: 600; }
th.skipped, th.skipped ~ td { color: var(--faint); }
.plot { width: 100%; height: auto; display: block; }
.plot text { font-size: 12px; fill: var(--ink); }
.plot .head { font-weight: 600; }
.plot .tick, .plot .axis { fill: var(--soft); }
.plot .grid { stroke: var(--line); }
.plot .rail { stroke: var(--line); stroke-width: 2; }
.plot .zero { stroke: var(--faint); }
.plot .mark { stroke: var(--faint); stroke-width: 2; }
.plot .whole { stroke: var(--ink); stroke-dasharray: 3 3; }
.plot .diagonal { stroke: var(--faint); stroke-dasharray: 4 4; }
.plot .whisker { stroke-width: 5; stroke-linecap: round; opacity: .38; }
.plot .whisker.thin { stroke-width: 3; }
.plot .whisker.dark { stroke: #16307a; stroke-width: 1.6; opacity: .8; }
.plot .dot { stroke: var(--paper); stroke-width: 1.2; }
.plot .whisker.own { stroke: var(--own); } .plot .dot.own { fill: var(--own); }
.plot .whisker.other { stroke: var(--other); } .plot .dot.other { fill: #6f7c8e; }
.plot .whisker.met { stroke: var(--good); } .plot .dot.met { fill: var(--good); }
.plot .whisker.not_met { stroke: var(--bad); } .plot .dot.not_met { fill: var(--bad); }
.plot .whisker.undecided { stroke: var(--open); } .plot .dot.undecided { fill: var(--open); }
.plot .bar { fill: var(--own); opacity: .8; }
.plot .volume { fill: var(--own); opacity: .22; }
.plot .point { fill: var(--own); opacity: .38; }
.plot .promise { fill: var(--own); opacity: .1; }
.plot .box { fill: var(--own-soft); stroke: var(--own); }
.plot .middle { stroke: var(--own); stroke-width: 2.5; }
.plot polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.plot .series1 { stroke: var(--own); } .plot .series2 { stroke: #d9782d; }
.plot .series3 { stroke: #2f8f6b; } .plot .series4 { stroke: #8957c0; }
.plot line.series1, .plot line.series2, .plot line.series3, .plot line.series4 { stroke-width: 3; }
@media (max-width: 720px) {
  header, main { padding: 0 12px; } header { padding-top: 24px; } h1 { font-size: 27px; }
  section > * { grid-column: 1 !important; }
  section { grid-template-columns: minmax(0, 1fr); padding: 18px 16px; border-radius: 10px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; }
  .tile { padding: 12px 14px; } .tile .big { font-size: 26px; }
}
@media print {
  :root { background: #fff; font-size: 11.5px; } nav { display: none; }
  header, main { max-width: none; padding: 0; } .tile, section { border-color: #ccc; break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } @page { margin: 14mm; }
}
"""
