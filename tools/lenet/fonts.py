"""The fonts to learn from, and their split into designs that training sees and designs that it does not."""

from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/share/texmf/fonts"))
DESIGNS = Path(__file__).with_name("designs.txt")
UNSEEN_EVERY = 4


@dataclass(frozen=True)
class Design:
    """A typeface: all its font files, whatever their weight, width and slant."""

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Split:
    """Designs for training and, every fourth in alphabetical order, designs that training never sees."""

    seen: list[Design]
    unseen: list[Design]
    missing: list[str]  # families that are not installed


def load_designs(listing: Path = DESIGNS) -> dict[str, list[str]]:
    """Families by design, from a text file with lines "design: family, family" and # comments."""
    lines = [line for line in listing.read_text().splitlines() if line and not line.startswith("#")]
    pairs = (line.split(":", 1) for line in lines)
    return {name: [family.strip() for family in families.split(",")] for name, families in pairs}


def find_split() -> Split:
    """Looks through the installed fonts. The split does not depend on what is installed."""
    installed: dict[str, list[Path]] = {}
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.[to]tf")):
            installed.setdefault(ImageFont.truetype(str(path), 16).getname()[0], []).append(path)
    seen, unseen, missing = [], [], []
    for index, (name, families) in enumerate(sorted(load_designs().items())):
        missing += [family for family in families if family not in installed]
        files = tuple(path for family in families for path in sorted(installed.get(family, [])))
        if files:
            (unseen if index % UNSEEN_EVERY == UNSEEN_EVERY - 1 else seen).append(Design(name, files))
    return Split(seen, unseen, missing)
