-- The same tables as for SQLite. Keys that are sorted or paged by collate "C": the order is that of their bytes, on both.

CREATE TABLE tenants (
    id      UUID NOT NULL PRIMARY KEY,
    body    TEXT NOT NULL
);

CREATE TABLE tenant_configurations (
    tenant  UUID NOT NULL PRIMARY KEY REFERENCES tenants (id),
    version BIGINT NOT NULL,
    body    TEXT NOT NULL
);

CREATE TABLE users (
    id      UUID NOT NULL PRIMARY KEY,
    tenant  UUID NOT NULL REFERENCES tenants (id),
    upn_key TEXT COLLATE "C" NOT NULL,
    body    TEXT NOT NULL
);
CREATE UNIQUE INDEX users_upn_key ON users (tenant, upn_key);

CREATE TABLE certificate_user_ids (
    tenant  UUID NOT NULL,
    value   TEXT COLLATE "C" NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (tenant, value)
);
CREATE INDEX certificate_user_ids_user ON certificate_user_ids (user_id);

CREATE TABLE directory_groups (
    id       UUID NOT NULL PRIMARY KEY,
    tenant   UUID NOT NULL REFERENCES tenants (id),
    name_key TEXT COLLATE "C" NOT NULL,
    body     TEXT NOT NULL
);
CREATE INDEX directory_groups_name ON directory_groups (tenant, name_key, id);

CREATE TABLE group_members (
    tenant   UUID NOT NULL,
    group_id UUID NOT NULL REFERENCES directory_groups (id) ON DELETE CASCADE,
    member   UUID NOT NULL,
    kind     BIGINT NOT NULL,
    PRIMARY KEY (group_id, member)
);
CREATE INDEX group_members_member ON group_members (member, group_id);

CREATE TABLE applications (
    app_id  UUID NOT NULL PRIMARY KEY,
    id      UUID NOT NULL UNIQUE,
    tenant  UUID NOT NULL REFERENCES tenants (id),
    body    TEXT NOT NULL
);
CREATE INDEX applications_tenant ON applications (tenant, app_id);

CREATE TABLE identifier_uris (
    tenant  UUID NOT NULL,
    uri     TEXT COLLATE "C" NOT NULL,
    app_id  UUID NOT NULL REFERENCES applications (app_id) ON DELETE CASCADE,
    PRIMARY KEY (tenant, uri)
);
CREATE INDEX identifier_uris_application ON identifier_uris (app_id);

CREATE TABLE service_principals (
    id      UUID NOT NULL PRIMARY KEY,
    tenant  UUID NOT NULL REFERENCES tenants (id),
    app_id  UUID NOT NULL,
    body    TEXT NOT NULL
);
CREATE UNIQUE INDEX service_principals_application ON service_principals (tenant, app_id);

-- principal_key is the user's id as text, or empty for everybody.
CREATE TABLE permission_grants (
    id            UUID NOT NULL PRIMARY KEY,
    tenant        UUID NOT NULL REFERENCES tenants (id),
    client        UUID NOT NULL,
    resource      UUID NOT NULL,
    principal_key TEXT COLLATE "C" NOT NULL,
    body          TEXT NOT NULL
);
CREATE UNIQUE INDEX permission_grants_pair ON permission_grants (tenant, client, resource, principal_key);

CREATE TABLE role_assignments (
    id        UUID NOT NULL PRIMARY KEY,
    tenant    UUID NOT NULL REFERENCES tenants (id),
    principal UUID NOT NULL,
    role      UUID NOT NULL
);
CREATE UNIQUE INDEX role_assignments_principal ON role_assignments (tenant, principal, role);

CREATE TABLE sealed_keys (
    id         UUID NOT NULL PRIMARY KEY,
    tenant     UUID,
    purpose    TEXT NOT NULL,
    sealed     BYTEA NOT NULL,
    not_before BIGINT NOT NULL,
    not_after  BIGINT NOT NULL,
    created    BIGINT NOT NULL
);
CREATE INDEX sealed_keys_purpose ON sealed_keys (purpose, created, id);

-- The bytes of a CRL lie in crl_parts, cut up, so that a large list never holds up the other writers.
CREATE TABLE crls (
    authority     BYTEA NOT NULL,
    kind          BIGINT NOT NULL,
    generation    UUID NOT NULL,
    url           TEXT NOT NULL,
    number_hex    TEXT COLLATE "C",
    this_update   BIGINT NOT NULL,
    next_update   BIGINT,
    etag          TEXT,
    last_modified TEXT,
    fetched       BIGINT NOT NULL,
    der_length    BIGINT NOT NULL,
    index_length  BIGINT NOT NULL,
    PRIMARY KEY (authority, kind)
);

CREATE TABLE crl_parts (
    generation UUID NOT NULL,
    part       BIGINT NOT NULL,
    position   BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    bytes      BYTEA NOT NULL,
    PRIMARY KEY (generation, part, position)
);

-- Outlives the CRL itself: a number once seen may never fall again. Padded hex, so that text order is number order.
CREATE TABLE crl_highest_numbers (
    authority  BYTEA NOT NULL,
    kind       BIGINT NOT NULL,
    number_hex TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (authority, kind)
);

CREATE TABLE crl_history (
    authority  BYTEA NOT NULL,
    kind       BIGINT NOT NULL,
    learned    BIGINT NOT NULL,
    number_hex TEXT COLLATE "C",
    sha256     BYTEA NOT NULL,
    entries    BIGINT NOT NULL,
    PRIMARY KEY (authority, kind, learned, sha256)
);

CREATE TABLE sign_ins (
    id             UUID NOT NULL PRIMARY KEY,
    tenant         UUID NOT NULL,
    created        BIGINT NOT NULL,
    correlation_id UUID NOT NULL,
    user_id        UUID,
    upn_key        TEXT COLLATE "C",
    app_id         UUID,
    error_code     BIGINT NOT NULL,
    kind           BIGINT NOT NULL,
    body           TEXT NOT NULL
);
CREATE INDEX sign_ins_created ON sign_ins (tenant, created, id);
CREATE INDEX sign_ins_user ON sign_ins (user_id, created) WHERE user_id IS NOT NULL;
CREATE INDEX sign_ins_correlation ON sign_ins (correlation_id);

CREATE TABLE audits (
    id       UUID NOT NULL PRIMARY KEY,
    tenant   UUID NOT NULL,
    created  BIGINT NOT NULL,
    activity TEXT NOT NULL,
    actor    TEXT NOT NULL,
    target   TEXT NOT NULL,
    body     TEXT NOT NULL
);
CREATE INDEX audits_created ON audits (tenant, created, id);

CREATE TABLE used_once (
    purpose BIGINT NOT NULL,
    id      BYTEA NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (purpose, id)
);
CREATE INDEX used_once_expires ON used_once (expires);

CREATE TABLE sessions (
    id_hash            BYTEA NOT NULL PRIMARY KEY,
    tenant             UUID NOT NULL,
    user_id            UUID NOT NULL,
    created            BIGINT NOT NULL,
    last_seen          BIGINT NOT NULL,
    expires            BIGINT NOT NULL,
    ended              BIGINT,
    ended_reason       TEXT,
    certificate_issuer BYTEA,
    certificate_serial TEXT COLLATE "C",
    body               TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_certificate ON sessions (certificate_issuer, certificate_serial) WHERE certificate_issuer IS NOT NULL;
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE grants (
    id                 BYTEA NOT NULL PRIMARY KEY,
    tenant             UUID NOT NULL,
    user_id            UUID NOT NULL,
    client             UUID NOT NULL,
    session            BYTEA,
    created            BIGINT NOT NULL,
    last_used          BIGINT NOT NULL,
    expires            BIGINT NOT NULL,
    revoked            BIGINT,
    revoked_reason     TEXT,
    certificate_issuer BYTEA,
    certificate_serial TEXT COLLATE "C",
    body               TEXT NOT NULL
);
CREATE INDEX grants_user ON grants (user_id);
CREATE INDEX grants_session ON grants (session) WHERE session IS NOT NULL;
CREATE INDEX grants_certificate ON grants (certificate_issuer, certificate_serial) WHERE certificate_issuer IS NOT NULL;
CREATE INDEX grants_expires ON grants (expires);

CREATE TABLE device_codes (
    hash      BYTEA NOT NULL PRIMARY KEY,
    user_code TEXT COLLATE "C" NOT NULL UNIQUE,
    tenant    UUID NOT NULL,
    client    UUID NOT NULL,
    expires   BIGINT NOT NULL,
    state     BIGINT NOT NULL,
    last_poll BIGINT,
    body      TEXT NOT NULL
);
CREATE INDEX device_codes_expires ON device_codes (expires);

-- What other nodes and other processes must forget. Sequences are given under an advisory lock: their order is the order of commits.
CREATE TABLE changes (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant   UUID,
    kind     BIGINT NOT NULL,
    id       TEXT
);
