#include "lib/report/html_sections.h"

namespace gs::report {

std::string_view html_style() {
  return R"css(
:root{color-scheme:light dark;
--bg:#f7f7f5;--card:#fff;--ink:#1d2024;--soft:#586069;--line:#e2e4e7;--faint:#f0f1f2;--accent:#1f5fa8;
--good:#176639;--good-bg:#e3f3e8;--bad:#a8241c;--bad-bg:#fce9e7;--warn:#7a4f00;--warn-bg:#fdf1d6;
--violet:#5a3bb0;--violet-bg:#ece7fb;--blue:#1b5b9e;--blue-bg:#e1eefb;--heat:31,95,168}
@media(prefers-color-scheme:dark){:root{
--bg:#131518;--card:#1a1d21;--ink:#e4e7ea;--soft:#a3abb4;--line:#2c3137;--faint:#22262b;--accent:#82b6f2;
--good:#7ad197;--good-bg:#18301f;--bad:#ff9a90;--bad-bg:#3b1e1c;--warn:#efc56f;--warn-bg:#352a10;
--violet:#bda8f7;--violet-bg:#2a2344;--blue:#8fc0f5;--blue-bg:#182c42;--heat:130,182,242}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
code,pre,.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Noto Sans Mono",monospace;font-size:.9em}
code,.id{unicode-bidi:isolate}
a{color:var(--accent);text-underline-offset:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999em}
.skip:focus{left:1em;top:1em;background:var(--card);padding:.4em .8em;z-index:1}
header,main,footer{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:28px}
.eyebrow{margin:0;color:var(--soft);font-size:13px;letter-spacing:.02em}
h1{margin:2px 0 4px;font-size:27px;line-height:1.25;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
.meta{margin:0;color:var(--soft)}
h2{margin:0;font-size:17px;font-weight:650}
h3{margin:0;font-size:15px;font-weight:600}
p{margin:.4em 0}
p,summary,.tiles li{overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:10px;margin:18px 0 6px;padding:0;list-style:none}
.tiles li{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:9px 13px}
.tiles b{display:block;font-size:20px;line-height:1.3;font-weight:650;font-variant-numeric:tabular-nums}
.tiles span{color:var(--soft);font-size:13px}
.tiles .good b{color:var(--good)}.tiles .bad b{color:var(--bad)}.tiles .warn b{color:var(--warn)}
nav ul{display:flex;flex-wrap:wrap;gap:4px 16px;margin:12px 0 0;padding:0;list-style:none;font-size:14px}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:16px 0;padding:15px 18px 17px}
.head{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline;margin-bottom:9px}
.head p{margin:0;color:var(--soft);font-size:13.5px}
.wide{overflow-x:auto;margin:0 -18px;padding:2px 18px}
.wide:focus-visible{outline-offset:-2px}
table{border-collapse:collapse;width:100%;font-size:14px}
caption{text-align:left;color:var(--soft);font-size:13px;padding:0 0 5px}
th,td{text-align:left;vertical-align:baseline;padding:5px 12px 5px 0;border-top:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th{border-top:0;color:var(--soft);font-weight:500;font-size:13px;white-space:nowrap}
tbody th{font-weight:600}
.n{text-align:right;font-variant-numeric:tabular-nums}
td.t,td.id,.nowrap{white-space:nowrap}
td.t,td.id{color:var(--soft)}
td.what{min-width:15em;overflow-wrap:anywhere}
.badge{display:inline-block;border-radius:5px;padding:0 7px;font-size:12.5px;line-height:1.6;font-weight:550;white-space:nowrap;background:var(--faint);color:var(--soft)}
.badge.good,.badge.completed{background:var(--good-bg);color:var(--good)}
.badge.bad{background:var(--bad-bg);color:var(--bad)}
.badge.warn,.badge.in_progress{background:var(--warn-bg);color:var(--warn)}
.badge.merged{background:var(--violet-bg);color:var(--violet)}
.badge.ready{background:var(--blue-bg);color:var(--blue)}
article{border-top:1px solid var(--line);padding:11px 0}
article:first-of-type{border-top:0;padding-top:2px}
article:last-of-type{padding-bottom:0}
article h3{display:flex;flex-wrap:wrap;gap:4px 9px;align-items:baseline;overflow-wrap:anywhere}
.next{color:var(--soft);overflow-wrap:anywhere}.next code{color:var(--ink)}
pre{margin:8px 0 0;padding:8px 0;background:var(--faint);border-radius:7px;overflow-x:auto;line-height:1.45;tab-size:4}
pre code{display:block;width:max-content;min-width:100%;font-size:13px}
pre .l{display:block;padding:0 13px}
pre .l i{display:inline-block;min-width:2.6em;margin-right:1em;text-align:right;font-style:normal;color:var(--soft);user-select:none}
pre mark{display:block;padding:0 13px 0 10px;border-left:3px solid var(--bad);background:var(--bad-bg);color:inherit}
pre mark.warn{border-color:var(--warn);background:var(--warn-bg)}
pre mark i{display:inline-block;min-width:2.6em;margin-right:1em;text-align:right;font-style:normal;color:var(--soft);user-select:none}
details{margin:8px 0 0}
summary{cursor:pointer;color:var(--soft);font-size:14px}
.quiet{color:var(--soft)}h3 .quiet{font-weight:400}
svg{display:block;max-width:none}
svg text{fill:var(--ink);font:12.5px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
svg .soft{fill:var(--soft);font-size:11.5px}
svg .strong{font-weight:650}
svg .edge{fill:none;stroke:var(--soft);stroke-width:1.3;opacity:.75}
svg .tip{fill:var(--soft)}
svg .node{fill:var(--faint);stroke:var(--soft);stroke-width:1.2}
svg .node.merged{fill:var(--violet-bg);stroke:var(--violet)}
svg .node.completed{fill:var(--good-bg);stroke:var(--good)}
svg .node.in_progress{fill:var(--warn-bg);stroke:var(--warn)}
svg .node.ready{fill:var(--blue-bg);stroke:var(--blue)}
svg .node.waiting{stroke-dasharray:4 3}
svg .grid{stroke:var(--line);stroke-width:1}
svg .lane{fill:var(--faint)}
svg .hold{fill:var(--warn);opacity:.7}
.d-committed{fill:var(--accent)}.d-merged{fill:var(--violet)}.d-validated{fill:var(--good)}
.d-blocked{stroke:var(--bad);stroke-width:2.2;fill:none;stroke-linecap:round}.d-other{fill:var(--soft);opacity:.7}
.key{display:flex;flex-wrap:wrap;gap:2px 16px;margin:4px 0 0;padding:0;list-style:none;color:var(--soft);font-size:13px}
.key li{display:flex;gap:6px;align-items:center}
.matrix{width:auto}
.matrix td,.matrix thead th{text-align:center;padding:5px 9px;min-width:64px;border:1px solid var(--card)}
.matrix tbody th{padding:5px 12px 5px 0;white-space:nowrap;border-color:var(--card)}
.matrix thead th{white-space:normal;vertical-align:bottom;line-height:1.25}
.matrix td{font-variant-numeric:tabular-nums;border-radius:4px;background:var(--faint)}
.matrix td.no{background:none;color:var(--soft)}
.matrix .h1{background:rgba(var(--heat),.1)}.matrix .h2{background:rgba(var(--heat),.18)}
.matrix .h3{background:rgba(var(--heat),.27)}.matrix .h4{background:rgba(var(--heat),.37)}
.matrix td.wrong{background:var(--bad-bg);color:var(--bad);font-weight:650}
footer{color:var(--soft);font-size:13px;padding-bottom:30px}
@media(max-width:640px){header,main,footer{padding-left:12px;padding-right:12px}section{padding:13px 14px}.wide{margin:0 -14px;padding:2px 14px}h1{font-size:23px}.tiles{grid-template-columns:repeat(2,1fr)}}
@media print{body{background:#fff}nav,.skip{display:none}section{break-inside:avoid;border-color:#ccc}}
)css";
}

}  // namespace gs::report
