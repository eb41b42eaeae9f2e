-- Policies from another directory that nothing here evaluates: kept as they came.
CREATE TABLE kept_policies (
    tenant BLOB NOT NULL REFERENCES tenants (id),
    kind   INTEGER NOT NULL,
    id     BLOB NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) STRICT, WITHOUT ROWID;
