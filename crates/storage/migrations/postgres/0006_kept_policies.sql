-- Policies from another directory that nothing here evaluates: kept as they came.
CREATE TABLE kept_policies (
    tenant UUID NOT NULL REFERENCES tenants (id),
    kind   BIGINT NOT NULL,
    id     UUID NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);
