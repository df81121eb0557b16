"""Pictures of digits: white on black, 28x28, 8-bit gray.

A glyph is fitted into a square of 20 pixels in the middle of the picture, then scaled, rotated, sheared and shifted a
little, drawn at three times the resolution and averaged down. Blur, ink, paper and noise follow. For training a part
of the glyphs is bent before that, so that the network learns shapes and not the outlines of its fonts.
"""

import math
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from lenet.fonts import Design

SIZE = 28
FITTED = 20
OVERSAMPLING = 3
GLYPH_SIZE = 64
PROBE_SIZE = 100
CANVAS = SIZE * OVERSAMPLING
CELLS = 3


@lru_cache(maxsize=None)
def glyph(path: Path, digit: int) -> Image.Image:
    """The digit's own box, white on black; its longer side is near GLYPH_SIZE whatever the font makes of its em."""
    left, top, right, bottom = ImageFont.truetype(str(path), PROBE_SIZE).getbbox(str(digit))
    font = ImageFont.truetype(str(path), round(PROBE_SIZE * GLYPH_SIZE / max(right - left, bottom - top)))
    left, top, right, bottom = font.getbbox(str(digit))
    image = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(image).text((-left, -top), str(digit), font=font, fill=255)
    return image.crop(image.getbbox())


def place(image: Image.Image, matrix: np.ndarray, shift: tuple[float, float]) -> Image.Image:
    """The glyph on a canvas of CANVAS x CANVAS after the linear map `matrix` about the middle and a shift in pixels."""
    forward = matrix * (FITTED / max(image.size) * OVERSAMPLING)
    inverse = np.linalg.inv(forward)
    middle = CANVAS / 2 + np.array(shift) * OVERSAMPLING
    offset = np.array(image.size) / 2 - inverse @ middle
    coefficients = (*inverse[0], offset[0], *inverse[1], offset[1])
    return image.transform((CANVAS, CANVAS), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR)


def bend(image: Image.Image, generator: np.random.Generator) -> Image.Image:
    """Moves the nodes of a coarse grid over the canvas and makes the stroke thicker or thinner."""
    nodes = np.stack(np.meshgrid(*[np.linspace(0, CANVAS, CELLS + 1)] * 2, indexing="xy"), -1)  # y, x, (x, y)
    moved = nodes + generator.normal(0, generator.uniform(0, 5), nodes.shape)
    mesh = []
    for row, column in np.ndindex(CELLS, CELLS):
        box = (*nodes[row, column].astype(int), *nodes[row + 1, column + 1].astype(int))
        corners = (moved[row, column], moved[row + 1, column], moved[row + 1, column + 1], moved[row, column + 1])
        mesh.append((box, tuple(np.concatenate(corners))))
    image = image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    stroke = generator.random()
    if stroke < 0.25:
        return image.filter(ImageFilter.MaxFilter(3))
    return image.filter(ImageFilter.MinFilter(3)) if stroke < 0.5 and _survives_thinning(image) else image


def _survives_thinning(image: Image.Image) -> bool:
    """Whether the strokes are wide enough to lose a pixel of the canvas on each side."""
    before, after = (np.asarray(i, np.float32).sum() for i in (image, image.filter(ImageFilter.MinFilter(5))))
    return after > 0.3 * before


def plain(path: Path, digit: int) -> np.ndarray:
    """The digit without any distortion: (SIZE, SIZE) u8."""
    return np.asarray(place(glyph(path, digit), np.eye(2), (0, 0)).reduce(OVERSAMPLING))


def distorted(path: Path, digit: int, generator: np.random.Generator, bent: bool = False) -> np.ndarray:
    """The digit as it might come from a camera or a scanner, and if `bent` from a hand: (SIZE, SIZE) u8."""
    angle, shear = generator.normal(0, math.radians(7)), generator.normal(0, 0.12)
    width, height = np.exp(generator.normal(0, 0.1) + generator.normal(0, 0.07, 2))
    rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix = rotation @ np.array([[width, shear], [0, height]])
    image = place(glyph(path, digit), matrix, generator.uniform(-2.5, 2.5, 2))
    image = (bend(image, generator) if bent else image).reduce(OVERSAMPLING)
    if generator.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(generator.uniform(0.2, 0.9)))
    paper, ink = generator.uniform(0, 40), generator.uniform(140, 255)
    noise = generator.normal(0, generator.uniform(0, 14), (SIZE, SIZE))
    picture = paper + (ink - paper) / 255 * np.asarray(image, np.float32) + noise
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def sample(designs: list[Design], count: int, generator: np.random.Generator,
           bent_share: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """`count` distorted digits (count, SIZE, SIZE) u8 with their labels; designs are equally likely."""
    pictures = np.empty((count, SIZE, SIZE), np.uint8)
    labels = generator.integers(0, 10, count)
    for index, label in enumerate(labels):
        files = designs[generator.integers(len(designs))].files
        bent = generator.random() < bent_share
        pictures[index] = distorted(files[generator.integers(len(files))], int(label), generator, bent)
    return pictures, labels
