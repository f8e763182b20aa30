"""Metrics for Prometheus: requests, durations, queues; nothing about who asked or where they are.

Off unless LOCATOR_METRICS is 1. Where the process that starts the workers names a folder in
PROMETHEUS_MULTIPROC_DIR, each worker answers for all of them, and for those that died.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask, Response, current_app, request

from locator.errors import BusyError, ConfigError, GeodataError, UsageError
from locator.feedback.networks import is_from_inside
from locator.web.shared.context import current, current_feedback, current_settings
from locator.web.shared.error_answers import answer_error

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

blueprint = Blueprint("metrics", __name__)

OTHER: Final = "other"
"""The route of requests that no view answers: a label for each unknown path would have no bound."""
BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The counters of this process.

    Raises
    ------
    ConfigError
        If prometheus-client is not installed.
    """

    def __init__(self) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
        except ImportError:
            raise ConfigError(
                "LOCATOR_METRICS needs the package prometheus-client. Install it, or this one with [metrics]."
            ) from None
        self.registry = own = CollectorRegistry()
        self._requests = Counter(
            "locator_requests", "Requests answered or refused.", ["route", "status"], registry=own
        )
        self._seconds = Histogram(
            "locator_request_seconds",
            "From a request's headers to its answer.",
            ["route"],
            buckets=BUCKETS_S,
            registry=own,
        )
        self._refused = Counter(
            "locator_refused",
            "Requests refused before the application saw them.",
            ["lane", "status"],
            registry=own,
        )
        self._inside = Gauge(
            "locator_lane_requests",
            "Requests being answered or waiting for a thread.",
            ["lane"],
            registry=own,
            multiprocess_mode="livesum",
        )
        self._written = Counter(
            "locator_written", "Reports and requests that were stored.", ["sort"], registry=own
        )

    def answered(self, route: str, status: int, took_s: float) -> None:
        """Count an answer, by the template of its route."""
        self._requests.labels(route, int(status)).inc()
        self._seconds.labels(route).observe(took_s)

    def refused(self, lane: str, status: int) -> None:
        """Count a request that the gate did not let in."""
        self._refused.labels(lane, int(status)).inc()

    def inside(self, lane: str) -> AbstractContextManager[object]:
        """Count a request as long as it waits in a lane and is answered there."""
        tracked: AbstractContextManager[object] = self._inside.labels(lane).track_inprogress()
        return tracked

    def written(self, sort: str) -> None:
        """Count a report or a request that is on the disk."""
        self._written.labels(sort).inc()


def forget_worker(pid: int) -> None:
    """Drop the requests under way of a worker that died; what it counted stays."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]


def init_metrics(app: Flask) -> None:
    """Count from now on, and serve the figures under /metrics."""
    app.extensions["locator.metrics"] = Metrics()
    app.register_blueprint(blueprint)


def metrics_of(app: Flask) -> Metrics | None:
    """Return the counters of an application; ``None``: it has none."""
    return app.extensions.get("locator.metrics")


def count_written(sort: str) -> None:
    """Count a report or a request that was stored, where anything is counted."""
    if metrics := metrics_of(current_app):
        metrics.written(sort)


def inside(metrics: Metrics | None, lane: str) -> AbstractContextManager[object]:
    """Count a request as long as it is in a lane, where anything is counted."""
    return metrics.inside(lane) if metrics else nullcontext()


@blueprint.get("/metrics")
def figures() -> Response:
    """Serve the figures of all workers to clients on a private network."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    if not _is_internal():
        return answer_error(
            UsageError(
                "These figures are for machines inside: ask the service itself, from a private address and not"
                " through a proxy."
            ),
            HTTPStatus.FORBIDDEN,
        )
    state = CollectorRegistry()
    state.register(_State())
    text = generate_latest(_counted()) + generate_latest(state)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


def _is_internal() -> bool:
    """Tell whether the client has a private address and no proxy passed its request on."""
    is_proxied = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not is_proxied and is_from_inside(request.remote_addr or "")


def _counted() -> CollectorRegistry:
    """Return the registry of all workers that share a folder, else that of this process."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:  # there is no folder
        own: CollectorRegistry = current_app.extensions["locator.metrics"].registry
        return own
    return registry


class _State:
    """Gauges of the served data, which are the same for every worker."""

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; one that cannot be read is left out."""
        from prometheus_client.core import GaugeMetricFamily

        served = current()
        data = GaugeMetricFamily("locator_data_info", "The version that is served.", labels=["version", "number"])
        data.add_metric([served.catalog.version, str(served.number)], 1)
        yield data
        waiting = _waiting()
        if waiting:
            queue = GaugeMetricFamily("locator_queue", "What waits for a steward.", labels=["sort"])
            for sort, count in waiting.items():
                queue.add_metric([sort], count)
            yield queue


def _waiting() -> dict[str, int]:
    try:
        return current_feedback().waiting() if current_settings().store else {}
    except (BusyError, GeodataError):
        return {}
