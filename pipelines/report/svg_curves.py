"""How good the probabilities are: the precision-recall curve and the reliability diagram."""

from markupsafe import Markup

from detector.evaluation import Ranking, Scores
from pipelines.report.svg import drawing, element, join, line, number
from pipelines.report.svg_scales import Frame, square_axes

WIDTH, HEIGHT = 500.0, 360.0
FRAME = Frame(left=46, top=28, right=478, bottom=314)


def draw_pr_curve(ranking: Ranking, flags: Scores) -> Markup:
    """Draw precision over recall, and the point at which the run flags."""
    if not ranking.curve:
        return Markup("")
    points = [(FRAME.x(p.recall), FRAME.y(p.precision)) for p in ranking.curve]
    start = f"M{number(FRAME.x(0))} {number(points[0][1])}"
    path = start + "".join(f"L{number(x)} {number(y)}" for x, y in points)
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
    """Draw the observed share over the promised probability; honest bins lie on the diagonal."""
    if not ranking.reliability:
        return Markup("")
    marks = [
        join(
            [
                line(
                    (FRAME.x(row.mean_probability), FRAME.y(row.low)),
                    (FRAME.x(row.mean_probability), FRAME.y(row.high)),
                    "interval",
                ),
                element(
                    "circle",
                    element(
                        "title",
                        f"{row.accounts} accounts: promised "
                        f"{row.mean_probability:.1%}, found {row.observed_share:.1%}",
                    ),
                    cx=FRAME.x(row.mean_probability),
                    cy=FRAME.y(row.observed_share),
                    r=4,
                    class_="point",
                ),
            ]
        )
        for row in ranking.reliability
    ]
    return drawing(
        WIDTH,
        HEIGHT,
        "Observed share of shared accounts over promised probability",
        square_axes(FRAME, "promised probability", "found to be shared"),
        line((FRAME.x(0), FRAME.y(0)), (FRAME.x(1), FRAME.y(1)), "diagonal"),
        *marks,
    )
