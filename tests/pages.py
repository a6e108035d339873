"""The pages as tests see them: their code blocks, their links, and what they name."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for pattern in ("*.md", "detector/**/*.md", "pipelines/**/*.md", "fixtures/**/*.md")
    for path in ROOT.glob(pattern)
)

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ENDS_WITH = re.compile(r"# ends with (\d+)")
_VARIABLE = re.compile(r"[A-Z_]+=")


@dataclass(frozen=True)
class Command:
    """One line of a recipe, and how it says that it ends."""

    text: str
    exit_code: int

    @property
    def words(self) -> list[str]:
        """What a shell would run."""
        return [word for word in self._parts if not _VARIABLE.match(word)]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that are set for this command alone."""
        parts = (word.partition("=") for word in self._parts if _VARIABLE.match(word))
        return {name: value for name, _, value in parts}

    @property
    def _parts(self) -> list[str]:
        return shlex.split(self.text, comments=True)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of one language.

    Examples:
        >>> blocks("```sh\\nls\\n```\\n", "sh")
        ['ls\\n']
    """
    return [body for kind, body in _BLOCK.findall(text) if kind == language]


def prose(text: str) -> str:
    """A page without its code blocks."""
    return _BLOCK.sub("", text)


def commands(recipe: str) -> Iterator[Command]:
    """The commands of a recipe, one a line; a backslash goes on with the next line.

    Examples:
        >>> [each.words for each in commands("A_B=1 household verify r/  # ends with 1\\n")]
        [['household', 'verify', 'r/']]
    """
    for line in recipe.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            ends = _ENDS_WITH.search(line)
            yield Command(line, int(ends[1]) if ends else 0)
