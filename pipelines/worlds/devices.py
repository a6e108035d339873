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
    TYPES,
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
    v6, resets = _v6_share(scene, kind), _resets(scene, kind)
    private = _private_share(scene, kind)
    scene.sheet.devices.append(
        Device(scene.account, number, kind, -1, premise, weight, v6, resets, private)
    )
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
    once = _resets(scene, kind)
    sheet.devices.append(
        Device(
            account=scene.account,
            number=sheet.households[holder.household].number,
            type=kind,
            holder=person,
            premise=-1,
            weight=weight,
            v6=_v6_share(scene, kind),
            resets=rng.randint(*resets) if resets else once,
            private_share=_private_share(scene, kind),
            exit_pool=exit_pool,
            exit_share=exit_share,
        )
    )
    return len(sheet.devices) - 1


def add_usual_portables(scene: Scene, person: int, plan: Plan) -> None:
    """Write what a person carries: mostly a phone, often a laptop, sometimes a tablet."""
    rng = scene.rng
    child = scene.sheet.persons[person].is_child
    on_the_road = child and scene.sheet.persons[person].always_cellular
    carried = plan.portable & {PHONE} if on_the_road else plan.portable
    owned = (
        (PHONE, 0.6 if child else 0.86, 1.0),
        (TABLET, 0.2, 0.9),
        (LAPTOP, 0.3 if child else 0.45, 1.1),
        (STICK, 0.01, 0.6),
    )
    types = [(t, w) for t, chance, w in owned if t in carried and rng.random() < chance]
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
        if scene.rng.random() < networks.relay_abroad:
            country = scene.rng.randrange(len(sites.relay))
        return scene.rng.choice(sites.relay[country]), 0.8
    if draw < networks.relay_share + networks.vpn_share:
        where = country if scene.rng.random() < 0.5 else scene.rng.randrange(len(sites.vpn))
        return scene.rng.choice(sites.vpn[where]), 0.3
    return -1, 0.0


def _v6_share(scene: Scene, kind: int) -> float:
    """Share of its sittings that a device shows IPv6 in, on a line with both protocols."""
    rng, networks = scene.rng, scene.settings.networks
    able = networks.ipv6_televisions if kind <= STICK else networks.ipv6_portables
    if rng.random() >= able:
        return 0.0
    return 1.0 if rng.random() < networks.ipv6_always else rng.uniform(*networks.ipv6_plays)


def _resets(scene: Scene, kind: int) -> int:
    """Whether a device gets a new id in the window: browsers often, televisions hardly ever."""
    habits, rng = scene.settings.habits, scene.rng
    name = TYPES[kind]
    if kind in (PHONE, TABLET) and rng.random() < habits.ios_share:
        name = "ios"
    share = min(1.0, habits.resets[name] * habits.reset_factor * scene.days / 42)
    return int(rng.random() < share)


def _private_share(scene: Scene, kind: int) -> float:
    """Days on which a computer's browser forgets who it was."""
    often, days = scene.settings.habits.private_windows
    return days if kind in (LAPTOP, DESKTOP) and scene.rng.random() < often else 0.0
