import pytest

from detector.evidence.observations import AccountObservations
from detector.evidence.observe import observe
from detector.evidence.observe_account import observe_homes
from detector.evidence.scorecard import load_scorecard
from detector.evidence.weigh import weigh_evidence
from detector.settings import VerdictSettings
from detector.verdicts.decide import score_groups
from detector.verdicts.rule import rank_groups
from detector.verdicts.scores import GroupScores, RankedGroups
from detector.verdicts.tables import Sketch, describe_accounts
from tests.detector.evidence.lives import LIVES
from tests.detector.evidence.scenes import SETTINGS, scene


@pytest.fixture(params=LIVES.values(), ids=LIVES)
def life(request):
    lived = scene(*request.param)
    observed = observe(lived, SETTINGS), observe_homes(lived, SETTINGS)
    return Sketch(lived, *observed, lived.ties, lived.visits, lived.devices, lived.device_groups)


class TestContracts:
    def test_accounts_are_as_their_schema_says(self, life):
        assert AccountObservations.validate(describe_accounts(life)).height == 1

    def test_scores_are_as_their_schemas_say(self, life):
        terms = weigh_evidence(life.observations, describe_accounts(life), load_scorecard())
        scores = score_groups(terms.sums(), life.observations, VerdictSettings())
        assert GroupScores.validate(scores).height == life.observations.height
        assert RankedGroups.validate(rank_groups(scores), cast=True).height == 1
