"""Checks that no hand-written source under ROOT is too long: lengths.py ROOT. A file of more than 450 lines wants to be two, and so
does a function of more than 60."""
import ast
import re
import subprocess
import sys
from pathlib import Path

FILE_LIMIT, FUNCTION_LIMIT = 450, 60
SUFFIXES = {".c", ".cpp", ".h", ".mlir", ".py", ".td", ".test", ".txt", ".cmake"}
# What holds no code of C or C++, or hides its braces.
OPAQUE = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.S)
HEAD = re.compile(r"\)(?: (?:const|noexcept|override|final))*(?: -> [\w:<>,&* ]+)?(?:\s*:.*)? \{$")


def sources(root: Path):
    """The files that git tracks or would track; all files where there is no repository."""
    listing = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    names = listing.stdout.splitlines() if listing.returncode == 0 else [str(p.relative_to(root)) for p in root.rglob("*")]
    return [root / name for name in sorted(set(names)) if Path(name).suffix in SUFFIXES and (root / name).is_file()]


def c_functions(text: str):
    """The line of the opening brace and the length of each function, by the layout of clang-format: its last brace stands alone,
    not indented or, in a class, by two."""
    lines = OPAQUE.sub(lambda match: "\n" * match.group().count("\n"), text).split("\n")
    opened = []
    for number, line in enumerate(lines, 1):
        for brace in re.findall(r"[{}]", line):
            if brace == "{":
                opened.append((number, bool(HEAD.search(line))))
            elif opened:
                begin, is_function = opened.pop()
                if is_function and re.fullmatch(r"(  )?\}", line):
                    yield begin, number - begin + 1


def functions(path: Path, text: str):
    if path.suffix in {".c", ".cpp", ".h"}:
        yield from c_functions(text)
    elif path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                yield node.lineno, node.end_lineno - node.lineno + 1


def problems(path: Path):
    text = path.read_text(errors="replace")
    length = len(text.splitlines())
    if length > FILE_LIMIT:
        yield f": {length} lines; at most {FILE_LIMIT}"
    for line, length in functions(path, text):
        if length > FUNCTION_LIMIT:
            yield f":{line}: a function of {length} lines; at most {FUNCTION_LIMIT}"


def main() -> int:
    root = Path(sys.argv[1]).resolve()
    paths = sources(root)
    found = [f"{path.relative_to(root)}{problem}" for path in paths for problem in problems(path)]
    print("\n".join(found))
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
