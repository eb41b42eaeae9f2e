-- Who owns which group, application or service principal, by object ids. kind says what is owned, owner_kind what the owner is.
CREATE TABLE owners (
    tenant     BLOB NOT NULL REFERENCES tenants (id),
    object     BLOB NOT NULL,
    owner      BLOB NOT NULL,
    kind       INTEGER NOT NULL,
    owner_kind INTEGER NOT NULL,
    PRIMARY KEY (tenant, object, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX owners_owner ON owners (tenant, owner, object);
