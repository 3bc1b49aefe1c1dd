"""Inputs: how each feed fares, and what a number was made from."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from soc_monitor.model import RunState
from soc_monitor.model.freshness import Freshness, age_days, judge
from soc_monitor.store.engine import one_look, transaction
from soc_monitor.store.runs import BESIDE
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class InputStatus:
    """How a feed stands."""

    feed_id: str
    title: dict[str, str]
    licence: str
    citation: str
    link: str
    notes: dict[str, str]
    max_age_days: int | None
    schedule: str
    time_zone: str
    retired: bool
    paused: bool
    paused_until: datetime | None
    observed_until: date | None
    """End of the newest accepted observation."""
    last_attempt: datetime | None
    last_success: datetime | None
    last_state: str | None
    """Of the newest run, which may not have ended."""
    ended_state: str | None
    """Of the newest run that ended; ``failed`` where none can begin. A feed that failed is not well
    because it is tried again, nor because an operator stopped that."""
    by_itself: bool
    """Whether the worker runs its job by the schedule; else nobody does before it is told to."""
    broken: str
    """Why its job file cannot be used; empty: it can."""
    last_detail: str
    refused: str
    """What the newest run that ended has refused, if it was more than what an operator is to decide
    anyway."""
    items: int
    gone: int
    """Of the items: those that rows rest on, and that the source offers no longer."""
    rejections: int

    @property
    def declared(self) -> bool:
        """Whether its job file was ever right; the source is known by nothing else."""
        return self.licence != ""

    @property
    def looked_for(self) -> bool:
        """Whether its source is looked at again without anybody's doing."""
        stopped = self.paused or self.retired or self.broken != ""
        return self.by_itself and self.schedule != "" and not stopped

    def age(self, today: date) -> int | None:
        """Days since the end of the newest accepted observation; None: there is none."""
        return age_days(self.observed_until, today)

    def state(self, today: date) -> Freshness:
        """How its age and its last run stand to what is allowed."""
        return judge(
            age=self.age(today),
            allowed=self.max_age_days,
            last_state=None if self.ended_state is None else RunState(self.ended_state),
            taken=self.items > 0,
            paused=self.paused,
            retired=self.retired,
        )


_INPUTS = """
WITH tries AS NOT MATERIALIZED (SELECT * FROM app.runs WHERE job_version !~ :beside)
SELECT f.id AS feed_id, f.title, f.licence, f.citation, f.link, f.notes, f.max_age_days,
       f.schedule, f.time_zone, f.retired, f.paused_until,
       f.paused AND (f.paused_until IS NULL OR f.paused_until > now()) AS paused,
       greatest(
           (SELECT max(s.period_end) FROM app.slices s
            JOIN app.slice_items l ON l.slice_id = s.id
            JOIN app.items i ON i.id = l.item_id
            WHERE i.feed_id = f.id AND s.retracted IS NULL),
           (SELECT max(m.last)::date FROM app.station_periods m
            WHERE m.feed_id = f.id AND m.step = 'month'),
           (SELECT max(p.sampled_on) FROM app.samples p WHERE p.feed_id = f.id)
       ) AS observed_until,
       (SELECT max(r.started_at) FROM tries r WHERE r.job_id = f.id) AS last_attempt,
       (SELECT max(r.ended_at) FROM tries r
        WHERE r.job_id = f.id AND r.state IN ('done', 'nothing_new', 'partly')) AS last_success,
       (SELECT r.state FROM tries r WHERE r.job_id = f.id
        ORDER BY r.started_at DESC LIMIT 1) AS last_state,
       CASE WHEN f.broken <> '' THEN 'failed' ELSE
       (SELECT CASE WHEN r.state IN ('running', 'cancelled') THEN 'failed' ELSE r.state END
        FROM tries r WHERE r.job_id = f.id
        AND (r.failures > 0 OR r.state NOT IN ('running', 'cancelled'))
        ORDER BY r.started_at DESC LIMIT 1) END AS ended_state,
       f.by_itself, f.broken,
       coalesce(nullif(f.broken, ''), (SELECT r.detail FROM tries r WHERE r.job_id = f.id
        ORDER BY r.started_at DESC LIMIT 1), '') AS last_detail,
       coalesce((SELECT CASE WHEN r.rejected > r.held AND r.state <> 'failed' THEN
         r.taken || ' taken, ' || r.rejected || ' rejected: ' || r.detail END
        FROM tries r WHERE r.job_id = f.id AND r.ended_at IS NOT NULL
        ORDER BY r.started_at DESC LIMIT 1), '') AS refused,
       (SELECT count(*) FROM app.items i WHERE i.feed_id = f.id) AS items,
       (SELECT count(DISTINCT i.key) FROM app.items i
        JOIN app.slice_items l ON l.item_id = i.id JOIN app.slices s ON s.id = l.slice_id
        WHERE i.feed_id = f.id AND i.gone_since IS NOT NULL AND s.retracted IS NULL) AS gone,
       (SELECT count(*) FROM app.rejections j WHERE j.feed_id = f.id) AS rejections
FROM app.feeds f ORDER BY f.id
"""


def inputs_status(store: Store) -> list[InputStatus]:
    """Every feed that has ever run, by id."""
    with transaction(store.engine) as connection:
        return [
            InputStatus(**row)
            for row in connection.execute(text(_INPUTS), {"beside": BESIDE}).mappings()
        ]


STREAM_S = 300
"""A stream brings readings for an hour before its run ends: how long that may not be seen."""

_MARK = text(
    "SELECT coalesce(md5(string_agg(concat_ws('/', f.id, f.title, f.max_age_days, f.retired,"
    " f.paused AND (f.paused_until IS NULL OR f.paused_until > now()), r.state, r.ended_at),"
    " ',' ORDER BY f.id)), '') || '/' || (SELECT coalesce(max(seq), 0) FROM app.releases)"
    " || '/' || floor(extract(epoch FROM now()) / :stream_s)"
    " FROM app.feeds f LEFT JOIN app.leases l ON l.job_id = f.id"
    " LEFT JOIN app.runs r ON r.id = l.run_id"
)


def inputs_mark(store: Store) -> str:
    """Another one whenever a run of an input has begun or ended, or an operator has told of one.

    And with each release, for it may have taken something back, and every five minutes.
    Unlike ``inputs_status`` it costs one short look, whatever has been observed.
    """
    with one_look(store.engine) as connection:
        mark: str = connection.execute(_MARK, {"stream_s": STREAM_S}).scalar_one()
        return mark


_ORIGIN = """
WITH RECURSIVE used AS (
    SELECT slice_id FROM app.calculation_slices WHERE calculation_id = :id
    UNION
    SELECT p.parent_id FROM app.slice_parents p JOIN used u ON u.slice_id = p.slice_id
)
SELECT s.id AS slice_id, s.cube_id, s.period, s.version, s.checksum AS slice_checksum,
       s.run_id AS slice_run, s.retracted,
       (SELECT b.retracted FROM app.slices b
        WHERE (b.cube_id, b.period, b.version) = (s.cube_id, s.period, s.version - 1)
       ) AS in_place_of, i.feed_id, i.key AS item, i.sha256, i.verified, i.address,
       i.run_id AS item_run,
       r.job_version, r.code_version
FROM used u
JOIN app.slices s ON s.id = u.slice_id
JOIN app.runs r ON r.id = s.run_id
LEFT JOIN (TABLE app.slice_items UNION ALL TABLE app.slice_grounds) l ON l.slice_id = s.id
LEFT JOIN app.items i ON i.id = l.item_id
ORDER BY s.cube_id, s.period, i.key
"""


def origin(store: Store, calculation_id: uuid.UUID) -> list[dict[str, object]]:
    """What a calculation rests on: every slice, down to the files that the first ones came from.

    Returns:
        One row a slice and file: slice, checksum, run, feed, item, SHA-256 of the file, and
        whether its source declared that.
    """
    with transaction(store.engine) as connection:
        rows = connection.execute(text(_ORIGIN), {"id": calculation_id}).mappings()
        return [dict(row) for row in rows]
