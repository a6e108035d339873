"""Lives of single households, from the plain to those that look like sharing."""

from pipelines.worlds.devices import add_fixed, add_portable
from pipelines.worlds.dwellings import add_premise, mobile_router_line, rent_line
from pipelines.worlds.people import add_stranger
from pipelines.worlds.scenes import Home, Scene
from pipelines.worlds.sheets import (
    AFTERNOON,
    EVENING,
    FORENOON,
    LATE,
    MORNING,
    NOWHERE,
    PHONE,
    Line,
    road,
)
from pipelines.worlds.trips import lodge, spend_weekend, stay, travel, visit_evening, weekends

_CHANGES_PROVIDER = 0.03


def ordinary(scene: Scene, home: Home) -> None:
    """Live as most do; a few change their provider in the window."""
    if scene.rng.random() < _CHANGES_PROVIDER:
        _switch_line(scene, home, scene.rng.randrange(scene.days), home.city)


def travel_on_business(scene: Scene, home: Home) -> None:
    """One adult spends one to three nights of most weeks in hotels."""
    rng = scene.rng
    for friday in weekends(scene):
        if rng.random() < 0.75:
            city = scene.other_city(abroad=rng.random() < 0.25)
            first, nights = friday - rng.randint(2, 4), rng.randint(1, 3)
            spot = (scene.world.sites.hotels[city].draw(rng), city)
            travel(scene, home.persons[:1], (first, EVENING), (first + nights, EVENING), spot)


def go_on_holiday(scene: Scene, home: Home) -> None:
    """Everybody is away for one to three weeks; some holiday flats have a television."""
    rng = scene.rng
    city = scene.other_city(abroad=rng.random() < 0.4)
    first, nights = rng.randint(-4, max(0, scene.days - 7)), rng.randint(6, 20)
    spot = lodge(scene, city)
    if rng.random() < 0.25:
        spot = scene.spot(add_premise(scene, city, rent_line(scene, city), televisions=1))
    travel(scene, home.persons, (first, AFTERNOON), (first + nights, EVENING), (spot, city))


def keep_second_home(scene: Scene, home: Home) -> None:
    """Weekends, and perhaps a week, in a home of one's own with its own television."""
    rng = scene.rng
    city = scene.other_city(abroad=rng.random() < 0.15)
    line = mobile_router_line(scene, city) if rng.random() < 0.2 else rent_line(scene, city)
    spot = (scene.spot(add_premise(scene, city, line, televisions=rng.randint(1, 2))), city)
    who = home.persons if rng.random() < 0.75 else home.adults(scene.sheet)
    for friday in weekends(scene):
        if rng.random() < 0.55:
            spend_weekend(scene, who, friday, spot)
    if rng.random() < 0.3:
        first = rng.randrange(scene.days)
        travel(scene, who, (first, MORNING), (first + 7, EVENING), spot)


def visit_relatives(scene: Scene, home: Home) -> None:
    """Relatives' television stays signed in; they hardly use it when the family is away."""
    rng = scene.rng
    city = home.city if rng.random() < 0.3 else scene.other_city()
    premise = add_premise(scene, city, rent_line(scene, city), televisions=1)
    for friday in rng.sample(weekends(scene), k=min(rng.randint(2, 4), len(weekends(scene)))):
        spend_weekend(scene, home.persons, friday, (scene.spot(premise), city))
    add_stranger(scene, premise, share=rng.choice((0.0, 0.0, 0.03)))


def move_house(scene: Scene, home: Home) -> None:
    """People and televisions get another line, for some in another city."""
    rng = scene.rng
    city = scene.other_city() if rng.random() < 0.35 else home.city
    _switch_line(scene, home, rng.randint(scene.days // 8, max(1, scene.days * 7 // 8)), city)


def keep_two_lines(scene: Scene, home: Home) -> None:
    """Two providers at home: a backup line, or a second one upstairs."""
    premise = scene.sheet.premises[home.premise]
    spare_is_mobile = scene.rng.random() < 0.3
    connect = mobile_router_line if spare_is_mobile else rent_line
    pool, number, v6 = connect(scene, home.city)
    scene.sheet.premises[home.premise] = premise._replace(
        second_pool=pool,
        second_number=number,
        second_v6=int(v6),
        second_share=scene.rng.uniform(0.1, 0.5),
    )


def use_vpn(scene: Scene, home: Home) -> None:
    """The router or most devices send everything through a VPN."""
    rng, sites = scene.rng, scene.world.sites
    country = scene.country(home.city) if rng.random() < 0.6 else rng.randrange(len(sites.vpn))
    exit_pool, everywhere = rng.choice(sites.vpn[country]), rng.random() < 0.5
    for row, device in enumerate(scene.sheet.devices):
        if device.account == scene.account and (everywhere or rng.random() < 0.7):
            share = rng.uniform(0.5, 1.0)
            changed = device._replace(exit_pool=exit_pool, exit_share=share)
            scene.sheet.devices[row] = changed


def commute_weekly(scene: Scene, home: Home) -> None:
    """One adult sleeps in a flat near work from Monday to Thursday."""
    rng, sheet = scene.rng, scene.sheet
    adult, city = home.persons[0], scene.other_city()
    televisions = int(rng.random() < 0.4)
    flat = scene.spot(add_premise(scene, city, rent_line(scene, city), televisions=televisions))
    office = scene.world.sites.offices[city].draw(rng)
    for friday in [*weekends(scene), weekends(scene)[-1] + 7]:
        last = friday - rng.randint(0, 1)
        stay(scene, [adult], (friday - 4, FORENOON), (last, AFTERNOON), flat)
        for day in range(friday - 4, last):
            stay(scene, [adult], (day, FORENOON), (day, EVENING), office)
    sheet.persons[adult] = sheet.persons[adult]._replace(office=-1)


def drive_lorry(scene: Scene, home: Home) -> None:
    """One adult is on the road all week, in another city each night."""
    rng, abroad = scene.rng, scene.rng.random() < 0.4
    for day in range(-1, scene.days):
        if (scene.settings.first_day.weekday() + day) % 7 < 5 and rng.random() < 0.9:
            city = scene.other_city(abroad=abroad and rng.random() < 0.5)
            stay(scene, home.persons[:1], (day, FORENOON), (day + 1, FORENOON), road(city))
            if rng.random() < 0.35:
                stop = scene.world.sites.cafes[city].draw(rng)
                stay(scene, home.persons[:1], (day, LATE), (day + 1, MORNING), stop)


def be_posted_away(scene: Scene, home: Home) -> None:
    """One adult is in barracks or in hospital for weeks; the others watch at home."""
    rng = scene.rng
    deployed = rng.random() < 0.6
    city = scene.other_city(abroad=rng.random() < 0.6) if deployed else home.city
    place = scene.world.sites.campuses if rng.random() < 0.6 else scene.world.sites.hotels
    first, days = rng.randint(-20, scene.days // 2), rng.randint(14, 50)
    end = (first + days, EVENING)
    stay(scene, home.persons[:1], (first, MORNING), end, place[city].draw(rng))


def work_abroad(scene: Scene, home: Home) -> None:
    """One adult works abroad for months, in a rented room, and comes home every few weeks."""
    rng = scene.rng
    city = scene.other_city(abroad=True)
    room = scene.spot(add_premise(scene, city, rent_line(scene, city), televisions=0))
    day = rng.randint(-30, scene.days // 4)
    while day < scene.days:
        weeks = rng.randint(7, 30)
        travel(scene, home.persons[:1], (day, MORNING), (day + weeks, EVENING), (room, city))
        day += weeks + rng.randint(2, 5)


def stay_long_abroad(scene: Scene, home: Home) -> None:
    """The family is with relatives abroad for weeks; sometimes one of them stays behind to work."""
    rng = scene.rng
    city = scene.other_city(abroad=True)
    flat = add_premise(scene, city, rent_line(scene, city), televisions=rng.randint(0, 1))
    who = home.persons[1:] if rng.random() < 0.3 and len(home.persons) > 1 else home.persons
    first, nights = rng.randint(-10, scene.days // 2), rng.randint(18, 40)
    end = (first + nights, EVENING)
    travel(scene, who, (first, AFTERNOON), end, (scene.spot(flat), city))


def have_guests(scene: Scene, home: Home) -> None:
    """Guests sign in under the family's roof, or a family member does under a friend's."""
    if scene.rng.random() < 0.5:
        _host(scene, home)
    else:
        _stay_with_friends(scene, home)


def forget_sign_out(scene: Scene, home: Home) -> None:
    """A holiday flat's television stays signed in; later guests of the flat use it some days."""
    rng = scene.rng
    city = scene.other_city(abroad=rng.random() < 0.3)
    flat = add_premise(scene, city, rent_line(scene, city), televisions=1)
    first, nights = rng.randint(-9, scene.days // 3), rng.randint(4, 9)
    end = first + nights
    travel(scene, home.persons, (first, AFTERNOON), (end, MORNING), (scene.spot(flat), city))
    renter = add_stranger(scene, flat, share=rng.uniform(0.1, 0.35))
    stay(scene, [renter], (0, 0), (end, EVENING), NOWHERE)
    while end < scene.days:
        gap = rng.randint(2, 9)
        stay(scene, [renter], (end, EVENING), (end + gap, EVENING), NOWHERE)
        end += gap + rng.randint(1, 5)


def sit_in_cafes(scene: Scene, home: Home) -> None:
    """One adult lives out of cafés and hotels and rarely watches at home."""
    rng, sites = scene.rng, scene.world.sites
    haunts = [sites.cafes[home.city].draw(rng) for _ in range(rng.randint(2, 4))]
    for day in range(scene.days):
        if rng.random() < 0.65:
            slot = rng.choice((FORENOON, AFTERNOON, EVENING))
            stay(scene, home.persons[:1], (day, slot), (day, slot + 2), rng.choice(haunts))
    for friday in weekends(scene):
        if rng.random() < 0.35:
            city = scene.other_city(abroad=rng.random() < 0.3)
            spot = (sites.hotels[city].draw(rng), city)
            spend_weekend(scene, home.persons[:1], friday, spot)


def _switch_line(scene: Scene, home: Home, day: int, city: int) -> None:
    pool, number, v6 = rent_line(scene, city)
    premise = scene.sheet.premises[home.premise]
    scene.sheet.premises[home.premise] = premise._replace(
        second_pool=pool,
        second_number=number,
        second_v6=int(v6),
        switch_day=day,
        second_city=city,
    )


def _host(scene: Scene, home: Home) -> None:
    """A friend watches on an own phone, at the family's home and hardly ever elsewhere."""
    rng = scene.rng
    city = home.city if rng.random() < 0.5 else scene.other_city()
    away = add_premise(scene, city, rent_line(scene, city))
    guest = add_stranger(scene, away, share=0.5)
    add_portable(scene, guest, PHONE)
    stay(scene, [guest], (0, 0), (scene.days, 0), NOWHERE)
    for friday in rng.sample(weekends(scene), k=min(rng.randint(1, 3), len(weekends(scene)))):
        spot = (scene.spot(home.premise), home.city)
        stay(scene, [guest], (friday, EVENING), (friday + 2, EVENING), spot[0])
        if rng.random() < 0.25:
            visit_evening(scene, [guest], friday + 3, scene.spot(away))


def _stay_with_friends(scene: Scene, home: Home) -> None:
    """The family signs in on the television of friends for some weekends."""
    rng = scene.rng
    city = home.city if rng.random() < 0.4 else scene.other_city()
    premise = add_premise(scene, city, rent_line(scene, city))
    add_fixed(scene, premise, 0)
    for friday in rng.sample(weekends(scene), k=min(rng.randint(1, 3), len(weekends(scene)))):
        spend_weekend(scene, home.persons, friday, (scene.spot(premise), city))


def any_line(scene: Scene) -> Line:
    """A usual fixed line: that of the operator that sold the account, if it was bundled."""
    return rent_line(scene, scene.city, isp=scene.seller if scene.seller >= 0 else None)


def mobile_line(scene: Scene) -> Line:
    """A router with a SIM card instead of a fixed line."""
    return mobile_router_line(scene, scene.city)
