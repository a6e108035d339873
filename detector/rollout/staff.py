"""Agents for a forecast, and what a desk as it is given can take in."""

from collections.abc import Mapping

import numpy as np

from detector.rollout.assumptions.draws import Array
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.contacts import DeskLoad
from detector.rollout.staffing import (
    ServiceTerms,
    count_agents,
    count_contacts,
    count_rostered,
)


def list_terms(load: DeskLoad, known: Assumptions) -> list[ServiceTerms]:
    """What is promised in each row of a desk's hours; what these do not tell is as assumed."""
    staffing = known.staffing
    rows = load.desk.hours.select("handling_s", "patience_s").iter_rows()
    return [
        ServiceTerms(
            answered=staffing.answered,
            within_s=staffing.within_s,
            handling_s=handling or staffing.handling_s,
            patience_s=patience or staffing.patience_s or np.inf,
            shrinkage=staffing.shrinkage,
        )
        for handling, patience in rows
    ]


def find_capacity(load: DeskLoad, known: Assumptions) -> Array:
    """Contacts that a desk can take in, for each of its open half-hours.

    As it says itself; else as many as the agents who are there answer as promised.
    """
    rows = load.desk.hours.select("contacts_per_half_hour", "agents").iter_rows()
    told = [
        float(contacts) if contacts is not None else count_contacts(agents, terms)
        for (contacts, agents), terms in zip(rows, list_terms(load, known), strict=True)
    ]
    return np.array(told)[load.slots.row]


def staff_slots(
    load: DeskLoad, slots: Array, bands: Mapping[str, Array], known: Assumptions
) -> dict[str, list[int]]:
    """Count agents at their desks, and rostered ones, for some half-hours."""
    terms = list_terms(load, known)
    promised = [terms[int(row)] for row in load.slots.row[slots]]
    contacts = [float(each) for each in bands[known.staffing.staff_for]]
    agents = [count_agents(each, terms) for each, terms in zip(contacts, promised, strict=True)]
    rostered = [count_rostered(each, terms) for each, terms in zip(agents, promised, strict=True)]
    return {"agents": agents, "rostered": rostered}
