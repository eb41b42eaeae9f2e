-- Who owns which group, application or service principal, by object ids. kind says what is owned, owner_kind what the owner is.
CREATE TABLE owners (
    tenant     UUID NOT NULL REFERENCES tenants (id),
    object     UUID NOT NULL,
    owner      UUID NOT NULL,
    kind       BIGINT NOT NULL,
    owner_kind BIGINT NOT NULL,
    PRIMARY KEY (tenant, object, owner)
);
CREATE INDEX owners_owner ON owners (tenant, owner, object);
