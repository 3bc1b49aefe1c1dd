"""Forms of cubes: how an array is to be read stands with its slice, not with the cube."""

import hashlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None

OF_FORMS = ("unit", "freq", "data_class", "dtype", "scale", "fill", "classes", "grid", "grid_id")


def _columns(*, nullable: bool = False) -> list[sa.Column[object]]:
    kinds = {"scale": sa.Double(), "fill": sa.Double(), "classes": JSONB(), "grid": JSONB()}
    return [
        sa.Column(name, kinds.get(name, sa.Text()), nullable=nullable or name == "fill")
        for name in OF_FORMS
    ]


def _form(row: sa.RowMapping) -> str:
    """The content hash that ``Cube.form`` gives."""
    fill = float("nan") if row["fill"] is None else row["fill"]
    classes = {int(code): name for code, name in row["classes"].items()}
    told = [row[name] for name in ("unit", "freq", "data_class", "dtype")]
    told += [repr(float(row["scale"])), repr(float(fill)), row["grid_id"]]
    told += [f"{code}={classes[code]}" for code in sorted(classes)]
    return hashlib.sha256("|".join(told).encode()).hexdigest()[:16]


def upgrade() -> None:
    """Every slice takes the form that its cube has now: no other is known of it."""
    forms = op.create_table(
        "cube_forms",
        sa.Column("id", sa.Text(), nullable=False),
        *_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cube_forms")),
        schema="app",
        comment="How arrays are to be read; a cube may change its form, a slice never does.",
    )
    op.add_column("slices", sa.Column("form_id", sa.Text()), schema="app")
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT * FROM app.cubes")).mappings().all()
    of_cubes = {row["id"]: _form(row) for row in rows}
    made = {of_cubes[row["id"]]: {name: row[name] for name in OF_FORMS} for row in rows}
    if made:
        op.bulk_insert(forms, [{"id": key, **values} for key, values in made.items()])
        connection.execute(
            sa.text("UPDATE app.slices SET form_id = :form WHERE cube_id = :cube"),
            [{"form": form, "cube": cube} for cube, form in of_cubes.items()],
        )
    op.alter_column("slices", "form_id", nullable=False, schema="app")
    op.create_foreign_key(
        op.f("fk_slices_form_id"), "slices", "cube_forms", ["form_id"], ["id"],
        source_schema="app", referent_schema="app",
    )  # fmt: skip
    for name in OF_FORMS:
        op.drop_column("cubes", name, schema="app")


def downgrade() -> None:
    """Every cube takes the form of its newest slice; where others have another, it is lost."""
    for column in _columns(nullable=True):
        op.add_column("cubes", column, schema="app")
    names = ", ".join(OF_FORMS)
    op.execute(
        f"UPDATE app.cubes c SET ({names}) = (SELECT {names} FROM app.cube_forms f"  # noqa: S608
        " JOIN app.slices s ON s.form_id = f.id WHERE s.cube_id = c.id"
        " ORDER BY s.created_at DESC, s.version DESC LIMIT 1)"
    )
    # A cube is written with its first slice, and so has a form.
    for name in OF_FORMS:
        if name != "fill":
            op.alter_column("cubes", name, nullable=False, schema="app")
    op.drop_constraint(op.f("fk_slices_form_id"), "slices", schema="app")
    op.drop_column("slices", "form_id", schema="app")
    op.drop_table("cube_forms", schema="app")
