"""The finder's pages: stations near a person, the whole city, one station, and about the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, url_for

from locator import maps
from locator.errors import UsageError
from locator.feedback.requests import Totals
from locator.handouts.map_words import CITY_WORDS, labels_in, wanted_amenities
from locator.language.catalogue import local_name
from locator.language.messages import message
from locator.places.gazetteer import Place
from locator.places.name_search import Match
from locator.stations import nearest_query, position_fields, request_fields
from locator.stations.catalog import Catalog, NearestAnswer
from locator.stations.hours import STATION_TIMEZONE, OpenState, current_day
from locator.stations.phones import phone_parts
from locator.stations.schema import AMENITIES, KINDS
from locator.web.finder import handoff
from locator.web.shared.context import current, current_catalog, current_settings
from locator.web.shared.documents import no_store
from locator.web.shared.map_sources import map_sources
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.page_words import (
    AMENITIES_AT_ONCE,
    FEEDBACK_WORDS,
    FINDER_WORDS,
    WALK_WORDS,
    amenities_there,
    arrival_text,
    checked_text,
    distance_text,
    hours_text,
    icon,
    is_stale,
    radius_text,
    script_words,
    station_name,
    way_text,
)
from locator.web.shared.pages import READERS, kept_page, shared
from locator.web.shared.place_names import find_named, spoken_name
from locator.web.shared.public_feedback import reports_revision, request_totals
from locator.web.shared.station_lists import (
    answer_record,
    district_label,
    district_title,
    hit_record,
    near_title,
    station_record,
)

blueprint = Blueprint("finder", __name__)
blueprint.add_app_template_filter(distance_text, "distance")
blueprint.add_app_template_filter(hours_text, "hours")
blueprint.add_app_template_filter(station_name, "station_name")
blueprint.add_app_template_filter(way_text, "way")
blueprint.add_app_template_filter(phone_parts, "phone_parts")
blueprint.add_app_template_filter(arrival_text, "arrival")
blueprint.add_app_template_filter(amenities_there, "amenities_there")
blueprint.add_app_template_filter(checked_text, "checked")
blueprint.add_app_template_test(is_stale, "stale")
blueprint.add_app_template_filter(icon)

LIMIT: Final = 20
CHOICES: Final = 8
LISTED: Final = 50
FILTERS: Final = ("kind", "amenity", "open_at")
ASKED: Final = ("place", "district", "lat", "lon", "datum")
NAMED: Final = ("place", "district")
"""The fields that say by name where somebody is."""
ADDRESS: Final = (*NAMED, "chosen", *FILTERS, "limit", "plain")
"""The fields in the address of an answer; ``chosen`` is the key of one of several places of the same name."""

Form = Mapping[str, Any]
"""The fields that were sent; checkboxes of the same name are joined by commas."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What the first page shows for a form; all fields are empty before one was sent."""

    title: str = ""
    place: str = ""
    accuracy_m: float | None = None
    """How far somebody may be from where ``place`` is."""
    near: dict[str, Any] | None = None
    """The answer as in the API, and ``cut``: whether there may be more stations within the radius."""
    choices: Sequence[Place] = ()
    district: str = ""
    """The district that ``listed`` is about."""
    listed: Sequence[dict[str, Any]] = ()
    """Its stations that fit the filters."""
    trouble: str = ""
    thanks: str = ""
    """The text for somebody who asked for a station here."""


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """A row of the table of districts."""

    value: str
    """The name to search for; empty for stations whose district is not known."""
    name: str
    counts: Sequence[int]
    """Stations of each kind, in the order of `KINDS`."""


@blueprint.get("/")
def home() -> Response:
    """Show the first page, with an answer where the address names a place or a district."""
    datum = ""
    if request.query_string:
        asked = _asked()
        if _is_named(asked):
            return _answer(asked)
        datum = str(request_fields.read_datum(request.args)) if request.args.get("datum") else ""
    return kept_page(current().pages, lambda: _home_page(SearchResult(), {}, datum), datum)


@blueprint.post("/")
def ask() -> Response:
    """Answer the form without a script.

    A place or a district is answered by a redirect to an address that Back leads to. A position must not stand in
    an address, so it is answered at once.
    """
    form = request_fields.join_pairs(request.form.items(multi=True))
    try:
        if _is_named(form):
            location = url_for("finder.home", **_address_of(form), _anchor="result-title")
            return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": location})
    except UsageError as error:
        return _for_one_reader(_refusal(error, form))
    return _for_one_reader(_answer(form))


@blueprint.get("/map")
def city_map() -> Response:
    """Show all stations on a map, and in numbers by district."""
    return kept_page(current().pages, _map_page)


def _map_page() -> str:
    catalog = current_catalog()
    rows = district_rows(catalog, current_language())
    return render_template(
        "finder/map.html",
        map=maps.city_map(catalog, map_sources(cluster=True, stations=True)),
        words=script_words(CITY_WORDS),
        rows=rows,
        others=len(catalog) - catalog.n_in_service,
        totals=[sum(counts) for counts in zip(*(row.counts for row in rows), strict=True)] or [0] * len(KINDS),
    )


@blueprint.get("/stations/<station_id>")
def station(station_id: str) -> Response:
    """Show what is known of one station; the page is rendered once per minute for all readers."""
    number, now = current_catalog().find(station_id), datetime.now(STATION_TIMEZONE)
    reader = handoff.platform_of(request.user_agent.string)
    if "thanks" in request.args:  # for this reader at this moment only
        return no_store(Response(_station_page(number, now, reader)))
    minute = now.replace(second=0, microsecond=0)
    return kept_page(
        current().stations,
        lambda: _station_page(number, minute, reader),
        number,
        reader,
        stamp=(minute, reports_revision()),
        vary=f"User-Agent, {READERS}",
    )


def _station_page(number: int, now: datetime, reader: tuple[handoff.Platform, bool]) -> str:
    catalog, lang = current_catalog(), current_language()
    facts = station_record(catalog, number, now, lang)
    return render_template(
        "finder/station.html",
        map=maps.station_map(catalog, map_sources()),
        words=shared("words", lambda: script_words({**WALK_WORDS, **FEEDBACK_WORDS})),
        station=facts,
        parent=_name_of(catalog, facts["parent"]),
        today=now.date(),
        apps=handoff.links(facts["lat"], facts["lon"], facts["name"], *reader),
        handoff_table=handoff.table(catalog, lang),
    )


@blueprint.get("/about")
def about() -> Response:
    """Describe the data, their sources, and what happens to a reader's position."""
    asked = request_totals()
    return kept_page(current().pages, lambda: _about_page(asked), stamp=asked)


def _about_page(asked: Totals | None) -> str:
    catalog = current_catalog()
    kinds = Counter(catalog.column("kind")[: catalog.n_in_service])
    return render_template(
        "finder/about.html",
        asked=asked,
        totals=[kinds[kind] for kind in KINDS],
        others=len(catalog) - catalog.n_in_service,
        checked=sum(day is not None for day in catalog.column("checked_on")),
        licences=Counter(catalog.column("licence")).most_common(),
        version=catalog.version,
        retention_days=current_settings().retention_days,
        districts=catalog.districts,
        tile_hosts=maps.tile_hosts(current_settings().tiles),
        radius_text=radius_text(current_settings().radius_m),
    )


def answer_page(form: Form, thanks: str) -> Response:
    """Show what is near a position, and say thanks to who asked for a station there."""
    return _for_one_reader(Response(_home_page(replace(_near(form), thanks=thanks), form)))


@blueprint.app_context_processor
def _for_every_page() -> dict[str, object]:
    return {"labels": labels_in(current_language()), "synthetic": current_catalog().synthetic}


# Looking up


def _asked() -> dict[str, str]:
    """Return the fields in the address of an answer; positions are not read from one."""
    values = request_fields.join_pairs(request.args.items(multi=True))
    return {name: values[name] for name in ADDRESS if values.get(name, "").strip()}


def _is_named(form: Form) -> bool:
    """Tell whether a form says by name alone where somebody is."""
    place = form.get("place", "").strip()
    is_position = form.get("lat") or form.get("lon") or position_fields.may_hold_position(place)
    return bool(place or form.get("district", "").strip()) and not is_position


def _address_of(form: Form) -> dict[str, Any]:
    """Return the fields in the address of the answer to a form; invalid ones raise a `UsageError`."""
    given = {name: value for name in ADDRESS if (value := form.get(name, "").strip())}
    if "place" in given:
        request_fields.read_text(given, "place")
    request_fields.read_instant(given, "open_at", datetime.now(STATION_TIMEZONE))
    nearest_query.read_limit(given)
    for name, known in (("kind", KINDS), ("amenity", AMENITIES)):
        if name in given:
            given[name] = ",".join(sorted(request_fields.read_words(given, name, known)))
    return {name: value if name in FILTERS else value[: request_fields.MAX_TEXT] for name, value in given.items()}


def _answer(form: Form) -> Response:
    try:
        return Response(_home_page(_look_up(form), form))
    except UsageError as error:
        return _refusal(error, form)


def _refusal(error: UsageError, form: Form) -> Response:
    page = _home_page(SearchResult(trouble=localized(error.message)), form)
    return Response(page, HTTPStatus.UNPROCESSABLE_ENTITY)


def _look_up(form: Form) -> SearchResult:
    """Answer a form: a position, else a place, else a district."""
    place, district = (request_fields.read_text(form, name).strip() if form.get(name) else "" for name in NAMED)
    if form.get("lat") or form.get("lon"):
        return _near(form)
    if typed := position_fields.typed_position(place):
        return _near({**form, "lat": typed[0], "lon": typed[1]})
    if place:
        return _named(place, district, form)
    if district:
        return _in_district(district, form)
    raise UsageError("Where are you? Type a place, choose a district, or give latitude and longitude.")


def _near(form: Mapping[str, Any], place: str = "", accuracy_m: float | None = None) -> SearchResult:
    now = datetime.now(STATION_TIMEZONE)
    query = nearest_query.read_nearest_query(
        {**form, "limit": form.get("limit") or LIMIT}, current_settings(), now
    )
    catalog, lang = current_catalog(), current_language()
    answer = catalog.nearest(query, now)
    near = answer_record(catalog, answer, lang)
    near["open_nearby"] = _open_nearby(catalog, answer, lang)
    return SearchResult(title=near_title(near, _is_filtered(form)), place=place, accuracy_m=accuracy_m, near=near)


def _open_nearby(catalog: Catalog, answer: NearestAnswer, lang: str) -> dict[str, Any] | None:
    """Return the nearest station that is known to be open now, unless the nearest in service is open."""
    nearest = next((hit for hit in answer.hits if catalog.is_in_service(hit.number)), answer.beyond)
    if nearest is None or catalog.status(nearest.number, answer.as_of).state == OpenState.OPEN:
        return None
    open_answer = catalog.nearest(replace(answer.query, open_at=answer.as_of, limit=1), answer.as_of)
    nearest_open = next(iter(open_answer.hits), open_answer.beyond)
    return hit_record(catalog, nearest_open, answer.as_of, lang) if nearest_open else None


def _is_filtered(form: Mapping[str, Any]) -> bool:
    return any(form.get(name) for name in FILTERS)


def _named(text: str, district: str, form: Form) -> SearchResult:
    """Answer with the stations near the place of that name, or with the places to choose from."""
    catalog = current_catalog()
    found = find_named(text, CHOICES, catalog.district_name(district) or district)
    if not found:
        return SearchResult(trouble=localized(FINDER_WORDS["no_place"]).format(text=text))
    chosen = [place for place, _ in found if place.place_id == form.get("chosen")]
    meant = chosen or [place for place, match in found if match is Match.EXACT]
    if len(meant) != 1:
        title = FINDER_WORDS["around_here" if found[0].match is Match.PART else "which"]
        return SearchResult(
            title=localized(title).format(text=text), choices=meant or [place for place, _ in found]
        )
    (place,) = meant
    if place.kind == "district":
        return _in_district(place.name, form)
    return _near({**form, "lat": place.lat, "lon": place.lon}, spoken_name(place), place.accuracy_m)


def _in_district(name: str, form: Form) -> SearchResult:
    """List the stations of a district that fit the filters, without distances, as there is no position."""
    catalog, lang, now = current_catalog(), current_language(), datetime.now(STATION_TIMEZONE)
    district = catalog.district_name(name)
    if district is None:
        raise UsageError("There is no district {value}. Choose one from the list.", value=repr(name[:40]))
    everyone = catalog.in_district(district)
    open_at = request_fields.read_instant(form, "open_at", now)
    kinds = request_fields.read_words(form, "kind", KINDS)
    amenities = request_fields.read_words(form, "amenity", AMENITIES)
    numbers = catalog.fitting(everyone, kinds=kinds, amenities=amenities, open_at=open_at)
    label = district_label(catalog, district, lang)
    n, n_all = (sum(map(catalog.is_in_service, found)) for found in (numbers, everyone))
    return SearchResult(
        title=district_title(label, n, n_all, _is_filtered(form), LISTED, len(numbers) - n),
        district=district,
        listed=[station_record(catalog, number, open_at or now, lang) for number in numbers[:LISTED]],
    )


# What templates get


def district_rows(catalog: Catalog, lang: str) -> list[DistrictRow]:
    """Count the stations in service by district and kind.

    The districts of the file come in their order, others by name, then unknown ones.
    """
    districts, kinds = (catalog.column(name)[: catalog.n_in_service] for name in ("district", "kind"))
    counts = Counter(zip(districts, kinds, strict=True))
    names = {area.name: area.name_en for area in catalog.districts}
    others = sorted({name for name, _ in counts if name and name not in names})
    rows = [
        DistrictRow(name, local_name(name, names.get(name), lang), [counts[name, kind] for kind in KINDS])
        for name in [*names, *others]
    ]
    unnamed = [counts[None, kind] for kind in KINDS]
    return [*rows, DistrictRow("", localized(message("not known")), unnamed)] if any(unnamed) else rows


def _home_page(result: SearchResult, form: Form, datum: str = "") -> str:
    """Render the first page with a result and the form as it was sent; ``datum`` is that of the address."""
    catalog = current_catalog()
    today = current_day()
    return render_template(
        "finder/home.html",
        map=maps.finder_map(catalog, map_sources()),
        words=shared("words", _home_words),
        datum=datum,
        result=result,
        is_sent=bool(form),
        address={name: form[name] for name in ADDRESS if form.get(name)} if _is_named(form) else {},
        form={name: "" if result.thanks else form.get(name, "") for name in ASKED},
        filters={name: form[name].split(",") if form.get(name) else [] for name in FILTERS},
        wanted=wanted_amenities(today),
        at_once=AMENITIES_AT_ONCE,
        today=today,
        districts=catalog.districts,
        district_names={
            known.name: local_name(known.name, known.name_en, current_language()) for known in catalog.districts
        },
        radius_text=radius_text(current_settings().radius_m),
        handoff_table=handoff.table(catalog, current_language()),
    )


def _home_words() -> dict[str, Any]:
    return script_words({**FINDER_WORDS, **WALK_WORDS, **FEEDBACK_WORDS}) | {
        "finder": {"few": LIMIT, "many": nearest_query.MAX_LIMIT, "listed": LISTED, "choices": CHOICES},
    }


def _for_one_reader(response: Response) -> Response:
    """Let only the reader's browser keep the answer to a form, so that Back shows it without sending it again."""
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _name_of(catalog: Catalog, parent: str | None) -> str | None:
    """Return the name of a station's parent, which the data name by id or by name."""
    number = catalog.number_of(parent) if parent else None
    return parent if number is None else str(catalog.fact(number, "name"))
