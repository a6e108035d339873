"""Dwellings and the lines that connect them."""

from itertools import accumulate

from pipelines.worlds.devices import add_fixed
from pipelines.worlds.lease_mixes import MODELS
from pipelines.worlds.line_settings import LeaseModel
from pipelines.worlds.providers import FIXED_SHARES, MOBILE_SHARES
from pipelines.worlds.scenes import Scene
from pipelines.worlds.sheets import DUAL_STACK, STRICT, V4_ONLY, Line, Premise

_FIXED_CUM = list(accumulate(FIXED_SHARES))
_MOBILE_CUM = list(accumulate(MOBILE_SHARES))


def draw_operator(scene: Scene) -> int:
    """One of the mobile operators of a country, by market share."""
    return scene.rng.choices(range(len(_MOBILE_CUM)), cum_weights=_MOBILE_CUM)[0]


def rent_line(
    scene: Scene, city: int, *, isp: int | None = None, models: tuple[LeaseModel, ...] = ()
) -> Line:
    """Connect a dwelling to a fixed provider of its country; chance decides what is not given."""
    rng, world = scene.rng, scene.world
    if isp is None:
        isp = rng.choices(range(len(_FIXED_CUM)), cum_weights=_FIXED_CUM)[0]
    if models:
        model = MODELS.index(rng.choice(models))
    else:
        weights = world.model_share[scene.country(city), isp].tolist()
        model = rng.choices(range(len(MODELS)), weights=weights)[0]
    v6 = draw_protocols(scene, float(world.v6_share[scene.country(city), isp]))
    return scene.sheet.line(int(world.line_pool[isp, model, city]), v6=v6)


def draw_protocols(scene: Scene, share: float) -> int:
    """Whether a line carries IPv6 besides IPv4, and whether its devices keep the two apart."""
    if scene.rng.random() >= share:
        return V4_ONLY
    return STRICT if scene.rng.random() < scene.settings.networks.strict_protocols else DUAL_STACK


def mobile_router_line(scene: Scene, city: int) -> Line:
    """A home behind a router with a SIM card."""
    operator = draw_operator(scene)
    return scene.sheet.line(int(scene.world.router_pool[operator, city]), v6=V4_ONLY)


def add_premise(
    scene: Scene, city: int, line: Line, *, televisions: int = 0, number: int = 0
) -> int:
    """Write a dwelling without people, perhaps with televisions signed in to the account."""
    premise = len(scene.sheet.premises)
    scene.sheet.premises.append(Premise(scene.account, city, *line))
    for _ in range(televisions):
        add_fixed(scene, premise, number)
    return premise
