"""Wording: what releases say of their sources, kept with them, a row for every change of words.

Who edits a job's words edits the next release: the ones before, and all that was exported of them,
stay as they are.
"""

from sqlalchemy import Connection, text

_WORDS = "title, licence, citation, link, notes"
REWORDED = """
    SELECT FROM app.sources s JOIN app.feeds f ON f.id = s.feed_id
    WHERE s.until_release IS NULL AND (s.title, s.licence, s.citation, s.link, s.notes)
        IS DISTINCT FROM (f.title, f.licence, f.citation, f.link, f.notes)
"""
"""Sources whose words are others now than readers are told."""
_CLOSE = """
UPDATE app.sources s SET until_release = :seq FROM app.feeds f
WHERE f.id = s.feed_id AND s.until_release IS NULL
    AND (s.title, s.licence, s.citation, s.link, s.notes)
    IS DISTINCT FROM (f.title, f.licence, f.citation, f.link, f.notes)
"""
_OPEN = f"""
INSERT INTO app.sources (feed_id, from_release, {_WORDS})
SELECT f.id, :seq, {_WORDS} FROM app.feeds f
WHERE NOT EXISTS (
    SELECT FROM app.sources s WHERE s.feed_id = f.id AND s.until_release IS NULL)
"""  # noqa: S608  # names of our own columns


def are_new(connection: Connection) -> bool:
    """Whether the words of a source that readers know have changed; a new source alone has none."""
    return bool(connection.execute(text(f"SELECT EXISTS ({REWORDED})")).scalar_one())


def keep(connection: Connection, seq: int) -> None:
    """Inside a transaction that publishes: the words of now belong to the release of now."""
    for statement in (_CLOSE, _OPEN):
        connection.execute(text(statement), {"seq": seq})
