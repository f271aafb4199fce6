"""What all pages of the bench share: the frame, its style, and a request shown with its answer.

What enters: text, exchanges. What leaves: HTML, self-contained, light and dark; everything that came over the wire is
escaped. Nothing is rejected.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ..exchange import Exchange, Message
from .text import clean

STYLE = """
:root { color-scheme: light dark; --ink: #1a1d21; --soft: #5b6470; --paper: #fff; --line: #dfe3e8; --well: #f5f7f9;
  --pass: #1f7a4d; --warning: #9a5b00; --skip: #5b6470; --fail: #b3261e; --error: #8a1c7c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #9aa4b0; --paper: #14171a; --line: #2c3238;
  --well: #1c2126; --pass: #58b58a; --warning: #e0a84a; --skip: #9aa4b0; --fail: #ff8a80; --error: #e78bdb; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
p { margin: .25rem 0; } a { color: inherit; } .soft, th { color: var(--soft); }
table { width: 100%; border-collapse: collapse; margin: .75rem 0; font-size: .9rem; }
th { text-align: left; font-weight: 500; border-bottom: 2px solid var(--line); }
th, td { padding: .3rem .6rem .3rem 0; vertical-align: top; }
td { border-bottom: 1px solid var(--line); }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code, pre { font: .85rem/1.4 ui-monospace, monospace; }
pre { background: var(--well); padding: .6rem .8rem; border-radius: .3rem; overflow-x: auto; max-height: 14rem;
  white-space: pre-wrap; }
details { border-bottom: 1px solid var(--line); padding: .35rem 0; } summary { cursor: pointer; }
details.script { border: 0; margin-top: 1rem; } details.script > summary { border-bottom: 2px solid var(--line); }
.script > summary h2 { display: inline; margin-right: .5rem; } .script > details, .script > p { margin-left: 1rem; }
li details { border: 0; margin-left: 1rem; } li > details:first-of-type > summary { margin-left: -1rem; }
.k { white-space: nowrap; }
.bar { display: flex; min-width: 8rem; height: .6rem; margin-top: .45rem; border-radius: .3rem; overflow: hidden; }
.bar i { background: currentColor; }
.pass { color: var(--pass); } .warning { color: var(--warning); } .skip { color: var(--skip); }
.fail { color: var(--fail); } .error { color: var(--error); }
b.pass, b.warning, b.skip, b.fail, b.error { display: inline-block; min-width: 4.2rem; font-weight: 600; }
ul { padding-left: 1.2rem; margin: .4rem 0; }
@media (max-width: 46rem) { table { display: block; overflow-x: auto; } th, td { overflow-wrap: normal; }
  th.n { white-space: normal; } .bar { display: none; } h1 { font-size: 1.2rem; } }
@media print { pre { max-height: none; } }
"""


def document(title: str, parts: Iterable[str]) -> str:
    """A whole page."""
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
    )
    return clean("\n".join([head, *parts, "</body></html>"]) + "\n")


def exchange_part(exchange: Exchange, *, is_open: bool = False) -> str:
    """A request with its answer, and the line that repeats it."""
    request = exchange.request
    parts = [
        f"<details{' open' if is_open else ''}><summary><code>{escape(exchange.line)}</code></summary>",
        f"<pre>{escape(request.curl)}</pre>",
        f"<pre>{escape(f'{request.method} {request.url}')}\n{_message(request)}</pre>",
    ]
    if exchange.answer is not None:
        status = escape(f"{exchange.answer.status} {exchange.answer.reason}".strip())
        parts.append(f"<pre>{status}\n{_message(exchange.answer)}</pre>")
    return "".join([*parts, "</details>"])


def _message(message: Message) -> str:
    lines = [f"{name}: {value}" for name, value in message.shown_headers]
    return escape("\n".join([*lines, "", message.shown_text]).rstrip())


def linked(text: str) -> str:
    """Escaped text in which the words that are URLs are links."""
    return " ".join(_word(word) for word in text.split(" "))


def _word(word: str) -> str:
    safe = escape(word)
    return f'<a href="{safe}">{safe}</a>' if word.startswith(("http://", "https://")) else safe
