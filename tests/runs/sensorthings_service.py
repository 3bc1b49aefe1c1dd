"""A SensorThings service of others, with the few settings it needs; read by the tests' server.

Run as a program it makes its tables; imported by a server it answers. The environment tells where
its database is, and by what address it is known.
"""

import os
from uuid import UUID

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.urls import include, path

if not settings.configured:
    _APP = "sensorthings.versions.v1_1"
    settings.configure(
        SECRET_KEY="tests",  # of a server on loopback
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="sensorthings_service",
        USE_TZ=True,
        INSTALLED_APPS=[_APP, f"{_APP}.backends.django", f"{_APP}.extensions.dataarray"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": os.environ["PGDATABASE"],
                "USER": os.environ["PGUSER"],
                "HOST": os.environ["PGHOST"],
            }
        },
        SENSORTHINGS_V1_1_SERVICE_URL=os.environ["SERVICE_URL"],
        SENSORTHINGS_V1_1_BACKEND_ADAPTER=f"{_APP}.backends.django.adapter.DjangoBackendAdapter",
        SENSORTHINGS_V1_1_ID_TYPE=UUID,
        SENSORTHINGS_V1_1_ID_DELIMITER="'",
    )
    django.setup()

urlpatterns = [path("sta/", include("sensorthings.versions.v1_1.urls"))]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
else:
    application = get_asgi_application()
