"""Objective pages: each of the 24, in three languages, with the plan's own words."""

import html
import re

import pytest
import yaml
from starlette.testclient import TestClient

from soc_monitor.model.typeset import typeset
from soc_monitor.shelves import shelf

PLAN = yaml.safe_load((shelf("ingest_jobs") / "starter/objectives.yaml").read_text("utf-8"))
OBJECTIVES = {one["id"]: one for one in PLAN["objectives"]}


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("code", ["en", "fr", "es"])
@pytest.mark.parametrize("asked", OBJECTIVES)
def test_an_objective_has_its_page_with_the_plan_s_words(
    site: TestClient, asked: str, code: str
) -> None:
    answer = site.get(f"/{code}/progress/{asked}")
    assert answer.status_code == 200
    one, text = OBJECTIVES[asked], answer.text
    told = html.unescape(text)
    assert f"<h1>{asked} · {typeset(one['label'][code], code)}</h1>" in told
    for name in ("reference_2020", "target_2030", "target_2050"):
        assert f'<dd lang="fr">{one["text_fr"][name]}</dd>' in told, name
    assert f'<blockquote lang="fr"><p>{one["text_fr"]["objective"]}</p>' in told
    if code != "fr":
        assert flat(one["summary_unofficial"][code]) in flat(told)
    for kpi in one["kpis"]:
        assert f"<h3>{typeset(kpi['label'][code], code)}</h3>" in told
    # Both horizons, with a mark and a word each.
    assert len(re.findall(r'<h3>[^<]*20[35]0</h3><p><span class="status ', text)) == 2


def test_one_leads_to_the_next_from_the_first_to_the_last(site: TestClient) -> None:
    order = sorted(OBJECTIVES, key=lambda name: int(OBJECTIVES[name]["order"]))
    seen, asked = [], order[0]
    while asked:
        seen.append(asked)
        page = site.get(f"/en/progress/{asked}").text
        found = re.search(r'href="/en/progress/([A-F]\d)">[A-F]\d <span aria-hidden="true">→', page)
        asked = found[1] if found else ""
    assert seen == order
