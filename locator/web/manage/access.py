"""Access to the stewards' pages: signing in and out, the session cookie, and protection of forms (CSRF)."""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, Request, Response, current_app, g, render_template, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.security import check_password_hash

from locator.errors import UsageError
from locator.language.messages import message, texts_in
from locator.stations.difference_words import ANSWERS
from locator.web.manage.form_words import field_name, instant, lines
from locator.web.manage.secret import read_key
from locator.web.manage.sessions import IDLE, Sessions
from locator.web.shared.context import current_feedback, current_settings
from locator.web.shared.error_answers import answer_error
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.rate_limits import SIGN_IN, limited
from locator.web.shared.service_address import split_address
from locator.web.shared.view_costs import SIGN_IN as PASSWORDS
from locator.web.shared.view_costs import dear

blueprint = Blueprint("manage", __name__, url_prefix="/manage")
blueprint.add_app_template_filter(field_name, "field_name")
blueprint.add_app_template_filter(instant, "instant")
csrf = CSRFProtect()

FOLDER: Final = "sessions"
"""Of the open sessions, in the store."""
MAX_NAME: Final = 40
TYPED: Final = "typed-"
"""Prefix of the fields of a form that came without a session."""
OPEN: Final = ("manage.sign_in", "manage.check")
"""Endpoints that need no session."""


class Steward(UserMixin):  # type: ignore[misc] # the package has no types
    """Who is signed in: by the word of an open session, with the name that the person gave."""

    def __init__(self, word: str, name: str) -> None:
        self.id = word
        self.name = name


class ManageSessions(SecureCookieSessionInterface):
    """Sessions of the stewards' pages alone: no other page ever reads or sets a cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the session of a steward's page; other pages have none."""
        return super().open_session(app, request) if _is_ours(request.path) else None

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002 - Flask's signature
        """Return the path under which browsers send the cookie back."""
        return f"{request.root_path}{blueprint.url_prefix}"

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        """Tell whether browsers must send it over https alone: wherever it came over https."""
        return request.is_secure


def init_access(app: Flask, store: Path) -> None:
    """Make sessions and the protection of forms ready; raise `ConfigError` where there is no key."""
    app.secret_key = read_key(store)
    app.session_interface = ManageSessions()
    app.extensions["locator.sessions"] = Sessions(store / FOLDER)
    app.config.update(
        SESSION_COOKIE_NAME="steward",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        PERMANENT_SESSION_LIFETIME=IDLE,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session that it belongs to
    )
    csrf.init_app(app)
    app.register_error_handler(CSRFError, _refuse_form)
    manager = LoginManager()
    manager.session_protection = None
    manager.user_loader(_find_steward)
    manager.init_app(app, add_context_processor=False)
    app.after_request(_close)


def steward_name() -> str:
    """Return the name of who is signed in."""
    name: str = current_user.name
    return name


def see_other(endpoint: str, **values: str | int) -> Response:
    """Redirect after a form, so that reloading the page does not send it again."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url_for(endpoint, **values)})  # type: ignore[arg-type]


@blueprint.before_request
def guard() -> Response | None:
    """Let in only who is signed in, and accept only forms of our own pages."""
    # Reading a form reads all of it, so the limit on its size has to be set before.
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "most_body_bytes", request.max_content_length)
    keeps_typed = request.method == "POST" and getattr(view, "keeps_typed", False) and _is_from_here()
    if request.endpoint not in OPEN and not current_user.is_authenticated:
        if keeps_typed:
            return _form(localized(message("You were signed out. What you typed is kept: sign in to go on.")))
        wanted = {"next": request.root_path + request.full_path.rstrip("?")} if request.method == "GET" else {}
        return see_other("manage.sign_in", **wanted)
    try:
        csrf.protect()
    except (CSRFError, ValueError):  # the latter of the package, for a referrer that is no address
        if not keeps_typed:
            raise CSRFError from None
        g.is_resumed = True  # so the view shows the form again and does nothing else
    return None


def _is_from_here() -> bool:
    """Tell whether a page of this site sent the form, as browsers say by themselves."""
    return request.headers.get("Origin", "") == f"{request.scheme}://{request.host}"


@blueprint.context_processor
def _for_every_page() -> dict[str, object]:
    """Say who is signed in; these pages are never kept on a device."""
    return {
        "offline": None,
        "steward": current_user,
        "endpoints": current_app.view_functions,
        "answers": texts_in(ANSWERS, current_language()),
        "lines": lines,
    }


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """Ask for a name and the password."""
    return see_other("manage.overview") if current_user.is_authenticated else _form()


@blueprint.post("/sign-in")
@dear(PASSWORDS)
@limited(SIGN_IN)
def check() -> Response:
    """Begin a new session if the password is right; either way the log has it."""
    name = " ".join(request.form.get("name", "").split())
    if not 1 <= len(name) <= MAX_NAME:
        return _form(
            localized(message("Give a name of at most {n} characters.", n=MAX_NAME)),
            HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    is_right = check_password_hash(current_settings().admin_password_hash or "", request.form.get("password", ""))
    if not is_right:
        current_feedback().audit.refuse(name)
        return _form(localized(message("That is not the password.")), HTTPStatus.FORBIDDEN)
    current_feedback().audit.log(name, "sign-in", "")
    if current_user.is_authenticated:
        _sessions().end(current_user.id)
    session.clear()  # against session fixation
    session.permanent = True
    login_user(Steward(_sessions().begin(_account(), name), name))
    if typed := _typed():
        return Response(render_template("manage/resume.html", target=_target(), typed=typed))
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": _target()})


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End this session, or all of this steward, which makes copied cookies useless."""
    is_everywhere = "everywhere" in request.form
    if is_everywhere:
        _sessions().end_all(steward_name())
    _sessions().end(current_user.id)
    current_feedback().audit.log(steward_name(), "sign-out everywhere" if is_everywhere else "sign-out", "")
    logout_user()
    session.clear()
    return see_other("manage.sign_in")


def _form(trouble: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    is_here = request.endpoint in OPEN
    page = render_template(
        "manage/sign_in.html",
        trouble=trouble,
        name=request.form.get("name", "")[:MAX_NAME] if is_here else "",
        target=_target() if is_here else request.root_path + request.path,
        typed=_typed(),
        most=MAX_NAME,
    )
    return Response(page, status)


def _typed() -> dict[str, str]:
    """Return what was typed into a form that came without a session, to be sent again after signing in."""
    if request.endpoint in OPEN:
        kept = {name.removeprefix(TYPED): value for name, value in request.form.items() if name.startswith(TYPED)}
    else:
        kept = request.form.to_dict()
    return {name: value for name, value in kept.items() if name not in ("csrf_token", "step", "sure")}


def _target() -> str:
    """Return where to go after signing in: what was asked for, if it is one of these pages."""
    given = request.values.get("next", "")
    parts = split_address(given)
    if parts is None or parts.scheme or parts.netloc or "\\" in given or not given.isprintable():
        return url_for("manage.overview")
    is_here = parts.path.startswith(request.root_path) and _is_ours(parts.path.removeprefix(request.root_path))
    return given if is_here else url_for("manage.overview")


def _account() -> str:
    """Return a hash of the password setting: with a new password every session ends."""
    return sha256((current_settings().admin_password_hash or "").encode()).hexdigest()[:32]


def _sessions() -> Sessions:
    sessions: Sessions = current_app.extensions["locator.sessions"]
    return sessions


def _find_steward(word: str) -> Steward | None:
    entry = _sessions().find(word, _account())
    return Steward(word, entry.name) if entry else None


def _refuse_form(_: CSRFError) -> Response:
    return answer_error(
        UsageError("This form is no longer valid, or another page sent it. Open the page again and send it anew."),
        HTTPStatus.BAD_REQUEST,
    )


def _is_ours(path: str) -> bool:
    return path == blueprint.url_prefix or path.startswith(f"{blueprint.url_prefix}/")


def _close(response: Response) -> Response:
    """Forbid caches and search engines to keep the stewards' pages."""
    if _is_ours(request.path):
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.vary.add("Accept-Language")
    return response
