"""What gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paybox.settings")
_pages = get_wsgi_application()

from pagopa.inbound.wsgi_door import with_node_door  # noqa: E402 - the apps must be ready
from paybox.kernel.spool import may_linger  # noqa: E402

application = with_node_door(_pages)
may_linger()
# What is here now stays: the collector need not look at it again, nor the processes made from this one copy it.
gc.collect()
gc.freeze()
