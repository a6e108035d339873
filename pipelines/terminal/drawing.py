"""Small things that the pages of the terminal are drawn and worded with."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from detector.plain_text import counted as counted
from detector.plain_text import plain_text

BAR_CELLS = 20
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def plain(value: object, style: str = "") -> Text:
    r"""Show a value as it is: no markup, no control characters.

    Examples:
        >>> plain("[red]\x1b[2J").plain
        '[red]�[2J'
    """
    return Text(plain_text(str(value)), style=style)


def bar(share: float, cells: int = BAR_CELLS) -> str:
    """Draw a share of 1 as a bar of eighths of a cell.

    Examples:
        >>> bar(0.5, cells=4), bar(0.03, cells=4)
        ('██  ', '▏   ')
    """
    eighths = max(round(share * cells * 8), 1 if share > 0 else 0)
    whole, rest = divmod(min(eighths, cells * 8), 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(cells)


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share in percent, or a dash where there is none.

    Examples:
        >>> percent(0.1234), percent(None)
        ('12.3 %', '—')
    """
    return "—" if share is None else f"{100 * share:.{digits}f} %"


def print_title(title: str, console: Console) -> None:
    """Print a heading with a line of air above it.

    Examples:
        >>> print_title("Whom it falls on", Console())
        <BLANKLINE>
        Whom it falls on
    """
    console.print(Text(f"\n{title}", "bold"))


def quiet_table(*columns: str) -> Table:
    """A table without lines; columns marked ``>`` are set to the right.

    Examples:
        >>> table = quiet_table("Device", ">Days")
        >>> table.add_row("television", "31")
        >>> Console(width=40).print(table)
        Device      Days
        television    31
    """
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(
            plain(column.removeprefix(">")),
            justify="right" if column.startswith(">") else "left",
            header_style="dim",
        )
    return table
