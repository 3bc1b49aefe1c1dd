"""The plan, its registers and the feed, over the starter data."""

import csv
import io
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.api.bodies.progress import (
    KpisBody,
    ObjectiveBody,
    ObjectivesBody,
    ValueRow,
    ValuesBody,
)
from soc_monitor.api.bodies.registers import EntriesBody, EntryBody, RegistersBody
from soc_monitor.progress.registers import REGISTERS
from soc_monitor.runs.registers import publish_registers
from soc_monitor.settings import Settings
from soc_monitor.store import registers
from soc_monitor.store.store import Store, open_store

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def store(
    clone: Callable[[str], str], starter_template: str, tmp_path_factory: Any
) -> Iterator[Store]:
    """A store of these tests' own, with all starter data in one release."""
    folder: Path = tmp_path_factory.mktemp("progress")
    opened = open_store(clone(starter_template), folder, statement_s=60)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def plan(store: Store, tmp_path_factory: Any) -> Iterator[TestClient]:
    """A client of the API over that store."""
    app = create_api(store, Settings(data=tmp_path_factory.mktemp("data")))
    with TestClient(app, follow_redirects=False) as client:
        yield client


def ask(client: TestClient, path: str, model: type[BaseModel] | None = None) -> Any:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    if model is not None:
        model.model_validate(answer.json())
    return answer.json()


def test_there_are_24_objectives_judged_for_both_horizons(plan: TestClient) -> None:
    body = ask(plan, "/objectives", ObjectivesBody)
    assert len(body["data"]) == 24
    assert body["meta"]["judged_on"] == datetime.now(UTC).date().isoformat()
    for horizon in ("2030", "2050"):
        assert sum(body["meta"]["counts"][horizon].values()) == 24
    late = ask(plan, "/objectives?st=late")["data"]
    assert [one["id"] for one in late] == ["F3"], "its dashboard was due at the end of 2021"
    assert late[0]["verdicts"]["2030"]["due"] == "2021-12-31"
    assert [one["id"] for one in ask(plan, "/objectives?goal=E")["data"]] == ["E1", "E2", "E3"]
    assert [one["id"] for one in ask(plan, "/objectives?q=tourbieres")["data"]] == ["A1"]


def test_a1_has_two_values_with_their_own_denominators_and_is_too_old_to_judge(
    plan: TestClient,
) -> None:
    body = ask(plan, "/objectives/a1", ObjectiveBody)["data"]
    values = [one for one in body["values"] if one["kpi_id"] == "a1_ndc_soc_share"]
    assert [(v["period"], v["numerator"], v["denominator"]) for v in values] == [
        ("2019", 13, 196),
        ("2021", 28, 184),
    ]
    assert [round(v["value"], 2) for v in values] == [6.63, 15.22]
    assert all(v["evidence_url"] and v["source"] for v in values)
    by_2030, by_2050 = body["verdicts"]["2030"], body["verdicts"]["2050"]
    assert (by_2030["status"], by_2030["reason"]) == ("no_data", "no_value")
    assert (by_2050["status"], by_2050["reason"]) == ("no_data", "too_old")
    assert by_2050["value"]["period"] == "2021"
    assert body["open_questions"] == ["Which reading of the 2030 level does the Initiative hold?"]
    # Judged when the value was young, the same rule gives a status.
    then = ask(plan, "/objectives/A1?at=2022-01-01")["data"]["verdicts"]["2050"]
    assert then["status"] == "on_track"
    assert then["ratio"] > 1


def test_the_plan_s_words_are_verbatim_in_every_language(plan: TestClient) -> None:
    for code in ("en", "fr", "es"):
        body = ask(plan, f"/objectives/F2?labels={code}")["data"]
        assert body["text_fr"]["target_2030"] == "Gérer un budget de 2 à 5 millions d'euros."
        assert body["label"] == body["labels"][code]


def test_kpis_and_values_are_told_whole(plan: TestClient) -> None:
    kpis = ask(plan, "/kpis", KpisBody)["data"]
    assert len(kpis) == 46
    stages = {one["id"]: one["newest"] for one in kpis if one["id"] in {"e2_stage", "f3_stage"}}
    assert stages["e2_stage"]["stage"] == "set_up"
    assert stages["f3_stage"]["stage"] == "kpis"
    rows = ask(plan, "/values.json", ValuesBody)["data"]
    text = plan.get("/api/v1/values.csv").text
    table = list(csv.DictReader(io.StringIO(text)))
    assert list(table[0]) == list(ValueRow.model_fields)
    assert [one["kpi_id"] for one in table] == [one["kpi_id"] for one in rows]


def test_the_catalogue_of_tools_says_where_every_field_is_from(plan: TestClient) -> None:
    body = ask(plan, "/tools", EntriesBody)
    assert body["meta"]["total"] >= 20
    for tool in body["data"]:
        for name, field in tool["entry"]["fields"].items():
            assert field["value"], name
            assert field["source"].startswith("http"), name
        assert 0 < tool["entry"]["filled"] <= tool["entry"]["of"] == 14
    models = ask(plan, "/tools?kind=model")["data"]
    assert {one["key"] for one in models} >= {"rothc", "ipcc_tier1"}
    assert ask(plan, "/tools/rothc", EntryBody)["entry"]["fields"]["time_step"]["value"]
    table = list(csv.DictReader(io.StringIO(plan.get("/api/v1/tools.csv").text)))
    assert table[0]["name_source"].startswith("http")


def test_empty_registers_are_empty_and_say_what_they_hold(plan: TestClient) -> None:
    for name in ("partners", "actions"):
        body = ask(plan, f"/{name}", EntriesBody)
        assert body["data"] == []
        assert body["meta"]["fields"]
    found = ask(plan, "/registers", RegistersBody)["data"]
    assert {one["name"] for one in found} == {"tools", *REGISTERS}
    assert plan.get("/api/v1/registers/partners.csv").text.startswith("key,name,country,kind,role")


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_every_register_has_a_template_and_an_export(plan: TestClient, lang: str) -> None:
    for name in ("tools", *REGISTERS):
        for path in (f"{name}/template.xlsx", f"{name}/template.csv", f"{name}.xlsx"):
            answer = plan.get(f"/api/v1/registers/{path}?labels={lang}")
            assert answer.status_code == 200, answer.text
            assert "attachment" in answer.headers["content-disposition"]
            assert len(answer.content) > 100
    for path in ("nothing/template.csv", "nothing/template.xlsx", "nothing.xlsx"):
        assert plan.get(f"/api/v1/registers/{path}").status_code == 404
    table = list(csv.DictReader(io.StringIO(plan.get("/api/v1/tools.csv").text)))
    assert all(one["link"].startswith("http") for one in table)


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/objectives/Z9", 404, "unknown-objective"),
        ("/values.json?kpi=nothing", 404, "unknown-objective"),
        ("/registers/nothing.json", 404, "unknown-record"),
        ("/partners/nobody", 404, "unknown-record"),
        ("/objectives?at=2999-01-01", 422, "bad-value"),
        ("/objectives?at=2026", 422, "bad-value"),
        ("/objectives?plan=1999", 422, "bad-value"),
        ("/objectives?st=splendid", 422, "bad-value"),
        ("/objectives?rel=1999.01.1", 404, "unknown-release"),
    ],
)
def test_what_is_not_there_is_a_problem_document(
    plan: TestClient, path: str, status: int, kind: str
) -> None:
    answer = plan.get(f"/api/v1{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith(kind)


@pytest.mark.parametrize(
    "path",
    [
        "/objectives",
        "/objectives/A1",
        "/kpis",
        "/values.json",
        "/values.csv",
        "/tools",
        "/registers",
    ],
)
def test_a_reader_who_has_it_gets_304_and_the_pinned_address_says_the_same(
    plan: TestClient, path: str
) -> None:
    first = plan.get(f"/api/v1{path}")
    same = plan.get(f"/api/v1{path}", headers={"If-None-Match": first.headers["etag"]})
    assert same.status_code == 304
    pinned = plan.get(first.headers["content-location"])
    assert pinned.headers["cache-control"].endswith("immutable")
    assert pinned.content == first.content


def test_what_is_published_stands_in_the_very_next_answers(
    plan: TestClient, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """From publish to API and feed: no wait, and less than 5 s of work, whatever else runs here."""
    before = ask(plan, "/objectives/A2")["data"]["values"]
    assert before == []
    today = datetime.now(UTC).date().isoformat()
    body = {
        "kpi": "a2_projects",
        "period": today,
        "number": 6.0,
        "data_class": "reported",
        "source": "Call <b>2026</b> & more",
        "evidence": "https://example.org/call",
    }
    registers.propose(store, "values", [("a2", body)], by="Ana")
    registers.review(store, "values", "a2", 1, by="Ben", accept=True)
    began, worked = time.monotonic(), time.process_time()
    release = publish_registers(store, by="Ben")
    after = ask(plan, "/objectives/A2")["data"]
    feed = plan.get("/atom/progress.atom?labels=fr")
    waited, worked = time.monotonic() - began, time.process_time() - worked
    with capsys.disabled():
        print(f" publish to API and feed: {waited:.2f} s, {worked:.2f} s of work", end="")  # noqa: T201
    assert worked < 5
    assert after["values"][0]["value"] == 6.0
    assert after["values"][0]["entered_by"] == "Ana"
    assert after["verdicts"]["2030"]["status"] == "limited"
    assert feed.headers["content-type"].startswith("application/atom+xml")
    root = ET.fromstring(feed.text)  # noqa: S314  # our own answer
    titles = [one.findtext(f"{ATOM}title") or "" for one in root.iter(f"{ATOM}entry")]
    label = next(one for one in after["indicators"] if one["id"] == "a2_projects")["labels"]["fr"]
    assert "A2 · Projets innovants, pour 2030\u00a0: Progrès limités" in titles[0] + titles[1]
    assert titles[2] == f"A2 · {label}: 6"
    summaries = [one.findtext(f"{ATOM}summary") or "" for one in root.iter(f"{ATOM}entry")]
    assert "Call <b>2026</b> & more" in summaries[2]
    news = ask(plan, "/news?limit=3")["data"]
    assert [one["kind"] for one in news] == ["status", "status", "value"]
    assert news[2]["evidence_url"] == "https://example.org/call"
    told = ask(plan, "/objectives/a2/judgements")["data"]
    assert [(one["horizon"], one["before"], one["status"]) for one in told[:2]] == [
        (2030, "no_data", "limited"),
        (2050, "no_data", "limited"),
    ]
    assert ask(plan, "/releases/latest")["name"] == release
    assert publish_registers(store, by="Ben") is None, "nothing new"


def test_a_suggestion_waits_for_the_editors_and_is_shown_nowhere(
    plan: TestClient, store: Store
) -> None:
    sent = {"about": "/progress/A1", "text": "The count is older.", "evidence": "https://a.example"}
    answer = plan.post("/api/v1/suggestions", json=sent)
    assert answer.status_code == 202, answer.text
    assert [one.body for one in registers.queue(store) if one.register == "suggestions"] == [sent]
    assert plan.get("/api/v1/registers/suggestions.json").status_code == 404
    key = answer.json()["id"]
    assert plan.get(f"/api/v1/registers/suggestions/{key}/history").status_code == 404

    form = plan.post("/api/v1/suggestions", data={**sent, "lang": "fr"})
    assert (form.status_code, form.headers["location"]) == (303, "/fr/suggest?said=thanks")
    wrong = plan.post("/api/v1/suggestions", data={"about": "/", "text": "", "lang": "es"})
    assert wrong.headers["location"] == "/es/suggest?said=wrong"
    for bad in ({"text": "x"}, {**sent, "about": "//evil.example?"}, {**sent, "more": "x"}, [1]):
        assert plan.post("/api/v1/suggestions", json=bad).status_code == 422
    assert plan.post("/api/v1/suggestions", content=b"x" * 20_000).status_code == 413
    assert plan.post("/api/v1/suggestions", content=b"[" * 16_000).status_code == 422
    # Two were taken; three more may come within the hour.
    codes = [plan.post("/api/v1/suggestions", json=sent).status_code for _ in range(4)]
    assert codes == [202, 202, 202, 429]
    often = plan.post("/api/v1/suggestions", json=sent)
    assert often.headers["retry-after"] == "3600"
    assert often.json()["type"].endswith("too-often")
