"""Drawings as SVG that can stand in a page as they are.

Matplotlib draws shapes and positions labels; the texts of labels are inserted afterwards, escaped. So no Chinese
font is needed to make a drawing, and readers see text in their own fonts. `INK` takes the colour of the text
around a drawing; the other colours stand out from light and dark backgrounds. There are no style elements or
attributes, which a strict content security policy blocks.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from html import escape
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from locator.geo.geodesy import FloatArray

if TYPE_CHECKING:
    from matplotlib.backends.backend_svg import FigureCanvasSVG

INK: Final = "#000000"
"""Replaced by the colour of the text around the drawing."""
DATA: Final = "#c4602a"
OTHER: Final = "#3a82b4"
TINT: Final = 0.18
"""The opacity of the background of a hatch."""
WHITE: Final = "#ffffff"
"""For text on a mark."""
FONTS: Final = "system-ui, -apple-system, PingFang SC, Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, sans-serif"
FONT_PX: Final = 13
HALO: Final = "halo"
"""The class of labels for which the style of a page draws an outline in the colour of the background."""

Point = tuple[float, float]
Coords = str | tuple[str, str]

_printing: Final = Lock()
"""Matplotlib's font handling is not thread-safe."""

# Parts of Matplotlib's SVG without effect here: nothing is clipped or rotated, and the page has the style.
_USELESS: Final = re.compile(
    r'(?s)<(metadata|style|clipPath)\b.*?</\1>|\s(?:clip-path|transform)="[^"]*"|(?<=>)\s+(?=<)|\s(?=/>)'
)
_STYLE: Final = re.compile(r' style="([^"]*)"')
_ID: Final = re.compile(r'( id="| xlink:href="#|url\(#)')
_LABEL: Final = re.compile(r"<text([^>]*)>(\d+)</text>")


class Drawing:
    """Axes to draw on, with labels that are inserted at the end.

    Parameters
    ----------
    name
        The prefix of every id, so that several drawings can be in one page.
    margins_px
        Around the axes: left, bottom, right, top.
    css_class
        Of the ``svg`` element.
    """

    def __init__(
        self,
        name: str,
        title: str,
        size_px: Point,
        margins_px: tuple[float, float, float, float] = (0, 0, 0, 0),
        css_class: str = "chart",
    ) -> None:
        self.name, self.title, self.size_px, self.css_class = name, title, size_px, css_class
        width, height = size_px
        left, bottom, right, top = margins_px
        self.canvas = _canvas(size_px)
        box = (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
        self.axes = self.canvas.figure.add_axes(box)
        self.axes.set_axis_off()
        self._labels: list[tuple[str, str]] = []

    def text(
        self, at: Point, label: str, offset_px: Point, coords: Coords = "data", css_class: str = "", **style: Any
    ) -> None:
        """Put a label beside a point."""
        # A number is the placeholder until the end: digits are all of one height.
        number = str(len(self._labels))
        self._labels.append((label, css_class))
        style = {"fontsize": FONT_PX, "color": INK, **style}
        self.axes.annotate(
            number, at, offset_px, xycoords=coords, textcoords="offset points", annotation_clip=False, **style
        )

    def shape(self, rings: Sequence[FloatArray], **style: Any) -> None:
        """Draw rings (n, 2) as one shape; those of opposite orientation are holes."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        if rings:
            whole = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
            self.axes.add_patch(PathPatch(whole, clip_on=False, **style))

    def finish(self, sentence: str = "") -> bytes:
        """Return the SVG with its labels, its title and a sentence that describes it."""
        printed = io.BytesIO()
        with _printing:
            self.canvas.print_figure(printed, format="svg", metadata={"Date": None})
        svg = printed.getvalue().decode()
        texts = {tag: text for tag, text in (("title", self.title), ("desc", sentence)) if text}
        described = "".join(f'<{tag} id="{self.name}-{tag}">{escape(text)}</{tag}>' for tag, text in texts.items())
        inside = self._plain(svg[svg.index(">", svg.index("<svg")) + 1 :])
        width, height = (f"{side:g}" for side in self.size_px)
        head = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
            f' viewBox="0 0 {width} {height}" width="{width}" height="{height}" fill="currentColor"'
            f' font-family="{FONTS}" class="{self.css_class}" role="img"'
            f' aria-labelledby="{" ".join(f"{self.name}-{tag}" for tag in texts)}">'
        )
        return f"{head}{described}{inside}".encode()

    def _plain(self, inside: str) -> str:
        """Turn styles into attributes, prefix the ids, and insert the labels."""
        inside = _STYLE.sub(_attributes, _USELESS.sub("", inside))
        inside = _ID.sub(rf"\g<1>{self.name}-", " ".join(inside.split()))
        # The background of a hatch, which Matplotlib draws opaque.
        inside = inside.replace("<rect ", f'<rect fill-opacity="{TINT}" ')
        return _LABEL.sub(self._label, inside)

    def _label(self, match: re.Match[str]) -> str:
        label, css_class = self._labels[int(match[2])]
        attributes = f' class="{css_class}"{match[1]}' if css_class else match[1]
        return f"<text{attributes}>{escape(label, quote=False)}</text>"


def ticks(low: float, high: float, most: int, **how: Any) -> list[float]:
    """Choose round numbers from at most `low` to at least `high`, as `matplotlib.ticker.MaxNLocator` does."""
    from matplotlib.ticker import MaxNLocator

    chosen: list[float] = np.asarray(MaxNLocator(most, **how).tick_values(low, high)).tolist()
    return chosen


def _canvas(size_px: Point) -> FigureCanvasSVG:
    # Imported here, because it takes longer to load than most answers take to compute.
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # Global settings of Matplotlib that are read when a figure is printed.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "locator"})
    width, height = size_px
    # At 72 dots per inch a point is a pixel.
    return FigureCanvasSVG(Figure(figsize=(width / 72, height / 72), dpi=72, frameon=False))


def _attributes(match: re.Match[str]) -> str:
    """Write a style as attributes, without the font, which is set on the ``svg`` element."""
    styles = (style.split(": ", 1) for style in match[1].split("; ") if style)
    kept = ((key, value.replace(INK, "currentColor")) for key, value in styles if key != "font-family")
    return "".join(f' {key}="{value}"' for key, value in kept)
