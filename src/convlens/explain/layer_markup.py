"""The words of a layer table, and the table as plain text and as HTML for a notebook."""

from collections.abc import Sequence
from html import escape
from typing import Any

from convlens.explain.operations import Pair
from convlens.explain.words import layer as named
from convlens.explain.words import sides

HEADS = ("layer", "kind", "output", "window", "parameters", "multiply-adds", "memory", "sees", "jump", "centre")

NOTE = (
    "window: size, then the stride after / and the padding after +. Multiply-adds are for one picture: products with "
    "padded zeros count, adding a bias does not, and twice their number is what torch's FlopCounterMode counts. sees, "
    "jump, centre: the pixels that a unit's receptive field spans, how far it moves from one unit to the next, and "
    "where the first unit's lies; a jump of — is a field that is the same for all units, and a field of ? is unknown "
    "or differs in no regular way."
)

_STYLE = (
    "<style>.convlens-layers{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    ".convlens-layers th,.convlens-layers td{padding:.15em .6em;text-align:right;white-space:nowrap}"
    ".convlens-layers thead th{border-bottom:1px solid}.convlens-layers tfoot td{border-top:1px solid}"
    ".convlens-layers th:nth-child(-n+2),.convlens-layers td:nth-child(-n+2){text-align:left}"
    ".convlens-layers caption{caption-side:bottom;text-align:left;font-size:.85em;max-width:60em}</style>"
)


def cells(layer: Any) -> tuple[str, ...]:
    """Spell one row of a layer table, in the order of `HEADS`."""
    frozen = layer.params - layer.trainable_params
    notes = [
        *([f"as in {', '.join(map(named, layer.shared_with))}"] if layer.shared_with else []),
        *(["frozen" if frozen == layer.params else f"{frozen:,} of them frozen"] if frozen else []),
    ]
    return (
        layer.name,
        layer.kind,
        sides(layer.output_shape),
        window(layer),
        " · ".join([*([layer.params_sum] if layer.params_sum else []), *notes]) or "—",
        "?" if layer.macs is None else f"{layer.macs:,}" if layer.macs else "—",
        size(layer.memory),
        pair(layer.receptive_field),
        pair(layer.jump),
        pair(layer.centre),
    )


def totals(table: Any) -> list[str]:
    """Say what all layers come to, in sentences."""
    frozen = table.total_params - table.trainable_params
    lines = [
        f"{table.total_params:,} parameters, {table.macs:,} multiply-adds for one picture",
        f"{size(table.memory)} of activations for one picture, when all are kept",
    ]
    if frozen:
        lines.append(f"{table.trainable_params:,} of the parameters can be trained, {frozen:,} are frozen")
    if table.idle_params:
        lines.append(f"{table.idle_params:,} of the parameters are in no row: nothing that runs here uses them")
    if table.total_buffers:
        lines.append(f"{table.total_buffers:,} values are kept beside the parameters, such as running means")
    if table.unlisted_macs:
        lines.append(f"{table.unlisted_macs:,} of the multiply-adds are done by steps marked ?, as torch counts them")
    apart = [
        *([f"{table.comparisons:,} comparisons of max pools"] if table.comparisons else []),
        *(
            [f"{table.foldable_macs:,} multiply-adds of BatchNorm, which fold into the layers before"]
            if table.foldable_macs
            else []
        ),
    ]
    if apart:
        lines.append(f"not counted among the multiply-adds: {' and '.join(apart)}")
    return lines


def text(table: Any) -> str:
    """Give a layer table as plain text: a line for each row, words to the left and numbers to the right."""
    rows = [HEADS, *map(cells, table.layers)]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, wide, strict=True))
        ).rstrip()
        for row in rows
    )
    return "\n".join([*lines, *totals(table)])


def markup(table: Any) -> str:
    """Give a layer table as HTML that needs nothing else."""
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in HEADS)
    rows = "".join(_row(cells(layer), layer.unknown) for layer in table.layers)
    ending = "".join(f'<tr><td colspan="{len(HEADS)}">{escape(one)}</td></tr>' for one in totals(table))
    return (
        f'{_STYLE}<table class="convlens-layers"><caption>{escape(NOTE)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody><tfoot>{ending}</tfoot></table>"
    )


def _row(row: Sequence[str], unknown: str) -> str:
    name, *others = map(escape, row)
    hint = f' title="{escape(unknown)}"' if unknown else ""
    return f'<tr{hint}><th scope="row">{name}</th>{"".join(f"<td>{one}</td>" for one in others)}</tr>'


def window(layer: Any) -> str:
    """Spell a window, "3×3 /2 +1": its size, its stride unless 1, its padding unless 0."""
    around = _around(layer.padding)
    if layer.kernel is None:
        return around.strip() or "—"
    stride = f" /{pair(layer.stride)}" if layer.stride != (1, 1) else ""
    return f"{sides(layer.kernel)}{stride}{around}"


def _around(padding: Any) -> str:
    if padding is None or padding == (0, 0):
        return ""
    if isinstance(padding[0], int):
        return f" +{pair(padding)}"
    (above, below), (left, right) = padding
    return f" +({above}, {below}, {left}, {right})"


def pair(value: Pair | Sequence[float | None] | None) -> str:
    """Spell a number for each axis, or one for both where they are equal; "?" for an unknown one."""
    if value is None:
        return "?"
    words = ["—" if one is None else f"{one:g}" for one in value]
    return words[0] if len(set(words)) == 1 else "×".join(words)


def size(count: int) -> str:
    """Spell a number of bytes."""
    for unit, scale in (("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} B"
