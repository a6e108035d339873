import pytest

from pipelines.worlds.build import World, build_world
from tests.pipelines.worlds.reactions.courses import SETTINGS


@pytest.fixture(scope="session")
def untouched() -> World:
    """A world to its horizon, with enough borrowers to see each answer."""
    return build_world(SETTINGS.horizon)
