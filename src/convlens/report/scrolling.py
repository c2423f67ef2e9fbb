"""A figure whose letters stay readable: on a page that is too narrow for it, it scrolls sideways."""

import html

LEAST_PX = 9.0
"""Letters smaller than this cannot be read."""


def scrolling(svg: str, name: str, width: float, letters: float) -> str:
    """Let a figure shrink until its letters are as small as they may be; beyond that it scrolls.

    Args:
        svg: the figure.
        name: its heading.
        width: what it takes on a page with room enough, in pixels.
        letters: the size of its letters at that width.
    """
    least = round(width * min(1.0, LEAST_PX / letters))
    label = html.escape(f"{name}, scrolls sideways where the page is narrow")
    reached = f'tabindex="0" role="region" aria-label="{label}"'
    return f'<div class="scroll plate" style="--least: {least}px" {reached}>{svg}</div>'
