"""The arithmetic of windows that slide over any number of spatial axes.

A size is one number for every axis, or one number an axis. A padding may also name every begin and then every end.
"""

import math
from typing import Sequence

Size = int | Sequence[int]


def per_axis(value: Size, rank: int) -> list[int]:
    """One number for each of `rank` axes."""
    values = [value] * rank if isinstance(value, int) else list(value)
    assert len(values) == rank, f"{value} for {rank} axes"
    return values


def paddings(pad: Size, rank: int) -> list[int]:
    """The begins of all axes, then their ends, as ONNX orders them."""
    if isinstance(pad, int) or len(pad) == rank:
        return per_axis(pad, rank) * 2
    return per_axis(pad, 2 * rank)


def slid(sizes: Sequence[int], kernel: list[int], stride: list[int], pads: list[int], dilation: int = 1,
         ceil: bool = False) -> tuple[int, ...]:
    """Output sizes of a window operator, as the ONNX specification defines them."""
    rank = len(sizes)
    steps = [(size + pads[axis] + pads[axis + rank] - dilation * (kernel[axis] - 1) - 1) / stride[axis]
             for axis, size in enumerate(sizes)]
    return tuple((math.ceil(step) if ceil else math.floor(step)) + 1 for step in steps)
