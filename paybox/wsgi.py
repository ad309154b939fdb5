"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paybox.settings")
_pages = get_wsgi_application()

from pagopa.inbound.wsgi_door import with_node_door  # noqa: E402 - the apps must be ready

application = with_node_door(_pages)
