"""A messy workbook of a thousand rows: every row is accounted for, and nothing is published."""

import csv
import io
import random
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from soc_monitor.errors import BadValue
from soc_monitor.exports.delimited import cell
from soc_monitor.progress.importing import Preview, preview
from soc_monitor.progress.registers import REGISTERS, entry, find_register
from soc_monitor.progress.sheets import template_csv, workbook
from soc_monitor.runs.importing import read_table
from soc_monitor.store import registers
from soc_monitor.store.store import Store

PARTNERS = REGISTERS["partners"]
COUNTRIES = ["Allemagne", "Alemania", "Germany", "Côte d’Ivoire", "Kenya", "Kenia", "México", "FR"]
CODES = ["DEU", "DEU", "DEU", "CIV", "KEN", "KEN", "MEX", "FRA"]
DATES: list[Any] = [date(2021, 5, 4), "4 mai 2021", "2021-05-04", 2021, "mayo 2021", 44320]
FAULTS: dict[int, tuple[int, Any]] = {
    3: (1, "Atlantide"),
    5: (5, None),
    7: (4, "03/04/2021"),
    11: (0, '=CONCATENATE("a","b")'),
    13: (-1, None),
    17: (0, "someone@example.org"),
}
"""Every twentieth row: which cell is wrong, and how; -1: the whole row is empty."""
KINDS = ["recherche", "NGO", "empresa", "Research", "ong"]


def _write(file: Path, rows: int) -> Counter[str]:
    """A workbook as it comes by mail: two merged title rows, then the header, then anything."""
    chance = random.Random(7)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Membres et partenaires de l’Initiative", None, None, None, None, None, None])
    sheet.merge_cells("A1:G1")
    sheet.append(["identité", None, "engagement", None, None, None, None])
    sheet.merge_cells("A2:B2")
    sheet.merge_cells("C2:G2")
    sheet.append(["Organisation", "País", "Type", "Rôle", "Depuis", "Preuve", "Téléphone"])
    made: Counter[str] = Counter()
    names: set[tuple[str, str]] = set()
    for number in range(rows):
        place = chance.randrange(len(COUNTRIES))
        name = f"Société Élan n° {number // 2}" if number % 9 else f"Institut des sols {number}"
        row: list[Any] = [
            chance.choice([name, name.upper(), f"  {name} "]),
            COUNTRIES[place],
            chance.choice(KINDS),
            chance.choice(["membre", "Partner", "socio"]),
            chance.choice(DATES),
            f"https://example.org/{number}",
            "+33 1 23",
        ]
        fault = FAULTS.get(number % 20)
        if fault is not None:
            row = [None] * 7 if fault[0] < 0 else [*row[: fault[0]], fault[1], *row[fault[0] + 1 :]]
        sheet.append(row)
        known = (name, CODES[place])
        outcome = "empty" if fault and fault[0] < 0 else "error" if fault else "ready"
        if outcome == "ready" and known in names:
            outcome = "duplicate"
        elif outcome == "ready":
            names.add(known)
        made[outcome] += 1
    # A spreadsheet ends at its last cell that holds something.
    sheet.append(["Fin", "Kenya", "ong", "membre", 2020, "https://example.org/end", None])
    made["ready"] += 1
    book.save(file)
    return made


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counter[str]]:
    file = tmp_path_factory.mktemp("import") / "messy.xlsx"
    return file, _write(file, 1000)


def _seen(file: Path) -> Preview:
    return preview(PARTNERS, read_table(file))


def test_every_row_of_a_messy_workbook_is_accounted_for(messy: tuple[Path, Counter[str]]) -> None:
    file, made = messy
    found = _seen(file)
    assert found.header_row == 3
    assert found.mapping["country"] == "País"
    assert found.ignored == ("Téléphone",)
    assert len(found.results) == 1001
    assert [one.row for one in found.results] == list(range(4, 1005))
    assert found.counts == made
    assert all(one.message for one in found.results if one.outcome in {"error", "duplicate"})
    reasons = " ".join(one.message for one in found.results)
    for word in ("Atlantide", "evidence: missing", "two ways", "name: missing", "e-mail"):
        assert word in reasons


def test_nothing_is_published_unreviewed_and_the_same_file_changes_nothing(
    messy: tuple[Path, Counter[str]], store: Store
) -> None:
    file, made = messy
    entries = _seen(file).entries
    first = registers.propose(store, "partners", entries, by="Ana")
    assert Counter(first.values()) == {"new": made["ready"]}
    assert len(registers.queue(store)) == made["ready"]
    assert not any(one.from_release for one in registers.history(store, "partners"))

    again = registers.propose(store, "partners", _seen(file).entries, by="Ana")
    assert Counter(again.values()) == {"same": made["ready"]}
    assert len(registers.queue(store)) == made["ready"]
    assert len(registers.list_audit(store, limit=5000)) == made["ready"]


def test_a_table_in_csv_with_semicolons_is_the_same_table(tmp_path: Path) -> None:
    file = tmp_path / "partners.csv"
    file.write_text(
        "Nom;Pays;Type;Rôle;Preuve\nÎle verte;Brésil;ong;membre;https://example.org/a\n"
        "Ile Verte;Brasil;NGO;member;https://example.org/b\n",
        encoding="utf-8-sig",
    )
    found = preview(PARTNERS, read_table(file))
    assert [one.outcome for one in found.results] == ["ready", "duplicate"]
    assert found.results[0].body == {
        "name": "Île verte",
        "country": "BRA",
        "kind": "ngo",
        "role": "member",
        "evidence": "https://example.org/a",
    }
    assert found.results[1].message == "the same entry as row 2"


def test_results_of_ex_act_and_cbp_are_taken_with_an_action(tmp_path: Path) -> None:
    file = tmp_path / "actions.csv"
    file.write_text(
        "Title,Who,Countries,Objectives,State,Total area (ha),Carbon balance (tCO2e),"
        "Duration (years),Tool,Version,Evidence\n"
        'Agroforestry,FAO,"Kenya;Uganda",A2;E3,ongoing,"1 250",-32500.5,20,EX-ACT,9.4,'
        "https://example.org/exact\n",
        encoding="utf-8",
    )
    (one,) = preview(REGISTERS["actions"], read_table(file)).results
    assert one.outcome == "ready", one.message
    assert one.body is not None
    assert one.body["countries"] == ["KEN", "UGA"]
    assert (one.body["area_ha"], one.body["tco2e"], one.body["tco2e_years"]) == (1250, -32500.5, 20)
    assert (one.body["tool"], one.body["tool_version"]) == ("EX-ACT", "9.4")


VALUES = {
    "number": 12.5,
    "period": "2024",
    "date": "2024-05-06",
    "country": "KEN",
    "countries": ["KEN", "UGA"],
    "url": "https://example.org/?q=a&b=c",
    "ids": ["A1", "B2"],
}
TEXT = "=Île «verte»; a,b\nsecond line"


@pytest.mark.parametrize("name", [*REGISTERS, "tools"])
def test_every_template_and_export_is_a_table_that_can_be_imported(
    name: str, tmp_path: Path
) -> None:
    spec = find_register(name)
    flat = {
        field.name: field.choices[0] if field.choices else VALUES.get(field.kind, TEXT)
        for field in spec.fields
    }
    key, body = entry(spec, flat)
    told = {k: ";".join(v) if isinstance(v, list) else v for k, v in flat.items()}
    for lang in ("en", "fr", "es"):
        file = tmp_path / f"{lang}.csv"
        made = io.StringIO(newline="")
        made.write(template_csv(spec, lang))
        csv.writer(made).writerow([cell(told[column]) for column in spec.columns])
        file.write_text(made.getvalue(), encoding="utf-8-sig")
        explained = len(spec.fields)
        assert made.getvalue().count("# ") >= explained
        found = preview(spec, read_table(file))
        assert found.header_row == explained + 1
        assert [(one.outcome, one.key, one.body) for one in found.results] == [("ready", key, body)]

        book = tmp_path / f"{lang}.xlsx"
        book.write_bytes(workbook(spec, lang, [{"key": "its-own-key", **told}]))
        (one,) = preview(spec, read_table(book)).results
        assert (one.outcome, one.key, one.body) == ("ready", "its-own-key", body), one.message
        opened = openpyxl.load_workbook(book)
        assert len(opened.sheetnames) == 2
        columns = [row[0].value for row in opened.worksheets[1].iter_rows(min_row=2)]
        assert columns == [*spec.columns, "key"]
        assert all(row[1].value for row in opened.worksheets[1].iter_rows(min_row=2))
        assert opened.worksheets[0]["A2"].data_type != "f"

    book.write_bytes(workbook(spec))
    empty = preview(spec, read_table(book))
    assert empty.results == ()
    lists = openpyxl.load_workbook(book).worksheets[0].data_validations.dataValidation
    assert len(lists) == sum(bool(field.choices) for field in spec.fields)


def test_a_fact_of_a_tool_without_its_source_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tools.csv"
    file.write_text(
        "name,name_source,kind,kind_source\nX,https://a.example,model,\n", encoding="utf-8"
    )
    (one,) = preview(find_register("tools"), read_table(file)).results
    assert one.outcome == "error"
    assert "kind_source: missing" in one.message


def test_what_is_no_table_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    cr, quote, rows = b"name,country\rA,B\n", b'name\n"' + b"a" * 140_000, b"a\n" * 20_001
    for body in (b"PK\x03\x04 no workbook", b"\xff\xfe\x00", b"", cr, quote, rows):
        file.write_bytes(body)
        with pytest.raises(BadValue):
            preview(PARTNERS, read_table(file))
    with pytest.raises(BadValue, match="No such file"):
        read_table(tmp_path / "nothing.csv")
    with pytest.raises(BadValue, match="no field 'phone'"):
        preview(PARTNERS, [["name", "country"]], {"Téléphone": "phone"})
