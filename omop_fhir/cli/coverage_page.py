"""A coverage as one HTML page: self-contained, light and dark, readable on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..store.inspection.coverage import Coverage, ElementCount, ResourceCoverage, UnreadTable

_STYLE = """
:root { color-scheme: light dark; --ink: #1a1d21; --soft: #5b6470; --paper: #fff; --line: #dfe3e8; --bar: #2f7d5b;
  --track: #e9edf0; --warn: #9a5b00; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #9aa4b0; --paper: #14171a; --line: #2c3238;
  --bar: #58b58a; --track: #262c32; --warn: #e0a84a; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem; }
p { margin: .25rem 0; }
.soft, th { color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0; }
a { color: inherit; }
table { width: 100%; border-collapse: collapse; margin: .75rem 0; font-size: .9rem; }
th { text-align: left; font-weight: 500; border-bottom: 2px solid var(--line); padding: .3rem .6rem .3rem 0;
  vertical-align: bottom; }
td { border-bottom: 1px solid var(--line); padding: .3rem .6rem .3rem 0; vertical-align: top; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: .9em/1.4 ui-monospace, monospace; overflow-wrap: break-word; }
.warn { color: var(--warn); } .bad { color: var(--bad); }
.fill { width: 8rem; }
.track { display: block; margin-top: .5rem; height: .45rem; border-radius: .25rem; background: var(--track);
  overflow: hidden; }
.track i { display: block; height: 100%; background: var(--bar); }
tr.empty td { color: var(--soft); }
.codec { display: block; color: var(--soft); font-size: .85em; }
ul { padding-left: 1.2rem; margin: .5rem 0; columns: 22rem; }
li { break-inside: avoid; }
@media (max-width: 46rem) {
  table, tbody, tr, td { display: block; width: auto; } thead { display: none; }
  tr { border-bottom: 1px solid var(--line); padding: .6rem 0; } td { border: 0; padding: .05rem 0; text-align: left; }
  td.n { text-align: left; display: inline-block; margin-right: 1rem; } td:empty { display: none; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); }
  .fill { width: 100%; padding: .25rem 0; } .track { margin-top: .1rem; } .codec { display: inline; }
}
"""
_PLAIN = ("column", "value", "columns_filled")
"""Arguments that say nothing beside the codec's name."""
_HEAD = (
    ("element", ""), ("column", ""), ("filled", "n"), ("%", "n"), ("", "fill"), ("concept 0", "n"),
    ("not in concept", "n"), ("not in code table", "n"), ("without FHIR system", ""),
)  # fmt: skip


def page(found: Coverage) -> str:
    """The whole page."""
    version = f"CDM {found.version or 'of unknown version'}, vocabulary {found.vocabulary_version or 'unknown'}"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>omop-fhir coverage</title><style>{_STYLE}</style></head><body>",
        f"<h1>What of this database reaches FHIR</h1><p class=soft>{escape(version)}. Percentages are of the rows"
        " of the column's own table.</p>",
        *_missing(found),
        _links(found),
        *(part for resource in found.resources for part in _resource(resource)),
        *_unread(found),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _missing(found: Coverage) -> Iterator[str]:
    if not found.has_concepts:
        yield "<p class=bad>There is no table <code>concept</code>: nothing is known of the concepts.</p>"
    for mapping, reason in found.withdrawn:
        yield f"<p class=bad><code>{escape(mapping)}</code> is not served: {escape(reason)}</p>"


def _links(found: Coverage) -> str:
    names = [(resource.mapping, resource.resource) for resource in found.resources]
    links = [f'<a href="#{escape(mapping)}">{escape(resource)}</a>' for mapping, resource in names]
    return f'<nav>{" ".join(links)} <a href="#unread">not read</a></nav>'


def _resource(resource: ResourceCoverage) -> Iterator[str]:
    yield f'<h2 id="{escape(resource.mapping)}">{escape(resource.resource)}</h2>'
    yield f"<p>{_rows(resource)}</p>"
    for join in resource.joins:
        if join.rows is not None and resource.rows:
            share = f"{join.rows:,} ({100 * join.rows / resource.rows:.1f} %)"
            yield f"<p class=soft>{share} have {escape(join.alias)}, table <code>{escape(join.table)}</code></p>"
    head = "".join(f'<th class="{style}">{name}</th>' for name, style in _HEAD)
    yield f"<table><thead><tr>{head}</tr></thead><tbody>"
    yield from (_element(element, resource.table) for element in resource.elements)
    yield "</tbody></table>"
    if resource.unread:
        yield "<p class=warn>Filled columns that no element reads:</p><ul>"
        yield from (f"<li><code>{escape(name)}</code> {rows:,}</li>" for name, rows in resource.unread)
        yield "</ul>"


def _rows(resource: ResourceCoverage) -> str:
    table = f"<code>{escape(resource.table)}</code>"
    if resource.sample is None:
        return f"{resource.rows:,} rows of {table}"
    return f"<b class=warn>A sample of {resource.sample:g} %</b> of {table}: {resource.rows:,} rows"


def _element(element: ElementCount, base: str) -> str:
    cells = [
        f"<td>{_breakable(element.element)} <span class=codec>{escape(_codec(element))}</span></td>",
        f"<td>{_breakable(element.column.removeprefix(f'{base}.'))}</td>",
        *_filled(element),
        _count(element.zero, "concept 0", "warn"),
        _count(element.absent, "not in concept", "bad"),
        _count(element.untabled, "not in code table", "warn"),
        _vocabularies(element),
    ]
    empty = "" if element.filled or not element.column else " class=empty"
    return f"<tr{empty}>{''.join(cells)}</tr>"


def _codec(element: ElementCount) -> str:
    argument = "" if element.argument in _PLAIN else element.argument
    return " ".join(filter(None, (element.codec, argument))).replace("_", " ")


def _breakable(name: str) -> str:
    """A name that may be broken after dots and underscores."""
    return f"<code>{escape(name).replace('.', '.<wbr>').replace('_', '_<wbr>')}</code>" if name else ""


def _filled(element: ElementCount) -> Iterator[str]:
    if element.filled is None:
        yield f"<td class=soft colspan=3>{escape(element.note)}</td>"
        return
    percent = "" if element.percent is None else f"{element.percent:.1f}"
    yield f'<td class="n" data-label="filled">{element.filled:,}</td>'
    yield f'<td class="n" data-label="percent">{percent}</td>'
    yield f'<td class="fill"><span class=track><i style="width:{percent or 0}%"></i></span></td>'


def _count(value: int | None, label: str, style: str) -> str:
    return f'<td class="n {style}" data-label="{label}">{value:,}</td>' if value else '<td class="n"></td>'


def _vocabularies(element: ElementCount) -> str:
    found = ", ".join(f"{escape(name or '(none)')} {rows:,}" for name, rows in element.without_system.items())
    return f'<td data-label="without FHIR system">{found}</td>' if found else "<td></td>"


def _unread(found: Coverage) -> Iterator[str]:
    yield '<h2 id="unread">Tables with rows that no mapping reads</h2>'
    if not found.unread:
        yield "<p>None.</p>"
        return
    yield "<ul>"
    yield from (f"<li>{_unread_table(table)}</li>" for table in found.unread)
    yield "</ul>"


def _unread_table(table: UnreadTable) -> str:
    more = "more than " if table.is_more else ""
    note = f" <span class=soft>{escape(table.note)}</span>" if table.note else ""
    return f"<code>{escape(table.name)}</code> {more}{table.rows:,} rows{note}"
