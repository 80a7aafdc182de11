"""All SQL: the Store, numbered migrations, the published read-only snapshot, the public views."""
