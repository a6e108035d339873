"""Devices: in somebody's bag, or standing in a dwelling."""

from pipelines.worlds.scenes import Home, Plan, Scene
from pipelines.worlds.sheets import (
    CONSOLE,
    DESKTOP,
    LAPTOP,
    PHONE,
    STICK,
    TABLET,
    TV,
    Device,
    Person,
)


def add_fixed(
    scene: Scene, premise: int, number: int, *, kind: int | None = None, weight: float = 1.0
) -> int:
    """Write a device that stays in a dwelling: by default a television, or a box on one."""
    rng = scene.rng
    if kind is None:
        kind = rng.choices((TV, STICK, CONSOLE), cum_weights=(0.70, 0.85, 1.0))[0]
    v6 = rng.random() < 0.5
    resets = int(rng.random() < scene.settings.habits.reset_share)
    scene.sheet.devices.append(Device(scene.account, number, kind, -1, premise, weight, v6, resets))
    return len(scene.sheet.devices) - 1


def add_portable(
    scene: Scene,
    person: int,
    kind: int,
    *,
    weight: float = 1.0,
    resets: tuple[int, int] | None = None,
) -> int:
    """Write a device that goes where its holder goes and counts to the holder's household."""
    rng, sheet = scene.rng, scene.sheet
    holder = sheet.persons[person]
    exit_pool, exit_share = _exit(scene, holder, kind)
    once = int(rng.random() < scene.settings.habits.reset_share)
    sheet.devices.append(
        Device(
            account=scene.account,
            number=sheet.households[holder.household].number,
            type=kind,
            holder=person,
            premise=-1,
            weight=weight,
            v6=int(rng.random() < 0.85),
            resets=rng.randint(*resets) if resets else once,
            exit_pool=exit_pool,
            exit_share=exit_share,
        )
    )
    return len(sheet.devices) - 1


def add_usual_portables(scene: Scene, person: int, plan: Plan) -> None:
    """Write what a person carries: mostly a phone, often a laptop, sometimes a tablet."""
    rng = scene.rng
    child = scene.sheet.persons[person].is_child
    owned = (
        (PHONE, 0.6 if child else 0.86, 1.0),
        (TABLET, 0.2, 0.9),
        (LAPTOP, 0.3 if child else 0.45, 1.1),
        (STICK, 0.01, 0.6),
    )
    types = [(t, w) for t, chance, w in owned if t in plan.portable and rng.random() < chance]
    for kind, weight in types or [(PHONE, 1.0)]:
        liking = weight * (0.3 + 1.4 * rng.random())
        add_portable(scene, person, kind, weight=liking, resets=plan.resets)


def add_family_devices(scene: Scene, home: Home) -> None:
    """A desktop or tablet that stays at home and that everybody uses (30 % of devices, FACTS)."""
    chances = ((DESKTOP, 0.2), (TABLET, 0.16 if len(home.persons) > 1 else 0.0))
    for kind, chance in chances:
        if scene.rng.random() < chance:
            add_fixed(scene, home.premise, home.number, kind=kind, weight=0.9)


def _exit(scene: Scene, holder: Person, kind: int) -> tuple[int, float]:
    """A privacy relay or a VPN that the device leaves through, now and then or mostly."""
    networks, draw = scene.settings.networks, scene.rng.random()
    sites, country = scene.world.sites, scene.country(holder.city)
    if draw < networks.relay_share and kind in (PHONE, TABLET, LAPTOP):
        return scene.rng.choice(sites.relay[country]), 0.8
    if draw < networks.relay_share + networks.vpn_share:
        where = country if scene.rng.random() < 0.5 else scene.rng.randrange(len(sites.vpn))
        return scene.rng.choice(sites.vpn[where]), 0.3
    return -1, 0.0
