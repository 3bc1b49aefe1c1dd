"""``/registers``, and under their own names ``/partners``, ``/actions`` and ``/tools``."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.answers import CSV, Stamp, as_json, as_table, not_modified
from soc_monitor.api.bodies.registers import EntriesBody, EntryBody, RegistersBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.places import Places
from soc_monitor.api.registers import (
    TOOLS,
    Listing,
    countries_of,
    entry_body,
    listing,
    table_rows,
)
from soc_monitor.errors import UnknownRecord
from soc_monitor.model import WORLD
from soc_monitor.progress import explained
from soc_monitor.progress.registers import REGISTERS, Field, find_register
from soc_monitor.progress.sheets import template_csv, workbook
from soc_monitor.store import registers

router = APIRouter(tags=["progress"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Csv: dict[str, Any] = {"content": {"text/csv": {}}}
Xlsx: dict[str, Any] = {"content": {XLSX: {}}}
HOLDS = {"Cache-Control": "no-cache"}
Register = Annotated[
    str, Path(max_length=40, description="Name of a register", examples=["partners"])
]
Key = Annotated[str, Path(max_length=200, description="Key of an entry")]


def _choice(about: str) -> Any:
    return Query(description=about, max_length=ask.LONGEST)


class EntriesAsk(BaseModel):
    """Keys of a list of entries; a filter that the register does not have finds nothing."""

    rel: ask.Rel = "latest"
    labels: ask.Lang = "en"
    q: ask.Search = None
    country: Annotated[str | None, _choice("ISO 3166-1 alpha-3")] = None
    kind: Annotated[str | None, _choice("Kind")] = None
    role: Annotated[str | None, _choice("Role: member, partner")] = None
    state: Annotated[str | None, _choice("State of an action or a milestone")] = None
    objective: Annotated[str | None, _choice("Objective that it counts for")] = None
    scale: Annotated[str | None, _choice("Scale of a tool")] = None
    gives: Annotated[str | None, _choice("What a tool gives")] = None
    access: Annotated[str | None, _choice("Access to a tool")] = None
    validation: Annotated[str | None, _choice("Validation of a tool")] = None

    def filters(self) -> dict[str, str]:
        """The filters that are set."""
        found = self.model_dump(exclude={"rel", "labels", "limit", "cursor", "bom"})
        return {key: value for key, value in found.items() if value}


class PagedAsk(EntriesAsk):
    """Keys of a list in pages."""

    limit: ask.Limit = 1000
    cursor: ask.Cursor = 0


class TemplateAsk(BaseModel):
    """Keys of a template."""

    labels: ask.Lang = "en"


class TableAsk(EntriesAsk):
    """Keys of a table, which is always whole."""

    bom: ask.Bom = "0"


def _found(request: Request, name: str, asked: EntriesAsk, **more: str) -> tuple[Listing, Stamp]:
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, asked.rel)
    found = listing(catalogue, release, name, asked.filters())
    keys = {**asked.filters(), "labels": asked.labels, **more}
    return found, ask.stamp_of(request, release, asked.rel, keys)


def _field(field: Field, lang: str) -> dict[str, Any]:
    return {
        "name": field.name,
        "kind": field.kind,
        "required": field.required,
        "choices": list(field.choices),
        "about": explained.about(field, ask.language(lang)),
        "shape": explained.shape(field, ask.language(lang)),
    }


def _json(request: Request, name: str, asked: PagedAsk) -> Response:
    found, stamp = _found(request, name, asked, **ask.paging(asked))
    same = not_modified(request, stamp)
    if same is not None:
        return same
    part = found.found[asked.cursor : asked.cursor + asked.limit]
    links = {"pinned": stamp.location}
    following = asked.cursor + asked.limit
    if following < len(found.found):
        glue = "&" if "?" in stamp.location else "?"
        base = stamp.location.replace(f"&cursor={asked.cursor}", "")
        links["next"] = f"{base}{glue}cursor={following}"
    meta = {
        "release": found.release.name,
        "published_at": found.release.published_at,
        "register_name": name,
        "kpis": list(found.kpis),
        "fields": [_field(one, asked.labels) for one in found.fields],
        "total": len(found.found),
        "facets": found.facets,
        "countries": found.countries,
        "regions": regions_of(found, catalogue_of(request).places(found.release.boundaries_id)),
        "links": links,
    }
    return as_json({"meta": meta, "data": [entry_body(one) for one in part]}, stamp)


def _csv(request: Request, name: str, asked: TableAsk) -> Response:
    bom = asked.bom == "1"
    found, stamp = _found(request, name, asked, bom="1" if bom else "")
    same = not_modified(request, stamp)
    if same is not None:
        return same
    columns, rows = table_rows(found)
    file = f"{name.replace('_', '-')}_r{found.release.name}"
    return as_table(columns, rows, stamp, name=file, bom=bom)


def regions_of(found: Listing, known: Places) -> dict[str, int]:
    """Entries by region of the world; an entry in two countries of a region counts once there."""
    counts: Counter[str] = Counter()
    for one in found.found:
        counts.update(
            {region for code in countries_of(found.name, one) for region in _up(code, known)}
        )
    return dict(sorted(counts.items()))


def _up(code: str, known: Places) -> list[str]:
    """The region under the world that holds a country; none where the country is not known."""
    while (area := known.by_code.get(code)) is not None and area.parent != WORLD:
        if area.parent is None:
            return []
        code = area.parent
    return [] if area is None else [area.code]


@router.get("/registers", response_model=RegistersBody)
def list_registers(request: Request, asked: Annotated[EntriesAsk, Query()]) -> Response:
    """Every register: its fields, the kpis counted from it, and how much it holds."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, asked.rel)
    stamp = ask.stamp_of(request, release, asked.rel, {"labels": asked.labels})
    same = not_modified(request, stamp)
    if same is not None:
        return same
    data = []
    for name in (TOOLS, *REGISTERS):
        one = listing(catalogue, release, name, {})
        data.append(
            {
                "name": name,
                "entries": len(one.found),
                "kpis": list(one.kpis),
                "fields": [_field(field, asked.labels) for field in one.fields],
            }
        )
    meta = {"release": release.name, "total": len(data), "links": {"pinned": stamp.location}}
    return as_json({"meta": meta, "data": data}, stamp)


@router.get("/registers/{register}.json", response_model=EntriesBody)
def register_json(
    request: Request, register: Register, asked: Annotated[PagedAsk, Query()]
) -> Response:
    """Entries of a register, in JSON."""
    return _json(request, register, asked)


@router.get("/registers/{register}.xlsx", response_class=Response, responses={200: Xlsx})
def register_xlsx(
    request: Request, register: Register, asked: Annotated[EntriesAsk, Query()]
) -> Response:
    """Entries of a register as a workbook, with a sheet that explains its columns."""
    found, stamp = _found(request, register, asked)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    _, rows = table_rows(found)
    body = workbook(find_register(register), ask.language(asked.labels), rows)
    name = f"{register.replace('_', '-')}_r{found.release.name}.xlsx"
    return _file(body, XLSX, name, stamp.headers)


@router.get("/registers/{register}/template.csv", response_class=Response, responses={200: Csv})
def register_template_csv(register: Register, asked: Annotated[TemplateAsk, Query()]) -> Response:
    """A table to fill in: the columns explained, then the header."""
    spec = find_register(register)
    text = "\ufeff" + template_csv(spec, ask.language(asked.labels))
    return _file(text.encode(), CSV, f"{register.replace('_', '-')}_template.csv", HOLDS)


@router.get("/registers/{register}/template.xlsx", response_class=Response, responses={200: Xlsx})
def register_template_xlsx(register: Register, asked: Annotated[TemplateAsk, Query()]) -> Response:
    """A workbook to fill in, with lists to choose from and a sheet that explains the columns."""
    spec = find_register(register)
    body = workbook(spec, ask.language(asked.labels))
    return _file(body, XLSX, f"{register.replace('_', '-')}_template.xlsx", HOLDS)


def _file(body: bytes, media_type: str, name: str, headers: dict[str, str]) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=media_type, headers=headers | disposition)


@router.get("/registers/{register}.csv", response_class=Response, responses={200: Csv})
def register_csv(
    request: Request, register: Register, asked: Annotated[TableAsk, Query()]
) -> Response:
    """Entries of a register as a table: the same columns as an import takes."""
    return _csv(request, register, asked)


def _own(name: str, words: str) -> None:
    """A register under its own name."""

    def in_json(request: Request, asked: Annotated[PagedAsk, Query()]) -> Response:
        return _json(request, name, asked)

    def in_csv(request: Request, asked: Annotated[TableAsk, Query()]) -> Response:
        return _csv(request, name, asked)

    def one(request: Request, key: Key, asked: Annotated[EntriesAsk, Query()]) -> Response:
        found, stamp = _found(request, name, asked)
        record = next((each for each in found.found if each.key == key), None)
        if record is None:
            raise UnknownRecord(f"no entry {key!r} in {name}")
        return not_modified(request, stamp) or as_json(entry_body(record), stamp)

    in_json.__doc__ = f"{words}, in JSON."
    in_csv.__doc__ = f"{words} as a table."
    one.__doc__ = f"{words}: one entry, by its key."
    router.get(f"/{name}", response_model=EntriesBody, name=f"list_{name}")(in_json)
    router.get(f"/{name}.csv", response_class=Response, responses={200: Csv}, name=f"{name}_csv")(
        in_csv
    )
    router.get(f"/{name}/{{key}}", response_model=EntryBody, name=f"one_of_{name}")(one)


_own("partners", "Members and partners of the Initiative")
_own("actions", "Actions and the objectives that they count for")
_own(TOOLS, "Monitoring tools and methods, each field with its source and date")


@router.get("/registers/{register}/{key}/history", response_model=list[EntryBody])
def entry_history(request: Request, register: Register, key: Key) -> Response:
    """Every published version of an entry, the newest first, with who entered and reviewed it."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, "latest")
    find_register(register)
    versions = [
        one
        for one in registers.history(catalogue.store, register, key)
        if one.from_release is not None
    ]
    if not versions:
        raise UnknownRecord(f"no entry {key!r} in {register}")
    stamp = Stamp(path=request.url.path, keys={}, release=release, pinned=False)
    return not_modified(request, stamp) or as_json([entry_body(one) for one in versions], stamp)
