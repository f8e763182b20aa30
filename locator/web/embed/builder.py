"""The page on which a web editor chooses the options of an embedded map and copies the HTML for it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup, escape

from locator.errors import UsageError
from locator.language.catalogue import language_name, languages, local_name
from locator.language.messages import message, texts_in
from locator.stations import request_fields
from locator.web.embed import frame, frame_options
from locator.web.embed.frame_options import LAYOUTS, NAMES, THEMES, ZOOMS
from locator.web.shared.context import current_catalog, current_settings
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.service_address import public_url

blueprint = Blueprint("builder", __name__)

HEIGHTS: Final = (120, 2000)
"""Pixels: less has no room for a station, more is higher than any screen."""
MAX_TEXT: Final = 200
USUAL: Final = {"datum": "wgs84", "theme": THEMES[0], "layout": LAYOUTS[0], "locate": "1"}
"""Defaults of the frame, which its address leaves out."""
LAYOUT_WORDS: Final = {
    "both": message("Map and list"),
    "map": message("Map"),
    "list": message("List"),
}
THEME_WORDS: Final = {
    "auto": message("As the reader's device"),
    "light": message("Light"),
    "dark": message("Dark"),
}
BUILDER_WORDS: Final = {
    "copied": message("Copied."),
    "not_copied": message("This browser does not let the page copy. The text is selected: copy it by hand."),
}


@blueprint.get("/embed/builder")
def page() -> Response:
    """Show the options, a preview, and the HTML for another page."""
    chosen, (height, trouble) = _chosen(), _height()
    catalog, lang = current_catalog(), current_language()
    options = frame_options.read_options(chosen, current_settings(), catalog)
    address = public_url("embed.page", **chosen)
    title = frame.title_of(options, chosen.get("lang") or lang)
    shown = render_template(
        "embed/builder.html",
        chosen=USUAL | chosen,
        kinds=chosen.get("kind", "").split(","),
        amenities=chosen.get("amenity", "").split(","),
        height=height,
        heights=HEIGHTS,
        zooms=ZOOMS,
        layouts=texts_in(LAYOUT_WORDS, lang),
        themes=texts_in(THEME_WORDS, lang),
        language_names=[(known, language_name(known)) for known in reversed(languages())],
        trouble=trouble,
        named_districts=[(area.name, local_name(area.name, area.name_en, lang)) for area in catalog.districts],
        preview=url_for("embed.page", _external=False, **chosen),
        title=title,
        frame=frame.frame(address, title, frame.WIDTH, height),
        element=element(chosen, address, title, height),
        oembed=public_url("embed.oembed", url=address, maxheight=str(height), format="json"),
        words=texts_in(BUILDER_WORDS, lang),
        kept_query=chosen,
    )
    response = Response(shown)
    response.vary.add("Accept-Language")
    return response


def element(options: dict[str, str], address: str, title: str, height: int) -> Markup:
    """Return the HTML of the custom element; its content is a link for browsers without scripts."""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in (options | {"height": height}).items())
    return Markup(
        '<script src="{}" async></script>\n<warm-station-map{}>\n  <a href="{}">{}</a>\n</warm-station-map>'
    ).format(public_url("embed.element"), Markup(attributes), address, title)  # noqa: S704 - escaped


def _chosen() -> dict[str, str]:
    """Read the options that differ from `USUAL`; ``lang`` is this page's, so that of the frame is ``map_lang``."""
    fields = {name: "map_lang" if name == "lang" else name for name in NAMES}
    given = {name: ",".join(filter(None, request.args.getlist(field))) for name, field in fields.items()}
    if not given["center"]:
        given["datum"] = ""  # only the center has a datum
    return {
        name: value.strip()[:MAX_TEXT]
        for name, value in given.items()
        if value.strip() and value != USUAL.get(name)
    }


def _height() -> tuple[int, str]:
    """Return the height in pixels, and the error of the given one; empty if it has none."""
    try:
        given = request.args.get("height")
        return (request_fields.read_whole(request.args, "height", *HEIGHTS) if given else frame.HEIGHT), ""
    except UsageError as error:
        return frame.HEIGHT, localized(error.message)
