"""How many numbers come out, along one axis, and which go into each of them.

n is the size of the input, k the kernel, s the stride, d the dilation, p the padding before and after. A kernel of k
taps that lie d apart spans d·(k − 1) + 1 places.
"""

from convlens.errors import SettingsError, ShapeError

Ends = tuple[int, int]
"""Before and after: above and below, or left and right."""


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int | Ends = 0, dilation: int = 1, *, ceil: bool = False
) -> int:
    """Give how many windows fit: ⌊(n + p before + p after − d·(k − 1) − 1) / s⌋ + 1.

    Args:
        ceil: round up instead, so that a last window may hang over the end; one that would begin only in the padding
            behind the input is left out.

    Raises:
        ShapeError: not one window fits.
        SettingsError: a kernel, stride or dilation below 1.

    Source: the formulas of torch.nn.Conv2d and torch.nn.MaxPool2d.
    """
    for name, value in (("kernel", kernel), ("stride", stride), ("dilation", dilation)):
        if value < 1:
            raise SettingsError(f"a {name} is a whole number from 1 on, not {value!r}")
    before, after = ends(padding)
    slack = size + before + after - dilation * (kernel - 1) - 1
    count = (-(-slack // stride) if ceil else slack // stride) + 1
    if ceil and (count - 1) * stride >= size + before:
        count -= 1
    if count < 1:
        raise ShapeError(
            f"a kernel of {kernel} with dilation {dilation} spans {dilation * (kernel - 1) + 1} numbers and does not"
            f" fit into {size} with padding {before} and {after}; pad more, or take a smaller kernel"
        )
    return count


def transposed_size(size: int, kernel: int, stride: int = 1, cut: int = 0, extra: int = 0, dilation: int = 1) -> int:
    """Give how many numbers a transposed convolution makes: (n − 1)·s − 2·cut + d·(k − 1) + extra + 1.

    Raises:
        ShapeError: none is left.

    Source: the formula of torch.nn.ConvTranspose2d, whose padding is `cut` and whose output padding is `extra`.
    """
    count = (size - 1) * stride - 2 * cut + dilation * (kernel - 1) + extra + 1
    if count < 1:
        raise ShapeError(f"cutting off {cut} at both ends leaves nothing of {count + 2 * cut} numbers; cut off fewer")
    return count


def same_padding(kernel: int, dilation: int = 1) -> Ends:
    """Give the padding that keeps the size at stride 1: d·(k − 1) in all, the odd one of it after the input."""
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2


def adaptive_window(at: int, size: int, count: int) -> Ends:
    """Give first and last place of window `at` of `count`: ⌊at·n / count⌋ to ⌈(at + 1)·n / count⌉ − 1."""
    return at * size // count, -(-(at + 1) * size // count) - 1


def ends(padding: int | Ends) -> Ends:
    """Give padding as (before, after); one number is for both."""
    return (padding, padding) if isinstance(padding, int) else padding
