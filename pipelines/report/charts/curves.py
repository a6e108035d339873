"""How good the probabilities are: the precision-recall curve and the reliability diagram."""

from markupsafe import Markup

from detector.charts.scales import Frame, square_axes
from detector.charts.svg import drawing, element, line, number
from detector.measuring.figures import Ranking, Scores
from detector.measuring.metrics import ReliabilityBin
from pipelines.terminal.drawing import counted

WIDTH, HEIGHT = 500.0, 360.0
FRAME = Frame(left=46, top=28, right=478, bottom=314)


def draw_pr_curve(ranking: Ranking, flags: Scores) -> Markup:
    """Draw precision over recall in steps, as average precision adds them up.

    The dot is where the run itself flags.

    Examples:
        >>> from detector.measuring.metrics import CurvePoint, Rate
        >>> ranking = Ranking(0.9, 0.4, 0.97, 0.01, (CurvePoint(0.97, 1.0, 0.5),), ())
        >>> flags = Scores(Rate.from_counts(9, 9), Rate.from_counts(9, 18), 2 / 3)
        >>> "flagged: precision 100.0%, recall 50.0%" in draw_pr_curve(ranking, flags)
        True
    """
    if not ranking.curve:
        return Markup("")
    points = [(FRAME.x(p.recall), FRAME.y(p.precision)) for p in ranking.curve]
    start = f"M{number(FRAME.x(0))} {number(points[0][1])}"
    path = start + "".join(f"V{number(y)}H{number(x)}" for x, y in points)
    recall, precision = flags.recall.share, flags.precision.share
    point = Markup("")
    if recall is not None and precision is not None:
        title = element("title", f"flagged: precision {precision:.1%}, recall {recall:.1%}")
        place = {"cx": FRAME.x(recall), "cy": FRAME.y(precision)}
        point = element("circle", title, r=5, class_="point", **place)
    return drawing(
        WIDTH,
        HEIGHT,
        "Precision over recall",
        square_axes(FRAME, "recall", "precision"),
        element("path", d=path, class_="curve"),
        point,
    )


def draw_reliability(ranking: Ranking) -> Markup:
    """Draw the observed share over the promised probability; honest bins lie on the diagonal.

    Examples:
        >>> row = ReliabilityBin(200, 0.7, 0.65, low=0.58, high=0.71)
        >>> picture = draw_reliability(Ranking(None, 0.0, None, None, (), (row,)))
        >>> "200 accounts: promised 70.0%, found 65.0%" in picture
        True
    """
    if not ranking.reliability:
        return Markup("")
    return drawing(
        WIDTH,
        HEIGHT,
        "Observed share of shared accounts over promised probability",
        square_axes(FRAME, "promised probability", "found to be shared"),
        line((FRAME.x(0), FRAME.y(0)), (FRAME.x(1), FRAME.y(1)), "diagonal"),
        *(_bin(row) for row in ranking.reliability),
    )


def _bin(row: ReliabilityBin) -> Markup:
    """What was promised and found for some accounts, with the interval."""
    promised, found = f"{row.mean_probability:.1%}", f"{row.observed_share:.1%}"
    words = f"{counted(row.accounts, 'account')}: promised {promised}, found {found}"
    x, y = FRAME.x(row.mean_probability), FRAME.y(row.observed_share)
    return element(
        "g",
        element("title", words),
        line((x, FRAME.y(row.low)), (x, FRAME.y(row.high)), "interval"),
        element("circle", cx=x, cy=y, r=4, class_="point"),
    )
