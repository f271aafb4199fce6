"""`omop-fhir docs`: a page per resource, derived from the mapping files.

Mappings enter, Markdown leaves. The committed pages are those of the shipped mappings; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ..errors import ConfigurationError
from ..mapping.codecs import Codec
from ..mapping.inventory import Leaf, leaves, tables_of, used_by_table
from ..mapping.load import load
from ..mapping.model import Mapping, Parameter, Source
from ..mapping.predicate import Column
from ..mapping.table import Table
from ..mapping.writing import Condition, Rule
from ..omop.cdm import TABLES, current_names
from ..paths import mappings_directory
from .options import SITE, options

_PLAIN = ("column", "value", "text", "columns_filled")
"""Arguments that need no word before the column where they are the codec's only one."""
_TOGETHER = ("line", "columns_filled")
"""Arguments whose columns are all read; of others the first that is filled."""
_MADE = "<!-- Made from the mapping files by `omop-fhir docs docs/resources`. Change those, not this page. -->"


@click.command(short_help="Write the pages of the resources: elements, columns, searches.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--check", is_flag=True, help="Write nothing; fail where a page differs.")
@options(SITE[:1])
def docs(folder: Path, check: bool, mappings: tuple[Path, ...]) -> None:
    """Write a page per resource (elements, columns, codecs, search parameters) into FOLDER."""
    pages = resource_pages(all_mappings((mappings_directory(), *mappings)))
    different = [name for name, text in pages.items() if _text(folder / name) != text]
    if check and different:
        raise ConfigurationError(f"{', '.join(different)}: not what the mappings say; run `omop-fhir docs {folder}`")
    if not check:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")
        click.echo(f"{len(pages)} pages in {folder}")


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def all_mappings(folders: Sequence[Path]) -> tuple[Mapping, ...]:
    """The mappings of the folders, also those that are off. Raises MappingError."""
    enabled = load(folders)
    names = {file.stem for folder in folders for file in folder.glob("*.yaml")}
    with TemporaryDirectory() as switch:
        for name in names - {mapping.name for mapping in enabled}:
            Path(switch, f"{name}.yaml").write_text("enabled: true\n", encoding="utf-8")
        on = {mapping.name for mapping in enabled}
        every = load((*folders, Path(switch)))
    kept = {mapping.name: mapping for mapping in enabled}
    return tuple(kept[mapping.name] if mapping.name in on else _off(mapping) for mapping in every)


def _off(mapping: Mapping) -> Mapping:
    return Mapping(**{**vars(mapping), "enabled": False})


def resource_pages(mappings: Sequence[Mapping]) -> dict[str, str]:
    """File name -> Markdown, for each resource type, and `README.md` that lists them."""
    types = sorted({mapping.resource for mapping in mappings})
    used = used_by_table(tuple(mappings))
    pages = {f"{type}.md": _page(type, [m for m in mappings if m.resource == type], used) for type in types}
    return {"README.md": _index(mappings), **pages}


def _index(mappings: Sequence[Mapping]) -> str:
    rows = [
        (f"[{m.resource}]({m.resource}.md)", _code(m.base.table), _code(f"{m.name}.yaml"), "on" if m.enabled else "off")
        for m in sorted(mappings, key=lambda m: (m.resource, m.name))
    ]
    return "\n".join([_MADE, "", "# Resources", "", *_table(("resource", "table", "mapping", "shipped"), rows), ""])


def _page(type: str, mappings: Sequence[Mapping], used: dict[str, frozenset[str]]) -> str:
    lines = [_MADE, "", f"# {type}", ""]
    for mapping in sorted(mappings, key=lambda m: (m.prefix, m.name)):
        if len(mappings) > 1:
            lines += [f"## From `{mapping.base.table}`", ""]
        lines += [*_head(mapping), *_elements(mapping), *_parameters(mapping), *_writing(mapping)]
    lines += _unmapped(mappings, used)
    return "\n".join(lines)


def _head(mapping: Mapping) -> Iterator[str]:
    if mapping.description:
        yield from (mapping.description, "")
    off = "" if mapping.enabled else ", off unless a site file says `enabled: true`"
    yield f"Mapping file `mappings/{mapping.name}.yaml`{off}."
    yield (
        f"The id is `{mapping.prefix}` followed by the value of `{mapping.key}`."
        if mapping.prefix
        else (f"The id is the value of `{mapping.key}`.")
    )
    for type, column in mapping.compartment.items():
        yield f"{type} compartment: by `{column}`."
    yield ""
    yield from (f"* `{source.alias}`: {_source(source)}" for source in mapping.sources.values())
    yield ""


def _source(source: Source) -> str:
    """A source in words."""
    if source.key:
        return f"table `{source.table}`, a resource a row"
    on = [f"`{own}` = `{other}`" for own, other in source.join]
    on += [f"`{column}` is {' or '.join(map(str, values))}" for column, values in source.where]
    of = f", the first by {_names(source.first)}" if source.first else ""
    of = f", all rows by {_names(source.many)}" if source.many else of
    return f"table `{source.table}` where {' and '.join(on)}{of}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(_code(name) for name in names)


def _elements(mapping: Mapping) -> Iterator[str]:
    rows = [
        (_code(leaf.name), _code(_path(mapping, leaf)), _columns(leaf), _code(leaf.codec.name), _notes(leaf))
        for leaf in leaves(mapping)
    ]
    yield from ("### Elements", "")
    yield from _table(("element", "FHIR path", "column", "codec", "notes"), rows)
    yield ""


def _path(mapping: Mapping, leaf: Leaf) -> str:
    return f"{leaf.path}[x]" if mapping.elements[leaf.element].is_choice and "." not in leaf.name else leaf.path


def _columns(leaf: Leaf) -> str:
    roles = list(dict.fromkeys(role for role, _ in leaf.columns))
    plain = len(roles) == 1 and roles[0] in _PLAIN
    parts = []
    for role in roles:
        between = ", " if role in _TOGETHER else ", else "
        names = between.join(_code(str(column)) for name, column in leaf.columns if name == role)
        parts.append(names if plain else f"{_word(role)}: {names}")
    return "<br>".join(parts)


def _word(name: str) -> str:
    return name.replace("_", " ")


def _notes(leaf: Leaf) -> str:
    conditions = [f"where `{column}` is {' or '.join(values)}" for column, values in leaf.when]
    return "; ".join([*conditions, *_arguments(leaf.codec)])


def _arguments(codec: Codec) -> Iterator[str]:
    """What the mapping says beside columns, and the defaults that show in the resource."""
    for item in fields(codec):
        value = getattr(codec, item.name)
        if isinstance(value, Table):
            yield f"code table [{value.name}](../../mappings/tables/{value.name}.csv)"
        elif isinstance(value, dict) and value:
            held = (f"`{column}` is {' or '.join(ids)}" for column, ids in value.items() if isinstance(column, Column))
            yield f"{_word(item.name)} {' and '.join(held)}"
        elif isinstance(value, bool):
            yield from ([_word(item.name)] if value else [])
        elif item.name != "url" and isinstance(value, str) and value and value != _default(item.default):
            yield f"{_word(item.name)} `{value}`"


def _default(value: object) -> object:
    return None if value is MISSING else value


def _parameters(mapping: Mapping) -> Iterator[str]:
    yield from ("### Search parameters", "")
    rows = [_parameter(code, parameter) for code, parameter in sorted(mapping.search.items())]
    rows.insert(0, (_code("_id"), "token", "id", _code(str(mapping.key))))
    yield from _table(("parameter", "type", "element", "column"), rows)
    yield ""


def _parameter(code: str, parameter: Parameter) -> tuple[str, ...]:
    columns = dict.fromkeys(parameter.codec.search_columns() or tuple(parameter.codec.columns()))
    link = f"[{_code(code)}]({parameter.definition.url})"
    return link, parameter.definition.type, _code(parameter.element), _names([str(column) for column in columns])


def _writing(mapping: Mapping) -> Iterator[str]:
    """How a resource becomes rows."""
    yield from ("### Writing", "")
    writing = mapping.writing
    if writing is None:
        yield from ("The mapping is read-only.", "")
        return
    rows = [f"`{alias}` ({_ROWS[kind]})" for alias, kind in writing.rows.items()]
    yield f"Rows are written to `{mapping.base.table}`{' and to ' if rows else ''}{', '.join(rows)}."
    if writing.rows_when:
        yield f"A resource becomes rows where {_conditions(writing.rows_when)}; every other is kept without."
    if writing.route:
        yield f"The domain of each standard concept of `{writing.route}` decides the table of a row."
    yield ""
    if writing.columns:
        ways = [(_code(str(column)), "; else ".join(map(_rule, rules))) for column, rules in writing.columns.items()]
        yield from _table(("column that no element fills", "filled with"), ways)
        yield ""


_ROWS = {"own": "a row of its own", "shared": "an equal row, or a new one"}


def _conditions(conditions: Sequence[Condition]) -> str:
    return " and ".join(f"`{each.element.text}` is {_wanted(each)}" for each in conditions)


def _wanted(condition: Condition) -> str:
    if condition.is_present is not None:
        return "present" if condition.is_present else "absent"
    return " or ".join(map(_code, condition.codes))


def _rule(rule: Rule) -> str:
    when = f" where {_conditions(rule.when)}" if rule.when else ""
    return f"{_filling(rule)}{when}"


def _filling(rule: Rule) -> str:
    if rule.value is not None:
        return _code(str(rule.value))
    if rule.copy:
        last = f"the last of `{rule.lasting}` days from " if rule.lasting else ""
        return f"{last}`{rule.copy}`"
    if rule.element:
        return f"the day of `{rule.element.text}`"
    if rule.inherit:
        return f"what the row behind `{rule.inherit.text}` holds there"
    return _names([str(part) for part in rule.parts]) if rule.parts else "the day on which the resource was received"


def _unmapped(mappings: Sequence[Mapping], used: dict[str, frozenset[str]]) -> Iterator[str]:
    """Columns of the CDM that no mapping uses, by table."""
    yield from ("### Columns not mapped", "")
    for table in dict.fromkeys(table for mapping in mappings for table in tables_of(mapping)):
        known = dict.fromkeys(column.name for column in TABLES[table].columns) if table in TABLES else {}
        old = current_names(table).keys()
        left = [name for name in known if name not in used[table] and name not in old]
        yield f"* `{table}`: {_names(left) or 'none'}"
    yield ""


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
