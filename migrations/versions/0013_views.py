"""Views: what programs of other makers may read, and a role that can read nothing else."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LATEST = """
    SELECT r.seq, r.name, r.boundaries_id
    FROM app.pointers p JOIN app.releases r ON r.seq = p.release WHERE p.name = 'latest'
"""
_AREA_SETS = """
CREATE VIEW ogc.area_sets AS
SELECT code AS id, level, parent, name_en, name_fr, name_es, area_km2, boundaries_id,
    coalesce(outline, geom)::geometry(MultiPolygon, 4326) AS geom
FROM app.areas WHERE geom IS NOT NULL
"""
_AREAS = f"""
CREATE VIEW ogc.areas AS
SELECT id, level, parent, name_en, name_fr, name_es, area_km2, geom
FROM ogc.area_sets WHERE boundaries_id = (SELECT boundaries_id FROM ({_LATEST}) l)
"""  # noqa: S608  # words of this file
# The newest period of every indicator and product; intervals only where they are those of members.
_NUMBERS = f"""
CREATE VIEW ogc.latest_numbers AS
WITH latest AS ({_LATEST}),
shown AS (
    SELECT DISTINCT ON (c.indicator, c.product) c.id AS any_calculation, c.indicator, c.product,
        c.period
    FROM app.calculations c, latest l
    WHERE EXISTS (
        SELECT FROM app.estimates e WHERE e.calculation_id = c.id
        AND e.from_release <= l.seq AND (e.until_release IS NULL OR e.until_release > l.seq))
    ORDER BY c.indicator, c.product, c.period DESC
)
SELECT a.id || ':' || c.indicator || ':' || c.product AS id,
    a.id AS area_id, a.name_en AS area_name, a.level AS area_level,
    c.indicator AS variable, c.product AS product_id, c.period AS period_start, c.period_end,
    e.value, c.unit, e.std_error, e.lower_95, e.upper_95, e.provisional, e.mapped_ha, e.land_ha,
    l.name AS release, a.geom
FROM latest l
CROSS JOIN shown s
JOIN app.calculations c
    ON c.indicator = s.indicator AND c.product = s.product AND c.period = s.period
JOIN app.estimates e ON e.calculation_id = c.id
    AND e.from_release <= l.seq AND (e.until_release IS NULL OR e.until_release > l.seq)
JOIN ogc.areas a ON a.id = e.area
"""  # noqa: S608  # the same
_STATIONS = """
CREATE VIEW ogc.stations AS
SELECT feed_id || ':' || replace(id, '/', '-') AS id, feed_id, name, geom::geometry(Point, 4326) AS geom
FROM app.stations
"""
# A role belongs to the whole server: another database may have made it already. Who may not make
# one has it made by hand; until then the views are not served.
_ROLE = """
DO $$
BEGIN
    CREATE ROLE soc_reader NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$
"""
_GRANTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'soc_reader') THEN
        GRANT soc_reader TO CURRENT_USER;
        GRANT USAGE ON SCHEMA ogc TO soc_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA ogc TO soc_reader;
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN NULL;
END $$
"""


def upgrade() -> None:
    """Make the views, and the role."""
    op.execute("CREATE SCHEMA ogc")
    for statement in (_AREA_SETS, _AREAS, _NUMBERS, _STATIONS, _ROLE, _GRANTS):
        op.execute(statement)


def downgrade() -> None:
    """Take the views away; the role may be another database's too."""
    op.execute("DROP SCHEMA ogc CASCADE")
