"""Make the compact tables of `omop_fhir/fhir/r4` from the FHIR R4 definitions.

What enters: a folder with the definitions of FHIR 4.0.1 (https://hl7.org/fhir/R4/downloads.html) as JSON
arrays: `structure-definitions-resources.json`, `structure-definitions-types.json`, `search-parameters.json`,
`valuesets-and-codesystems.json`, `compartment-definitions.json` and `fhir.schema.json`; and optionally
packages (.tgz) of implementation guides whose search parameters are added where R4 has none of that code.
What leaves: facts without prose. Types without a StructureDefinition in the folder are read from the JSON
Schema, which knows names, types and cardinality of them, but neither summary, modifier, bindings nor targets.
Usage: python tools/make_r4.py SPEC_FOLDER [--package GUIDE.tgz ...] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

JSON = dict[str, Any]
OUT = Path(__file__).resolve().parent.parent / "omop_fhir" / "fhir" / "r4"
SYSTEM_STRING = "http://hl7.org/fhirpath/System.String"
VALUE_SET_LIMIT = 600
"""Value sets of more codes than this are left out (and named on the terminal)."""


def load(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def last(url: str) -> str:
    return url.rsplit("/", 1)[-1]


# Elements


def type_text(path: str, kind: JSON) -> str:
    code = kind["code"]
    if code.startswith("http:"):
        code = "id" if path.count(".") == 1 and path[0].isupper() and path.split(".")[0] in RESOURCES else "string"
    if code in RESOURCES:
        code = "Resource"
    profiles = [last(url) for url in kind.get("targetProfile") or kind.get("profile") or ()]
    if code == "Reference":
        profiles = [profile for profile in profiles if profile in TARGETS]
    return f"{code}({'|'.join(sorted(profiles))})" if profiles else code


RESOURCES: set[str] = set()
TARGETS: set[str] = set()
"""Names that a reference of R4 may point at; a definition from elsewhere may name more."""


def binding(element: JSON, known: set[str]) -> str:
    bound = element.get("binding") or {}
    url = bound.get("valueSet", "").split("|")[0]
    return url if bound.get("strength") == "required" and url in known else ""


def structure_rows(structure: JSON, known: set[str]) -> Iterator[tuple[object, ...]]:
    for element in structure["snapshot"]["element"]:
        path = element["path"]
        if "." in path:
            types = " ".join(type_text(path, kind) for kind in element.get("type", ()))
            yield (path, element["min"], element["max"], types, int(element.get("isSummary", False)),
                   int(element.get("isModifier", False)), last(binding(element, known)),
                   element.get("contentReference", "")[1:])  # fmt: skip


def schema_rows(schema: JSON, name: str, path: str, done: dict[str, str]) -> Iterator[tuple[object, ...]]:
    """Element rows of a definition of the JSON Schema, with those of the backbones that it refers to."""
    definition = schema[name]
    done[name] = path
    required = set(definition.get("required", ()))
    choices = choice_stems(definition["properties"])
    for key, value in definition["properties"].items():
        if key.startswith("_") or key == "resourceType":
            continue
        stem, suffix = choices.get(key, (key, ""))
        if suffix:
            if suffix == choices_first(choices, stem):
                types = " ".join(kind for other, kind in choices.values() if other == stem)
                yield (f"{path}.{stem}[x]", 0, 1, types, "", "", "", "")
            continue
        yield from schema_row(schema, name, f"{path}.{key}", value, key in required, done)


def schema_row(
    schema: JSON, owner: str, path: str, value: JSON, required: bool, done: dict[str, str]
) -> Iterator[tuple[object, ...]]:
    item = value.get("items", value)
    reference = last(item.get("$ref", ""))
    content = done.get(reference, "") if "_" in reference else ""
    kind = "" if content else {"ResourceList": "Resource", "": "code"}.get(reference, reference)
    if path.endswith(".id") and "_" not in owner:
        kind = "id" if path.count(".") == 1 else "string"
    nested = "_" in reference and not content
    types = "BackboneElement" if nested else kind
    bound = path if "enum" in item else ""
    yield path, int(required), "*" if "items" in value else "1", types, "", "", bound, content
    if nested:
        yield from schema_rows(schema, reference, path, done)


def choices_first(choices: dict[str, tuple[str, str]], stem: str) -> str:
    return next(kind for other, kind in choices.values() if other == stem)


def choice_stems(properties: JSON) -> dict[str, tuple[str, str]]:
    """`deceasedBoolean` -> (`deceased`, `boolean`). The schema writes the primitives of a choice inline, with
    a pattern."""
    found: dict[str, tuple[str, str]] = {}
    for key, value in properties.items():
        reference = last(value.get("$ref", ""))
        match = re.fullmatch(r"([a-z][A-Za-z]*?)([A-Z][A-Za-z0-9]*)", key)
        if key.startswith("_") or match is None or "items" in value:
            continue
        if reference and reference[0].isupper() and key.endswith(reference) and key != reference:
            found[key] = (key[: -len(reference)], reference)
        elif "pattern" in value:
            suffix = next((name for name in PRIMITIVES if key.endswith(name[0].upper() + name[1:])), "")
            if suffix:
                found[key] = (key[: -len(suffix)], suffix)
    stems = [stem for stem, _ in found.values()]
    return {key: pair for key, pair in found.items() if stems.count(pair[0]) > 1}


PRIMITIVES = (
    "base64Binary", "boolean", "canonical", "code", "dateTime", "date", "decimal", "id", "instant",
    "unsignedInt", "positiveInt", "integer", "markdown", "oid", "string", "time", "uri", "url", "uuid",
)  # fmt: skip


def element_rows(structures: list[JSON], schema: JSON, known: set[str]) -> Iterator[tuple[object, ...]]:
    RESOURCES.update(s["type"] for s in structures if s["kind"] == "resource")
    TARGETS.update({"Resource"}, (name for name, found in schema.items() if is_resource(found)))
    for structure in structures:
        if structure["kind"] != "primitive-type" and structure.get("derivation") != "constraint":
            rows = list(structure_rows(structure, known))
            yield from (row for row in rows if is_published(schema, str(row[0])))
    names = {structure["id"] for structure in structures}
    for name, definition in schema.items():
        if name not in names and is_resource(definition):
            yield from schema_rows(schema, name, name, {})


def is_resource(definition: JSON) -> bool:
    return "resourceType" in definition.get("properties", ())


def is_published(schema: JSON, path: str) -> bool:
    """Whether the JSON Schema has the element, or does not know its type: definitions may hold additions of
    their bearer."""
    parent, _, name = path.rpartition(".")
    try:
        properties = schema[definition_of(schema, parent)]["properties"]
    except KeyError:
        found = path.split(".")[0] not in schema
    else:
        stem = name.removesuffix("[x]")
        found = name in properties or (name != stem and any(key.startswith(stem) for key in properties))
    if not found:
        print(f"left out, not in the schema: {path}")
    return found


# Value sets


def enumerated_codes(schema: JSON, elements: list[tuple[object, ...]]) -> Iterator[tuple[str, str, str]]:
    """The codes of elements known from the schema alone: the value set has the name of the element, and no
    system."""
    names = {str(row[6]) for row in elements if row[6] == row[0]}
    for path in sorted(names):
        parent, _, name = path.rpartition(".")
        value = schema[definition_of(schema, parent)]["properties"][name]
        yield from ((path, "", code) for code in value.get("items", value)["enum"])


def definition_of(schema: JSON, path: str) -> str:
    """Name in the schema of a type or backbone element: `Account.coverage` -> `Account_Coverage`."""
    name, *rest = path.split(".")
    for part in rest:
        value = schema[name]["properties"][part]
        name = last(value.get("items", value)["$ref"])
    return name


def code_rows(resources: list[JSON], wanted: set[str]) -> Iterator[tuple[str, str, str]]:
    sets = {r["url"]: r for r in resources if r["resourceType"] == "ValueSet"}
    systems = {r["url"]: r for r in resources if r["resourceType"] == "CodeSystem"}
    for url in sorted(wanted):
        codes = sorted(set(expand(sets[url], systems))) if url in sets else []
        if 0 < len(codes) <= VALUE_SET_LIMIT:
            yield from ((url, system, code) for system, code in codes)
        else:
            print(f"not expanded: {url} ({len(codes)} codes)")


def expand(value_set: JSON, systems: dict[str, JSON]) -> Iterator[tuple[str, str]]:
    """(system, code) pairs; an include that needs more than an enumeration is not part of any required value
    set here."""
    for include in value_set["compose"]["include"]:
        if include.get("filter") or include.get("valueSet"):
            raise SystemExit(f"{value_set['url']}: a filter or a nested value set cannot be expanded")
        concepts = include.get("concept") or systems.get(include["system"], {}).get("concept", ())
        yield from ((include["system"], code) for code in walk_codes(concepts))


def walk_codes(concepts: Iterable[JSON]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from walk_codes(concept.get("concept", ()))


def required_sets(structures: list[JSON]) -> set[str]:
    elements = [element for structure in structures for element in structure.get("snapshot", {}).get("element", ())]
    bindings = [element["binding"] for element in elements if "binding" in element]
    return {b["valueSet"].split("|")[0] for b in bindings if b["strength"] == "required" and "valueSet" in b}


# Search parameters


def package_parameters(package: Path) -> Iterator[JSON]:
    with tarfile.open(package) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if re.search(r"package/SearchParameter-[^/]*\.json$", member.name):
                file = archive.extractfile(member)
                if file is not None:
                    yield json.load(file)


def own_part(expression: str, base: str) -> str:
    """The branches of a union that begin at this type; all of it for Resource and DomainResource."""
    branches = [branch.strip() for branch in re.split(r"\s\|\s", expression)]
    own = [branch for branch in branches if re.match(rf"\(*{base}\b", branch)]
    return " | ".join(own or branches) if expression else ""


def parameter_rows(parameters: list[JSON]) -> Iterator[tuple[str, ...]]:
    """The first of each base and code: R4 comes before the guides, which restate parameters of R4 with
    addresses of their own, also those of every resource (`_id`)."""
    seen: set[tuple[str, str]] = set()
    for parameter in parameters:
        for base in parameter["base"]:
            code = parameter["code"]
            if (base, code) in seen or ("Resource", code) in seen or parameter.get("status") == "retired":
                continue
            seen.add((base, code))
            yield (
                base,
                code,
                parameter["type"],
                " ".join(sorted(parameter.get("target", ()))),
                parameter["url"],
                own_part(parameter.get("expression", ""), base),
                " ".join(parameter.get("comparator", ())),
                " ".join(parameter.get("modifier", ())),
            )


def component_rows(parameters: list[JSON]) -> Iterator[tuple[str, str, str]]:
    for parameter in parameters:
        for component in parameter.get("component", ()):
            yield parameter["url"], component["definition"], component["expression"]


def compartment_rows(compartments: list[JSON]) -> Iterator[tuple[str, str, str]]:
    for compartment in compartments:
        for resource in compartment["resource"]:
            if resource.get("param"):
                yield compartment["code"], resource["code"], " ".join(resource["param"])


# JSON Schema


def trim_schema(schema: JSON, elements: list[tuple[object, ...]], codes: dict[str, list[str]]) -> JSON:
    """Without prose, and mended: see `mend` and `agree`. A resource within a resource is any object with a
    resourceType, because each is checked by the schema of its own type."""
    definitions = {name: mend(definition) for name, definition in schema["definitions"].items()}
    definitions["ResourceList"] = {"type": "object", "required": ["resourceType"]}
    for name in ("integer", "positiveInt", "unsignedInt"):
        definitions[name]["type"] = "integer"
    for row in elements:
        if row[4] != "":
            agree(definitions, str(row[0]), str(row[3]).split(), codes.get(str(row[6])))
    return {"definitions": definitions}


def agree(definitions: JSON, path: str, types: list[str], codes: list[str] | None) -> None:
    """The published schema is of 4.0.0: what the definitions of 4.0.1 allow, it allows.

    These are choices of type Meta, codes of later versions, and codes of bindings that are not required.
    """
    parent, _, name = path.rpartition(".")
    try:
        properties = definitions[definition_of(definitions, parent)]["properties"]
    except KeyError:
        return
    if name.endswith("[x]") and "Meta" in types:
        properties[name.removesuffix("[x]") + "Meta"] = {"$ref": "#/definitions/Meta"}
    elif "enum" in properties.get(name, ()):
        properties[name] = {"enum": codes} if codes else {"$ref": "#/definitions/code"}


def mend(node: Any) -> Any:
    """Three errors of the published schema are put right.

    It refuses null in an array of primitives, which stands for an element with only extensions
    (https://hl7.org/fhir/R4/json.html#primitive). It has no place for the id and extensions of a canonical, which is
    a primitive like others. And its patterns are of XML Schema, where `\\s` is space,
    tab, CR and LF alone; read as ECMA patterns they would refuse a no-break or an ideographic space in a
    string.
    """
    if isinstance(node, list):
        return [mend(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: mend(value) for key, value in node.items() if key not in ("description", "properties")}
    if isinstance(result.get("pattern"), str):
        result["pattern"] = xml_spaces(result["pattern"])
    if "properties" in node:
        result["properties"] = {name: mend(value) for name, value in node["properties"].items()}
        add_shadows(result["properties"])
        allow_null(result["properties"])
    return result


def xml_spaces(pattern: str) -> str:
    pattern = pattern.replace(r"[ \r\n\t\S]", r"[\s\S]").replace(r"[^\s]", r"[^ \t\r\n]")
    return re.sub(r"\\S(?!\])", r"[^ \\t\\r\\n]", pattern)


def add_shadows(properties: JSON) -> None:
    canonical, element = {"$ref": "#/definitions/canonical"}, {"$ref": "#/definitions/Element"}
    for name, found in list(properties.items()):
        if canonical in (found, found.get("items")):
            properties.setdefault("_" + name, element if found == canonical else {"items": element, "type": "array"})


def allow_null(properties: JSON) -> None:
    for key in [key for key in properties if "_" + key in properties and "items" in properties[key]]:
        for name in (key, "_" + key):
            properties[name]["items"] = {"anyOf": [{"type": "null"}, properties[name]["items"]]}


def write_schema(path: Path, schema: JSON) -> None:
    text = json.dumps(schema, separators=(",", ":"), sort_keys=True)
    path.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the compact R4 tables.")
    parser.add_argument("spec", type=Path, help="folder of the R4 definitions")
    parser.add_argument("--package", type=Path, action="append", default=[], help="guide with more search parameters")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    spec, out = arguments.spec, arguments.out
    out.mkdir(parents=True, exist_ok=True)
    structures = load(spec, "structure-definitions-resources.json") + load(spec, "structure-definitions-types.json")
    schema = load(spec, "fhir.schema.json")
    codes = list(code_rows(load(spec, "valuesets-and-codesystems.json"), required_sets(structures)))
    known = {url for url, _, _ in codes}
    parameters = load(spec, "search-parameters.json")
    for package in arguments.package:
        parameters += package_parameters(package)
    header = ("path", "min", "max", "types", "summary", "modifier", "binding", "content")
    elements = list(element_rows(structures, schema["definitions"], known))
    write_csv(out / "elements.csv", header, elements)
    rows = [(last(url), system, code) for url, system, code in codes]
    rows += enumerated_codes(schema["definitions"], elements)
    write_csv(out / "codes.csv", ("value_set", "system", "code"), rows)
    header = ("base", "code", "type", "targets", "url", "expression", "comparators", "modifiers")
    write_csv(out / "search_parameters.csv", header, sorted(parameter_rows(parameters)))
    write_csv(out / "components.csv", ("url", "definition", "expression"), component_rows(parameters))
    compartments = load(spec, "compartment-definitions.json")
    write_csv(out / "compartments.csv", ("compartment", "type", "parameters"), compartment_rows(compartments))
    by_set: dict[str, list[str]] = {}
    for value_set, _, code in rows:
        by_set.setdefault(value_set, []).append(code)
    write_schema(out / "schema.json.gz", trim_schema(schema, elements, by_set))


if __name__ == "__main__":
    main()
