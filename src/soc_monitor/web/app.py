"""The Dash half of the shell: the pages of the dashboards shelf, on Flask, well guarded.

Dash writes no page of ours. The documents do, and carry the scripts that Dash asks for; what is
left to it are its callbacks, its layouts and its scripts. A document says which page of the shelf
takes it over, so that nothing is asked of a router, and a layout is a file that browsers keep.
"""

import hashlib
import json
import re
from typing import Any

import dash
import flask
from markupsafe import Markup

from soc_monitor.shelves import shelf
from soc_monitor.web.documents.pages import DashParts
from soc_monitor.web.static_files import pack

LARGEST_CALLBACK = 1 << 20
"""Bytes that a callback may be sent: they are a few thousand."""
REACT_ROOT = '<div id="react-entry-point"></div>'
BEHIND = "/_dash"
"""Where the Dash half of a page is, under a tag that changes with the page and then its name."""
UNUSED = ("dash_table/",)
"""Of Dash's scripts: tables that no page has."""
GENERATORS = "polyfill@"
"""For browsers of before 2018, and the one place where ``regeneratorRuntime`` comes from: without
it the part that draws charts fails, and no answer of its callback is shown."""
CHARTED = ("soil_area",)
"""Pages that have charts of Plotly."""
AHEAD = "/_dash-component-suites/dash_leaflet/async-GeoJSON.js"
"""What every page's map asks for once it runs."""


class Shell(dash.Dash):
    """Dash that hands out the parts of its page instead of the page."""

    parts: dict[str, str]

    def interpolate_index(self, *args: Any, **kwargs: Any) -> Any:
        """Keep the parts; the page itself is never read by anyone."""
        self.parts = kwargs
        return super().interpolate_index(*args, **kwargs)  # type: ignore[no-untyped-call]


def create_shell(secret: str) -> Shell:
    """Dash with the pages of the shelf, set up in full.

    Args:
        secret: signs page state; the same in every worker process.
    """
    shell = Shell(
        "soc_monitor",
        use_pages=True,
        pages_folder=str(shelf("dashboards")),
        assets_folder="no-assets",
        include_assets_files=False,
        suppress_callback_exceptions=True,
        update_title=None,  # type: ignore[arg-type]  # None, as Dash documents it
        serve_locally=True,
        # asgiref, wherever it comes from, would switch Dash to another mode unasked.
        use_async=False,
        title="soc-monitor",
    )
    shell.layout = dash.page_container
    shell.server.secret_key = secret
    shell.server.config["MAX_CONTENT_LENGTH"] = LARGEST_CALLBACK
    _guard(shell)
    return shell


def parts_of(shell: Shell) -> DashParts:
    """What a document needs so that Dash can take over; also does Dash's lazy set-up."""
    with shell.server.test_client() as browser:
        answer = browser.get("/")
        assert answer.status_code == 200, "Dash could not be set up"
        dependencies = browser.get("/_dash-dependencies").data
        files, configs = {}, {}
        for page in dash.page_registry.values():
            name = str(page["module"]).rpartition(".")[2]
            shell.layout = page["layout"]()
            layout = browser.get("/_dash-layout").data
            tag = hashlib.sha256(layout + dependencies).hexdigest()[:16]
            files[tag, name, "_dash-layout"] = pack(layout, "application/json")
            files[tag, name, "_dash-dependencies"] = pack(dependencies, "application/json")
            configs[name] = _config(shell.parts["config"], f"{BEHIND}/{tag}/{name}/")
    # Hashes are complete only after the set-up.
    return DashParts(
        app_entry=Markup(REACT_ROOT),  # noqa: S704  # our own
        configs=configs,
        scripts={name: _scripts(shell.parts["scripts"], name) for name in configs},
        renderer=Markup(shell.parts["renderer"]),  # noqa: S704  # Dash's own
        hashes=tuple(shell.csp_hashes()),
        files=files,
    )


def _config(written: str, prefix: str) -> Markup:
    """Dash's settings for one page, without the components that hold no others."""
    head, text, tail = re.split(r"(?<=>)(.+)(?=</script>)", written.strip(), maxsplit=1)
    config = json.loads(text)
    config["requests_pathname_prefix"] = prefix
    config["children_props"] = {
        package: held
        for package, components in config["children_props"].items()
        if (held := {name: props for name, props in components.items() if props})
    }
    return Markup(head + json.dumps(config, separators=(",", ":")) + tail)  # noqa: S704  # Dash's


def _scripts(written: str, page: str) -> Markup:
    """Dash's scripts that a page needs, and what its map asks for later."""
    unused = UNUSED if page in CHARTED else (*UNUSED, GENERATORS)
    ahead = f'<link rel="preload" as="script" href="{AHEAD}">'
    needed = (line for line in written.splitlines() if not any(one in line for one in unused))
    return Markup(ahead + "\n".join(needed))  # noqa: S704  # Dash's own


def _guard(shell: Shell) -> None:
    """Answer 400 to what is no callback of ours, where Dash would answer 500."""

    @shell.server.before_request  # type: ignore[untyped-decorator]  # Dash ships no types
    def check() -> None:
        if flask.request.path != "/_dash-update-component":
            return
        if flask.request.method != "POST":
            flask.abort(405)
        try:
            body = flask.request.get_json()
        except RecursionError:
            flask.abort(400)
        if not _is_callback(shell.callback_map, body):
            flask.abort(400)

    shell.server.register_error_handler(
        dash.exceptions.DependencyException, lambda _error: ("not found", 404)
    )


def _is_callback(known: dict[str, Any], body: object) -> bool:
    """Whether a request names a callback of ours with all that it takes."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return False
    callback = known.get(body["output"])
    if callback is None or not isinstance(body.get("changedPropIds", []), list):
        return False
    outputs = body.get("outputs")
    flat = outputs if isinstance(outputs, list) else [outputs]
    flat = [one for part in flat for one in (part if isinstance(part, list) else [part])]
    if not flat or not all(isinstance(o, dict) and {"id", "property"} <= o.keys() for o in flat):
        return False
    return all(_same(callback[key], body.get(key) or []) for key in ("inputs", "state"))


def _same(wanted: list[dict[str, Any]], given: object) -> bool:
    if not isinstance(given, list) or len(given) != len(wanted):
        return False
    return all(
        isinstance(one, dict)
        and (one.get("id"), one.get("property")) == (own["id"], own["property"])
        for one, own in zip(given, wanted, strict=True)
    )
