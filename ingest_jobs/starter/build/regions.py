"""regions.csv and countries.csv: UN M49 regions and ISO 3166-1 countries.

Source: PyPI hdx-python-country 4.2.5 for codes and nesting; CLDR by babel for names.
"""

import csv
import io
import sys
from pathlib import Path

import babel
import registry
import tables

SHA256 = "c2adb1aed704bc12ad32cbf47468c2ab8ebec675634b828e26bd7566b93e6680"
MEMBER = "hdx/location/Countries & Territories Taxonomy MVP - C&T Taxonomy.csv"
LANGUAGES = ("en", "fr", "es")
ALPHA2, ALPHA3 = "ISO 3166-1 Alpha 2-Codes", "ISO 3166-1 Alpha 3-Codes"
NAMES = tuple(f"name_{language}" for language in LANGUAGES)

Row = dict[str, str]
Rules = dict[tuple[str, str], str]


def m49(number: str) -> str:
    """The id of a region from its M49 number."""
    return f"M49-{int(number):03d}"


def cldr(territory: str) -> list[str]:
    """CLDR's names of a territory, which may begin with a small letter in running text."""
    found = [babel.Locale(language).territories[territory] for language in LANGUAGES]
    return [name[0].upper() + name[1:] for name in found]


def read_source() -> list[Row]:
    """Countries of the taxonomy that have an ISO 3166-1 code."""
    content = registry.from_pypi("hdx-python-country", "4.2.5", SHA256, [MEMBER])[MEMBER]
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    return [row for row in rows if row[ALPHA3].strip() and row["Deprecated"] != "Y"]


def region_rows(source: list[Row], rules: Rules) -> list[tuple[str, ...]]:
    """The world, its regions and their sub-regions: code, parent, level, names."""
    parents = {"WLD": ""}
    for row in source:
        if row["Region Code"].strip():
            region = m49(row["Region Code"])
            parents |= {region: "WLD", m49(row["Sub-region Code"]): region}
    rows = []
    for code, parent in sorted(parents.items()):
        rule = rules.get(("name", code))
        names = rule.split("|") if rule else cldr(code.removeprefix("M49-").replace("WLD", "001"))
        rows.append((code, parent, "world" if code == "WLD" else "m49", *names))
    return rows


def country_rows(source: list[Row], rules: Rules) -> list[tuple[str, ...]]:
    """Countries: code, M49 number, alpha-2, parent, sovereign that holds its areas, names."""
    known = {row[ALPHA3]: row for row in source}
    codes = {code: (row[ALPHA2], row["m49 numerical code"]) for code, row in known.items()}
    # Numbers that M49 does not give: ISO's for Taiwan, none for Kosovo.
    codes |= {"XKX": ("XK", ""), "TWN": ("TW", "158")}
    rows = []
    for code, (alpha2, number) in sorted(codes.items()):
        parent = rules.get(("parent", code)) or m49(known[code]["Sub-region Code"])
        padded = f"{int(number):03d}" if number else ""
        within = rules.get(("within", code), "")
        rows.append((code, padded, alpha2, parent, within, *cldr(alpha2)))
    return rows


def compare(rows: list[tuple[str, ...]], reference: Path) -> None:
    """Print countries whose codes or region differ in an independent table."""
    ours = {row[0]: row for row in rows}
    for other in tables.read_csv(reference):
        row = ours.pop(other["ISO3166-1-Alpha-3"], None)
        if row is None:
            tables.say(f"not among the countries: {other['ISO3166-1-Alpha-3']}")
            continue
        number = f"{int(other['M49']):03d}" if other["M49"] else ""
        parent = m49(other["Sub-region Code"]) if other["Sub-region Code"] else ""
        theirs = (number, other["ISO3166-1-Alpha-2"], parent)
        if row[1:4] != theirs:
            tables.say(f"differs: {row[0]} {row[1:4]} {theirs}")
    tables.say(f"not in the reference: {sorted(ours)}")


def main() -> None:
    """Build both tables; with a path, compare with an independent table of the same codes."""
    listed = tables.read_csv(tables.STARTER / "areas_rules.csv")
    rules = {(row["what"], row["from"]): row["to"] for row in listed}
    source = read_source()
    regions, countries = region_rows(source, rules), country_rows(source, rules)
    header = ("code", "parent", "level", *NAMES)
    tables.write_csv(tables.STARTER / "regions.csv", header, regions)
    header = ("code", "m49", "iso2", "parent", "within", *NAMES)
    tables.write_csv(tables.STARTER / "countries.csv", header, countries)
    if len(sys.argv) > 1:
        compare(countries, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
