"""django-tenants' database engine with a table list that does not scan the whole catalogue."""
