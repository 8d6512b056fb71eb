"""Loading the demonstration park: all of it or nothing. The history is written beside the rest, in a session of its own."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from deploy.demo import granting, past
from deploy.demo.activity import write_activity, write_measured
from deploy.demo.aside import Aside
from deploy.demo.drift import Hidden
from deploy.demo.factors import write_factors
from deploy.demo.facts import LoggerPlan, Place, Story
from deploy.demo.granting import Account, login_text, write_people, write_permits
from deploy.demo.happened import Events, let_happen
from deploy.demo.hidden import hidden_releases
from deploy.demo.looks import write_looks
from deploy.demo.reach import write_river
from deploy.demo.river import river_spills
from deploy.demo.series import Generator, hours_of, moment_of
from deploy.demo.sewer import write_sewer
from deploy.demo.spills import spills_of
from deploy.demo.story import SEED, tell
from deploy.demo.writing import Written, write_story
from monitoring.intake.services import journal
from monitoring.intake.services.notes import Note, write_notes
from monitoring.series.domain.validity import RuleSet
from monitoring.series.selectors.channels import Facts, facts_of, rule_sets
from monitoring.series.services import history
from monitoring.series.services.partitions import BY_TIME, ensure_partitions
from monitoring.series.services.storing import Rows, microseconds
from monitoring.tracing.services.blind import keep
from parks.catalogue.domain.periods import month_bounds, park_zone
from parks.people.domain import LoadStep

Tell = Callable[[float, str], None]
ORIGIN = (
    "Demonstration history of logger {mn}, generated from seed {seed} on {now:%Y-%m-%d %H:%M} UTC, not measured.\n"
    "Hours from {hour:%Y-%m-%d %H:%M} UTC as CN 2061, days from {day:%Y-%m-%d %H:%M} UTC as CN 2031 would have brought them.\n"
    "演示数据：由种子 {seed} 生成的历史，并非实测。\n"
)
CHANNELS_AT_ONCE = 100
REGISTERED, TOLD = 0.10, 0.86  # shares of the whole when the register, and then the history, is written


def load_demo(*, now: datetime, login_file: Path, tell_progress: Tell, seed: int = SEED) -> int:
    """Load everything. Returns the number of hours that were written.

    A crash on the way leaves nothing behind but empty partitions and, for some seconds near the end, a history without
    channels that nothing shows; the next start removes it and begins anew.
    """
    history.forget_orphans()
    covered = past.span(now)
    ensure_partitions(tables=BY_TIME, times=[*covered.days, *months_of(covered), now])
    journal.ensure_months(moment=now)
    with all_or_nothing():
        # Hashing takes two seconds of a processor, and the second one has nothing to do before the history begins.
        with ThreadPoolExecutor(max_workers=1) as pool:
            passwords = pool.submit(granting.passwords)
            story = tell(seed=seed)
            releases = hidden_releases(story=story, end=hours_of(covered.end))
            spills = spills_of(story=story, end=hours_of(covered.end))
            in_river = river_spills(end=hours_of(covered.end))
            generator = Generator.of(story, releases, spills, in_river)
            written = write_story(story=story, now=now, step=lambda what: tell_progress(0.01, what))
        with Aside(history_of(story, generator, written, now=now)) as beside:
            people = write_companies(
                story, generator, written, passwords.result(), now=now,
                tell=lambda what: tell_progress(along(beside.progress()), what),
            )  # fmt: skip
            told = beside.finish(lambda share: tell_progress(along(share), "90 days of hours, 400 of days"))
        let_happen(
            events=told.events, until=now, step=lambda share: tell_progress(TOLD + 0.13 * share, "problems of the past")
        )
        write_measured(written, written.people, now=now)
        write_truth(story, releases, written)
        write_looks(story=story, releases=releases, written=written, now=now)
        write_factors(story=story, written=written, now=now)
        write_sewer(story, spills, written, now=now)
        write_river(story, in_river, written, now=now)
        write_login(file=login_file, text=login_text(people))
    return told.hours


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """One transaction without the savepoints that every service would set in it, to no use: a third of all statements."""
    with transaction.atomic():
        connection.features.uses_savepoints = False
        try:
            yield
        finally:
            connection.features.uses_savepoints = True


def along(share: float) -> float:
    """Share of the whole when this much of the history is written."""
    return REGISTERED + (TOLD - REGISTERED) * share


def step_at(share: float) -> LoadStep:
    """The step of a load of which this share is done."""
    if share < REGISTERED:
        return LoadStep.REGISTER
    return LoadStep.HISTORY if share < TOLD else LoadStep.PROBLEMS


def write_companies(
    story: Story, generator: Generator, written: Written, passwords: Mapping[str, tuple[str, str]], *, now: datetime,
    tell: Callable[[str], None],
) -> list[tuple[Account, str]]:  # fmt: skip
    """What needs no history. Returns the people with their passwords."""
    tell("permits, people, activity data")
    write_permits(story=story, generator=generator, written=written, now=now)
    people = write_people(written=written, passwords=passwords)
    write_activity(story=story, written=written, people=written.people, now=now, step=tell)
    return people


@dataclass(frozen=True, slots=True)
class Told:
    """What the history holds: hours, and the periods at which something is to be seen."""

    hours: int
    events: Events


def history_of(
    story: Story, generator: Generator, written: Written, *, now: datetime
) -> Callable[[Callable[[float], None]], Told]:
    """The writing of observations, roll-ups and latest values, with all it must know of channels that only we can see yet."""
    covered, facts, rules = past.span(now), facts_of(channel_ids=written.channels.values()), rule_sets()
    numbers = write_notes(notes=[note_of(story, plan, written, covered, now) for plan in story.loggers], now=now)
    work = list(zip(story.loggers, numbers, strict=True))

    def made(plan: LoggerPlan, number: int) -> Made:
        ids = np.array([written.channels[plan.mn, f.code] for f in plan.factors], dtype=np.int64)
        origin = past.Origin(ids, facts.rule[facts.index(ids)], number, microseconds(now))
        hours, days = past.past_of(generator, plan, covered, origin)
        minutes = past.minutes_of(generator, plan, origin)
        rolled = history.reported_hours(rows=hours, facts=facts, rules=rules)
        return Made(
            plan, ids, hours, days, minutes, rolled, history.days_of_hours(hours=rolled, facts=facts, rules=rules)
        )

    def written_down(tell: Callable[[float], None]) -> Told:
        count, latest, events = 0, list[Rows](), Events()
        for done, one in enumerate(made_ahead(made, work)):
            tell(0.9 * done / len(work))
            write_one(one, events, facts, now=now)
            latest += [past.newest(one.hours), past.newest(one.days)]
            count += len(one.hours)
        history.refresh_statistics()
        history.note_latest(rows=latest, now=now)
        write_months(written, covered, facts, rules, now=now)
        return Told(count, events)

    return written_down


@dataclass(frozen=True, slots=True)
class Made:
    """The history of one logger, ready to be written."""

    plan: LoggerPlan
    channel_ids: NDArray[np.int64]
    hours: Rows
    days: Rows
    minutes: Rows | None
    rolled: NDArray[Any]
    days_rolled: NDArray[Any]


def made_ahead(make: Callable[[LoggerPlan, int], Made], work: list[tuple[LoggerPlan, int]]) -> Iterator[Made]:
    """Make each history while the database still writes the one before."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(make, *work[0])
        for following in [*work[1:], None]:
            ready = coming.result()
            if following is not None:
                coming = pool.submit(make, *following)
            yield ready


def write_one(one: Made, events: Events, facts: Facts, *, now: datetime) -> None:
    """Observations and roll-ups of one logger."""
    history.write_observations(rows=one.hours)
    history.write_observations(rows=one.days)
    if one.minutes is not None:
        history.write_observations(rows=one.minutes)
    for table in (one.rolled, one.days_rolled, history.reported_days(rows=one.days, facts=facts)):
        history.write_rollups(rows=table, now=now)
    events.note(one.plan, one.channel_ids, hours=one.rolled, days=one.days_rolled)


def write_truth(story: Story, releases: tuple[Hidden, ...], written: Written) -> None:
    """The hidden releases as blind tests; nothing but the page of scores reads them."""
    for one in releases:
        places = [
            {
                "outlet": written.outlets[spot.outlet].pk if spot.outlet else None, "lon": spot.place.lon, "lat": spot.place.lat,
                "kg_per_h": spot.kg_per_h, "premises": premises_at(story, written, spot.place),
            }
            for spot in one.spots
        ]  # fmt: skip
        keep(
            park_id=written.park.pk, key=one.key, kind=one.kind, names=(one.name, one.name_en), pollutant=one.factor,
            start=moment_of(one.start), end=moment_of(one.end), truth=places,
        )  # fmt: skip


def premises_at(story: Story, written: Written, place: Place) -> int | None:
    """Enterprise on whose ground a place lies."""
    for plant in story.plants:
        west, south, east, north = plant.corners
        if west <= place.x <= east and south <= place.y <= north:
            return int(written.enterprises[plant.slug].pk)
    return None


def note_of(story: Story, plan: LoggerPlan, written: Written, covered: past.Span, now: datetime) -> Note:
    text = ORIGIN.format(mn=plan.mn, seed=story.seed, now=now, hour=covered.first_hour, day=covered.first_day)
    return Note(text, written.park.pk, written.loggers[plan.mn].pk, plan.mn)


def write_months(
    written: Written, covered: past.Span, facts: Facts, rules: dict[int, RuleSet], *, now: datetime
) -> None:
    """Months of days, by the roll-up that live data goes through."""
    ids, months = sorted(written.channels.values()), months_of(covered)
    for start in range(0, len(ids), CHANNELS_AT_ONCE):
        some = ids[start : start + CHANNELS_AT_ONCE]
        history.write_months(channel_ids=some, starts=months, facts=facts, rules=rules, now=now)


def months_of(covered: past.Span) -> list[datetime]:
    """Starts of the local months that the history touches."""
    zone = park_zone()
    return sorted({month_bounds(day.astimezone(zone).date(), zone).start for day in covered.days})


def write_login(*, file: Path, text: str) -> None:
    """Passwords of the demonstration, for the eyes of the one who started it. Written before the commit: a park whose
    passwords nobody knows would be worse than a file that the next start replaces."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
