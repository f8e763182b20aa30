"""Pages as single HTML files that open offline, with styles, scripts and data inline.

The content security policy names the inline parts by their hashes. No web application is needed to write them.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, Final

import orjson
from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from locator.config import PACKAGE, bundled
from locator.handouts.packaged_files import package_folder
from locator.language import lengths
from locator.language.catalogue import language_tag, local_name, translation
from locator.planning.output.figure_texts import column_heading, shown
from locator.stations.phones import phone_parts
from locator.stations.schema import HOTLINE
from locator.stations.spelled_hours import spelled_hours

WITHOUT_SCRIPT: Final = ".needs-script { display: none !important; }"

Files = tuple[str | tuple[str, str], ...]
"""Files of static/ by their names, and of installed packages as (package, name)."""


def render(
    template: str, lang: str, *, styles: Files, scripts: Files = (), script: str = "", **values: object
) -> str:
    """Write a page that is one file.

    Parameters
    ----------
    template
        One that extends ``handouts/single_file.html``.
    styles, scripts
        The files to inline, in this order.
    script
        Code to run after `scripts`, without any text from data.
    **values
        Variables of the template; their texts are escaped.
    """
    style = joined(styles)
    code = f"{joined(scripts)}\n{script}" if scripts else ""
    page: str = (
        environment()
        .get_template(template)
        .render(
            lang=lang,
            # Ours and Leaflet's: no text of the data is in them.
            style=Markup(style),  # noqa: S704
            script=Markup(code),  # noqa: S704
            without_script=WITHOUT_SCRIPT,
            script_hash=digest(code) if code else "'none'",
            style_hashes=[digest(style), *[digest(WITHOUT_SCRIPT)] * bool(code)],
            **values,
        )
    )
    return page


@cache
def environment() -> Environment:
    """Return the environment with the templates, translations and filters of single files."""
    made = Environment(loader=FileSystemLoader(PACKAGE / "templates"), autoescape=True)
    made.policies["json.dumps_function"] = json_text
    made.globals |= {"_": _translated, "hotline": HOTLINE, "language_tag": language_tag, "local_name": local_name}
    made.filters |= {
        "column_heading": column_heading,
        "distance": _distance,
        "hours": _hours,
        "phone_parts": phone_parts,
        "radius": _radius,
        "shown": shown,
    }
    return made


@lru_cache(maxsize=4096)
def translated_markup(text: str, lang: str) -> Markup:
    """Translate a text of a template; values filled into its fields are escaped."""
    return Markup(translation(text, lang))  # noqa: S704 - our own texts


@pass_context
def _translated(context: Context, text: str) -> Markup:
    return translated_markup(text, context["lang"])


@pass_context
def _radius(context: Context, radius_m: float) -> str:
    return lengths.radius_text(radius_m, context["lang"])


@pass_context
def _distance(context: Context, distance_m: float) -> str:
    return lengths.distance_text(distance_m, context["lang"])


@pass_context
def _hours(context: Context, hours: str) -> str:
    return spelled_hours(hours, context["lang"])


# What stands inside


def joined(files: Files) -> str:
    """Join files into one text that can be inlined in a page."""
    folder = bundled("static")
    paths = (folder / file if isinstance(file, str) else package_folder(file[0]) / file[1] for file in files)
    # Source maps and images of the packages are not in the page.
    away = re.compile(r"(?m)^(//# sourceMappingURL=.*|.*url\(images/.*)$")
    text = "\n".join(away.sub("", path.read_text(encoding="utf-8")) for path in paths)
    return re.sub(r"(?i)</(?=script|style)", r"<\\/", text)


def data_url(value: object) -> str:
    """Return an address that holds a value as JSON."""
    return f"data:application/json;base64,{b64encode(orjson.dumps(value)).decode()}"


def digest(text: str) -> str:
    """Return the hash by which a content security policy names an element with this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def json_text(value: object, **_: Any) -> str:
    """Write JSON for a script, without escapes, which halves the size of Chinese texts."""
    return orjson.dumps(value).decode()
