"""Docs: the OpenAPI document as one page that needs no other host and no script."""

import base64
import hashlib
import html
from typing import Any
from urllib.parse import quote, urlencode

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1f2328;
background:#fff}a{color:#0b5c8a}h2{margin-top:2.5rem;border-bottom:1px solid #d0d7de}
h3{font:600 1rem ui-monospace,monospace;margin:1.5rem 0 .25rem;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;
padding:.25rem .75rem .25rem 0;border-bottom:1px solid #eaeef2}code{font-size:.9em}
td:first-child{white-space:nowrap}pre{overflow-x:auto;padding:.5rem .75rem;background:#f3f5f7}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#14181d}a{color:#6cb6ff}
h2,th,td{border-color:#30363d}pre{background:#1f252c}}
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing but this very style: no script, no image, no other host."""

_SAMPLES = {
    "area_id": "WLD",
    "area": "FRA",
    "name": "latest",
    "release": "latest",
    "period": "latest",
    "level": "adm0",
    "objective_id": "A1",
    "register": "tools",
    "style": "hatch",
    "indicator": "soc_stock_0_30cm",
    "z": "0",
    "x": "0",
    "y": "0",
    "lon": "36.8",
    "lat": "-1.3",
}


def docs_page(document: dict[str, Any], product: str | None, samples_of_lines: str = "") -> str:
    """The page, from the OpenAPI document.

    Args:
        document: the OpenAPI document.
        product: one that the newest release has, for examples; None: there is none.
        samples_of_lines: lines to begin with, as a part of the page; empty: there are none.
    """
    samples = _SAMPLES | ({"product": product} if product else {})
    sections = [_section(tag, document, samples) for tag in document["tags"]]
    title = html.escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: API</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style></head><body><h1>{title}: API</h1>"
        f"<p>{html.escape(document['info']['description'])}</p>"
        '<p>As a document for programs: <a href="/api/openapi.json">/api/openapi.json</a>. '
        "Errors are <code>application/problem+json</code>. Every answer has an <code>ETag</code>; "
        "with <code>rel=</code> it never changes.</p>"
        f"{samples_of_lines}"
        f"{''.join(sections)}</body></html>"
    )


def _section(tag: dict[str, str], document: dict[str, Any], samples: dict[str, str]) -> str:
    operations = [
        _operation(method, path, operation, samples)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if tag["name"] in operation.get("tags", [])
    ]
    return f"<h2>{html.escape(tag['description'])}</h2>{''.join(operations)}"


def _operation(method: str, path: str, operation: dict[str, Any], samples: dict[str, str]) -> str:
    parameters = operation.get("parameters", [])
    rows = "".join(_row(parameter) for parameter in parameters)
    table = f"<table><tr><th>key</th><th>what</th><th>default</th></tr>{rows}</table>"
    body = html.escape(operation.get("requestBody", {}).get("description", "")).replace("`", "")
    links = _links(path, parameters, samples) if method == "get" else []
    examples = "".join(
        f'<li><a href="{html.escape(link)}"><code>{html.escape(link)}</code></a></li>'
        for link in links
    )
    about = html.escape(operation.get("description", "")).replace("\n\n", "<br>")
    listed = f"<ul>{examples}</ul>" if examples else ""
    sent = f"<p>Body: {body}</p>" if body else ""
    head = f"<h3>{method.upper()} {html.escape(path)}</h3><p>{about}</p>{sent}{listed}"
    return f"{head}{table if parameters else ''}"


def _row(parameter: dict[str, Any]) -> str:
    schema = parameter.get("schema", {})
    default = schema.get("default")
    told = parameter.get("description") or schema.get("description", "")
    must = " (needed)" if parameter.get("required") else ""
    shown = "" if default is None else f"<code>{html.escape(str(default))}</code>"
    name = html.escape(parameter["name"])
    return (
        f"<tr><td><code>{name}</code>{must}</td><td>{html.escape(told)}</td><td>{shown}</td></tr>"
    )


def _links(path: str, parameters: list[dict[str, Any]], samples: dict[str, str]) -> list[str]:
    """An address with what it needs, and one with each example of its keys."""
    needed = {p["name"] for p in parameters if p.get("required")}
    if not needed <= set(samples):
        return []
    for p in parameters:
        if p["in"] == "path":
            path = path.replace(f"{{{p['name']}}}", quote(samples[p["name"]]))
    query = {
        p["name"]: samples[p["name"]]
        for p in parameters
        if p["in"] == "query" and p["name"] in needed
    }
    found = [path + (f"?{urlencode(query)}" if query else "")]
    shown = {"area", "v", "t", "u", "lvl", "q"}
    examples = {
        p["name"]: p["schema"].get("examples", [""])[-1]
        for p in parameters
        if p["name"] in shown and p.get("schema", {}).get("examples")
    }
    if "area" in examples or "q" in examples:
        keys = {key: examples[key] for key in ("area", "q") if key in examples}
        found.append(f"{path}?{urlencode(query | keys, safe='~.')}")
    return found
