-- What the two roles may do in a database of paybox_owner. Run by the superuser, in template1 and in the database itself.
-- The owner role makes and changes tables (migrations, provisioning); the runtime role only uses them. Append-only tables
-- take UPDATE and DELETE back in their own migrations.
ALTER DEFAULT PRIVILEGES FOR ROLE paybox_owner GRANT USAGE ON SCHEMAS TO paybox_app;
ALTER DEFAULT PRIVILEGES FOR ROLE paybox_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO paybox_app;
ALTER DEFAULT PRIVILEGES FOR ROLE paybox_owner GRANT USAGE, SELECT ON SEQUENCES TO paybox_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
