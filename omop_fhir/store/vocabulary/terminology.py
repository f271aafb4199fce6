"""What tokens and value sets mean in this vocabulary: they enter, `ConceptSet`s leave.

A code of a vocabulary with a FHIR system is its `concept_code`; a concept of any other vocabulary, and one that
`concept` lacks, is coded by its concept_id under OHDSI's system, and is found by that. `:below` and `:above` stay within
the vocabularies of the concepts named, through `concept_ancestor` or, for source vocabularies and where that table does not
know the concept, through `Subsumes` and `Is a`. All that a search asks for is fetched in three statements at most.
https://hl7.org/fhir/R4/search.html#token
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...errors import NotSupported
from ...fhir.values import Token
from ...mapping.keys import key_of
from ...mapping.predicate import HasConcept, Resolvable
from ...omop.database import DatabaseSchema
from ...omop.vocabulary import OHDSI, systems, vocabularies
from ...query.concept_set import ConceptSet, ConceptSets, Hierarchy, Through
from ...query.scope import table_name
from ...query.statement import Arguments, Statement
from ..postgresql.pool import Fetch
from .concepts import identified
from .value_sets import ValueSets


@dataclass(frozen=True, slots=True)
class Found:
    """A concept that has one of the codes or ids asked for."""

    id: int
    vocabulary: str
    code: str


@dataclass(frozen=True, slots=True)
class Terminology:
    """Resolves what searches ask of the vocabulary tables of one database."""

    schema: DatabaseSchema
    value_sets: ValueSets
    look_up: Fetch
    """Gives the concepts that a statement finds, and refuses those of another vocabulary than `schema` holds."""

    async def resolve(self, parts: Sequence[Resolvable]) -> dict[Resolvable, ConceptSet]:
        """The concepts of each part. Raises NotSupported for what this vocabulary or server cannot say."""
        tokens = [part.token for part in parts if isinstance(part, HasConcept)]
        sets = {part: self.value_sets.find(part.url) for part in parts if not isinstance(part, HasConcept)}
        named = [token for found in sets.values() for token in found.tokens()]
        found = await self._find((*tokens, *named))
        through = await self._through([id for ids in found.values() for id in ids if id])
        result: dict[Resolvable, ConceptSet] = {}
        for part in parts:
            if isinstance(part, HasConcept):
                concepts = self.concepts(part.token, found, through)
            else:
                concepts = sets[part].concepts(lambda token: self.concepts(token, found, through))
            result[part] = replace(concepts, domain=part.domain)
        return await self._sized(result)

    async def _sized(self, sets: dict[Resolvable, ConceptSet]) -> dict[Resolvable, ConceptSet]:
        """The sets with their sizes, where these do not show: how many concepts there are decides how rows are found."""
        unknown = [part for part, concepts in sets.items() if concepts.size is None and not concepts.is_empty]
        table = self.schema.tables.get("concept")
        if not unknown or table is None:
            return sets
        args = Arguments()
        counts = (f"({ConceptSets(self.schema, args).size(sets[part])})" for part in unknown)
        counted = f"SELECT 0 AS concept_id, ARRAY[{', '.join(counts)}] AS sizes"
        (row,) = await self.look_up(Statement(identified(table, counted), tuple(args.values)))
        return sets | {part: replace(sets[part], counted=n) for part, n in zip(unknown, row["sizes"], strict=True)}

    def concepts(
        self, token: Token, found: Mapping[Token, Mapping[int, str]], through: Mapping[int, Through | None]
    ) -> ConceptSet:
        """The concepts of one token."""
        if token.code is None:
            return self._whole(token)
        ids = found[_plain(token)]
        if token.hierarchy == "is":
            return ConceptSet(tuple(sorted(ids)))
        return ConceptSet(hierarchies=tuple(self._hierarchies(token, ids, through)))

    def _whole(self, token: Token) -> ConceptSet:
        names = vocabularies().get(token.system or "", ())
        if token.system == OHDSI:
            raise NotSupported(f"`{OHDSI}|` means every concept without a system of its own: name a code")
        return ConceptSet(vocabularies=names)

    def _hierarchies(
        self, token: Token, ids: Mapping[int, str], through: Mapping[int, Through | None]
    ) -> Iterable[Hierarchy]:
        for way in ("ancestor", "relationship"):
            those = tuple(sorted(id for id in ids if through.get(id) == way))
            if those:
                names = tuple(sorted({ids[id] for id in those}))
                yield Hierarchy(those, token.hierarchy == "above", way, names)
        without = [id for id, vocabulary in ids.items() if vocabulary and through.get(id) is None]
        if without:
            raise NotSupported(
                f"`{token}` has no hierarchy in this database: neither concept_ancestor nor concept_relationship "
                "holds anything of it",
            )

    async def _find(self, tokens: Iterable[Token]) -> dict[Token, dict[int, str]]:
        """token -> {concept id: vocabulary} of the concepts that it means, hierarchy left aside."""
        plain = list(dict.fromkeys(_plain(token) for token in tokens if token.code is not None))
        table = self.schema.tables.get("concept")
        rows: Sequence[Any] = ()
        if plain and table is not None:
            columns = f"SELECT concept_id, vocabulary_id, concept_code FROM {table_name(table)}"
            found = (
                f"{columns} WHERE concept_code = ANY ($1::text[]) "
                f"UNION {columns} WHERE concept_id = ANY ($2::bigint[])"
            )
            codes = sorted({str(token.code) for token in plain})
            rows = await self.look_up(Statement(identified(table, found), (codes, _ids(plain))))
        known = [Found(row["concept_id"], row["vocabulary_id"], row["concept_code"]) for row in rows]
        return {token: _matching(token, known) for token in plain}

    async def _through(self, ids: Sequence[int]) -> dict[int, Through | None]:
        """Which table knows the hierarchy of each concept."""
        ancestors = self._known_in("concept_ancestor", "ancestor_concept_id", "TRUE")
        steps = self._known_in("concept_relationship", "concept_id_1", "k.relationship_id IN ('Subsumes', 'Is a')")
        table = self.schema.tables.get("concept")
        if not ids or table is None:
            return {}
        found = f"SELECT id AS concept_id, {ancestors} AS above, {steps} AS steps FROM unnest($1::bigint[]) AS wanted(id)"
        rows = await self.look_up(Statement(identified(table, found), (sorted(set(ids)),)))
        return {r["concept_id"]: "ancestor" if r["above"] else "relationship" if r["steps"] else None for r in rows}

    def _known_in(self, name: str, column: str, condition: str) -> str:
        table = self.schema.tables.get(name)
        if table is None:
            return "FALSE"
        return f"EXISTS (SELECT FROM {table_name(table)} k WHERE k.{column} = wanted.id AND {condition})"


def _plain(token: Token) -> Token:
    return token if token.hierarchy == "is" else replace(token, hierarchy="is")


def _ids(tokens: Iterable[Token]) -> list[int]:
    """The concept ids to look for: what the tokens say, taken as ids."""
    keys = {key_of(token.code) for token in tokens if token.code and token.system in (None, OHDSI)}
    return sorted(key for key in keys if key)


def _matching(token: Token, known: Iterable[Found]) -> dict[int, str]:
    matching = {concept.id: concept.vocabulary for concept in known if concept.id and _means(token, concept)}
    bare = key_of(token.code or "") if token.system in (None, OHDSI) else None
    if bare and bare not in {concept.id for concept in known}:
        matching[bare] = ""  # an id that `concept` lacks is rendered as it stands, and so it is found
    return matching


def _means(token: Token, concept: Found) -> bool:
    if concept.vocabulary not in systems():
        return token.system in (None, OHDSI) and token.code == str(concept.id)
    if token.code != concept.code:
        return False
    return token.system is None or concept.vocabulary in vocabularies().get(token.system, ())
