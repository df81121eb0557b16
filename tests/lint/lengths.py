"""Checks that every hand-written source under ROOT has at most 450 lines: lengths.py ROOT. A longer file wants to be two."""
import subprocess
import sys
from pathlib import Path

LIMIT = 450
SUFFIXES = {".c", ".cpp", ".h", ".mlir", ".py", ".td", ".test", ".txt", ".cmake"}


def sources(root: Path):
    """The files that git tracks or would track; all files where there is no repository."""
    listing = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    names = listing.stdout.splitlines() if listing.returncode == 0 else [str(p.relative_to(root)) for p in root.rglob("*")]
    return [root / name for name in sorted(set(names)) if Path(name).suffix in SUFFIXES and (root / name).is_file()]


def main() -> int:
    root = Path(sys.argv[1]).resolve()
    lengths = [(len(path.read_text(errors="replace").splitlines()), path) for path in sources(root)]
    long = [(length, path) for length, path in lengths if length > LIMIT]
    for length, path in long:
        print(f"{path.relative_to(root)}: {length} lines; at most {LIMIT}")
    return 1 if long or not lengths else 0


if __name__ == "__main__":
    sys.exit(main())
