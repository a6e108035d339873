"""Honest lives of which a part is elsewhere for long: wards, barracks, holiday flats."""

from pipelines.worlds.devices import add_portable
from pipelines.worlds.dwellings import add_premise, mobile_router_line, rent_line
from pipelines.worlds.people import add_stranger
from pipelines.worlds.scenes import Home, Scene
from pipelines.worlds.sheets import AFTERNOON, EVENING, MORNING, SLOTS, TABLET
from pipelines.worlds.trips import is_away, spend_weekend, stay, travel, weekends


def lie_in_hospital(scene: Scene, home: Home) -> None:
    """One member is in hospital or rehab for months, on its Wi-Fi or a line by the bed."""
    rng = scene.rng
    patient = rng.choice(home.persons)
    city = home.city if rng.random() < 0.6 else scene.other_city()
    if rng.random() < 0.6:
        ward = scene.world.sites.campuses[city].draw(rng)
    else:
        line = mobile_router_line(scene, city) if rng.random() < 0.4 else rent_line(scene, city)
        ward = scene.spot(add_premise(scene, city, line, televisions=int(rng.random() < 0.3)))
    first = rng.randint(-60, scene.days // 4)
    end = (first + rng.randint(45, 150), MORNING)
    stay(scene, [patient], (first, MORNING), end, ward)
    leave = rng.choice((0.0, 0.1, 0.4))
    for friday in weekends(scene):
        if first < friday and rng.random() < leave:
            spend_weekend(scene, [patient], friday, (scene.spot(home.premise), home.city))


def serve_in_rotations(scene: Scene, home: Home) -> None:
    """One adult is on a base or a rig for weeks, then at home for weeks."""
    rng = scene.rng
    city = scene.other_city(abroad=rng.random() < 0.4)
    if rng.random() < 0.6:
        base = scene.world.sites.campuses[city].draw(rng)
    else:
        line = mobile_router_line(scene, city) if rng.random() < 0.5 else rent_line(scene, city)
        base = scene.spot(add_premise(scene, city, line))
    away, at_home = rng.randint(10, 35), rng.randint(7, 28)
    day = rng.randint(-away - at_home, scene.days // 3)
    while day < scene.days:
        travel(scene, home.persons[:1], (day, MORNING), (day + away, EVENING), (base, city))
        day += away + at_home


def leave_tablet_with_grandparents(scene: Scene, home: Home) -> None:
    """Grandparents keep a child's tablet, with its profile, and bring it when they come."""
    rng = scene.rng
    city = home.city if rng.random() < 0.6 else scene.other_city()
    premise = add_premise(scene, city, rent_line(scene, city))
    child = (home.children(scene.sheet) or home.persons)[-1]
    elder = add_stranger(scene, premise, share=rng.uniform(0.05, 0.3))
    profile = scene.sheet.persons[child].profile
    scene.sheet.persons[elder] = scene.sheet.persons[elder]._replace(profile=profile)
    add_portable(scene, elder, TABLET)
    sitting = rng.uniform(0.03, 0.3) if city == home.city else 0.04
    for day in range(scene.days):
        if rng.random() < sitting and not is_away(scene, child, day):
            spot = scene.spot(home.premise)
            stay(scene, [elder], (day, AFTERNOON), (day, SLOTS - 1), spot)
    for friday in weekends(scene):
        if rng.random() < 0.2:
            spend_weekend(scene, [child], friday, (scene.spot(premise), city))


def take_short_break(scene: Scene, home: Home) -> None:
    """Two to four nights in a holiday flat, signed in on its television, once or twice."""
    rng = scene.rng
    for _ in range(rng.choice((1, 1, 2))):
        city = scene.other_city(abroad=rng.random() < 0.3)
        flat = scene.spot(add_premise(scene, city, rent_line(scene, city), televisions=1))
        first = rng.randrange(max(1, scene.days - 4))
        who = home.persons if rng.random() < 0.7 else home.persons[:1]
        end = (first + rng.randint(2, 4), MORNING)
        travel(scene, who, (first, AFTERNOON), end, (flat, city))
