"""What all tables have in common."""

from datetime import datetime

from sqlalchemy import Column, DateTime, ForeignKey, Integer, MetaData

metadata = MetaData(
    schema="app",
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    },
)


def instant(name: str, *, null: bool = False) -> Column[datetime]:
    """A column of instants, with their zone."""
    return Column(name, DateTime(timezone=True), nullable=null)


def released() -> tuple[Column[int], Column[int]]:
    """From which release on, and until which, a row is what readers see; null: not (yet)."""
    return (
        Column("from_release", Integer, ForeignKey("app.releases.seq")),
        Column("until_release", Integer, ForeignKey("app.releases.seq")),
    )
