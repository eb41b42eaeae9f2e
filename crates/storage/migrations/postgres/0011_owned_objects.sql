-- What somebody owns is found by the owner alone: with the tenant in front SQLite preferred the primary key, and read all owners.
DROP INDEX owners_owner;
CREATE INDEX owners_owner ON owners (owner, object);
