-- Ids are 16-byte blobs, hashes 32-byte blobs, times microseconds since 1970 in UTC, bodies JSON.

CREATE TABLE tenants (
    id      BLOB NOT NULL PRIMARY KEY,
    body    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenant_configurations (
    tenant  BLOB NOT NULL PRIMARY KEY REFERENCES tenants (id),
    version INTEGER NOT NULL,
    body    TEXT NOT NULL
) STRICT;

CREATE TABLE users (
    id      BLOB NOT NULL PRIMARY KEY,
    tenant  BLOB NOT NULL REFERENCES tenants (id),
    upn_key TEXT NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_upn_key ON users (tenant, upn_key);

CREATE TABLE certificate_user_ids (
    tenant  BLOB NOT NULL,
    value   TEXT NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (tenant, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX certificate_user_ids_user ON certificate_user_ids (user_id);

CREATE TABLE directory_groups (
    id       BLOB NOT NULL PRIMARY KEY,
    tenant   BLOB NOT NULL REFERENCES tenants (id),
    name_key TEXT NOT NULL,
    body     TEXT NOT NULL
) STRICT;
CREATE INDEX directory_groups_name ON directory_groups (tenant, name_key, id);

CREATE TABLE group_members (
    tenant   BLOB NOT NULL,
    group_id BLOB NOT NULL REFERENCES directory_groups (id) ON DELETE CASCADE,
    member   BLOB NOT NULL,
    kind     INTEGER NOT NULL,
    PRIMARY KEY (group_id, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_member ON group_members (member, group_id);

CREATE TABLE applications (
    app_id  BLOB NOT NULL PRIMARY KEY,
    id      BLOB NOT NULL UNIQUE,
    tenant  BLOB NOT NULL REFERENCES tenants (id),
    body    TEXT NOT NULL
) STRICT;
CREATE INDEX applications_tenant ON applications (tenant, app_id);

CREATE TABLE identifier_uris (
    tenant  BLOB NOT NULL,
    uri     TEXT NOT NULL,
    app_id  BLOB NOT NULL REFERENCES applications (app_id) ON DELETE CASCADE,
    PRIMARY KEY (tenant, uri)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifier_uris_application ON identifier_uris (app_id);

CREATE TABLE service_principals (
    id      BLOB NOT NULL PRIMARY KEY,
    tenant  BLOB NOT NULL REFERENCES tenants (id),
    app_id  BLOB NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX service_principals_application ON service_principals (tenant, app_id);

-- principal_key is the user's id as text, or empty for everybody.
CREATE TABLE permission_grants (
    id            BLOB NOT NULL PRIMARY KEY,
    tenant        BLOB NOT NULL REFERENCES tenants (id),
    client        BLOB NOT NULL,
    resource      BLOB NOT NULL,
    principal_key TEXT NOT NULL,
    body          TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX permission_grants_pair ON permission_grants (tenant, client, resource, principal_key);

CREATE TABLE role_assignments (
    id        BLOB NOT NULL PRIMARY KEY,
    tenant    BLOB NOT NULL REFERENCES tenants (id),
    principal BLOB NOT NULL,
    role      BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX role_assignments_principal ON role_assignments (tenant, principal, role);

CREATE TABLE sealed_keys (
    id         BLOB NOT NULL PRIMARY KEY,
    tenant     BLOB,
    purpose    TEXT NOT NULL,
    sealed     BLOB NOT NULL,
    not_before INTEGER NOT NULL,
    not_after  INTEGER NOT NULL,
    created    INTEGER NOT NULL
) STRICT;
CREATE INDEX sealed_keys_purpose ON sealed_keys (purpose, created, id);

-- The bytes of a CRL lie in crl_parts, cut up, so that a large list never holds up the other writers.
CREATE TABLE crls (
    authority     BLOB NOT NULL,
    kind          INTEGER NOT NULL,
    generation    BLOB NOT NULL,
    url           TEXT NOT NULL,
    number_hex    TEXT,
    this_update   INTEGER NOT NULL,
    next_update   INTEGER,
    etag          TEXT,
    last_modified TEXT,
    fetched       INTEGER NOT NULL,
    der_length    INTEGER NOT NULL,
    index_length  INTEGER NOT NULL,
    PRIMARY KEY (authority, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE crl_parts (
    generation BLOB NOT NULL,
    part       INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    bytes      BLOB NOT NULL,
    PRIMARY KEY (generation, part, position)
) STRICT;

-- Outlives the CRL itself: a number once seen may never fall again. Padded hex, so that text order is number order.
CREATE TABLE crl_highest_numbers (
    authority  BLOB NOT NULL,
    kind       INTEGER NOT NULL,
    number_hex TEXT NOT NULL,
    PRIMARY KEY (authority, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE crl_history (
    authority  BLOB NOT NULL,
    kind       INTEGER NOT NULL,
    learned    INTEGER NOT NULL,
    number_hex TEXT,
    sha256     BLOB NOT NULL,
    entries    INTEGER NOT NULL,
    PRIMARY KEY (authority, kind, learned, sha256)
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_ins (
    id             BLOB NOT NULL PRIMARY KEY,
    tenant         BLOB NOT NULL,
    created        INTEGER NOT NULL,
    correlation_id BLOB NOT NULL,
    user_id        BLOB,
    upn_key        TEXT,
    app_id         BLOB,
    error_code     INTEGER NOT NULL,
    kind           INTEGER NOT NULL,
    body           TEXT NOT NULL
) STRICT;
CREATE INDEX sign_ins_created ON sign_ins (tenant, created, id);
CREATE INDEX sign_ins_user ON sign_ins (user_id, created) WHERE user_id IS NOT NULL;
CREATE INDEX sign_ins_correlation ON sign_ins (correlation_id);

CREATE TABLE audits (
    id       BLOB NOT NULL PRIMARY KEY,
    tenant   BLOB NOT NULL,
    created  INTEGER NOT NULL,
    activity TEXT NOT NULL,
    actor    TEXT NOT NULL,
    target   TEXT NOT NULL,
    body     TEXT NOT NULL
) STRICT;
CREATE INDEX audits_created ON audits (tenant, created, id);

CREATE TABLE used_once (
    purpose INTEGER NOT NULL,
    id      BLOB NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (purpose, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_once_expires ON used_once (expires);

CREATE TABLE sessions (
    id_hash            BLOB NOT NULL PRIMARY KEY,
    tenant             BLOB NOT NULL,
    user_id            BLOB NOT NULL,
    created            INTEGER NOT NULL,
    last_seen          INTEGER NOT NULL,
    expires            INTEGER NOT NULL,
    ended              INTEGER,
    ended_reason       TEXT,
    certificate_issuer BLOB,
    certificate_serial TEXT,
    body               TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_certificate ON sessions (certificate_issuer, certificate_serial) WHERE certificate_issuer IS NOT NULL;
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE grants (
    id                 BLOB NOT NULL PRIMARY KEY,
    tenant             BLOB NOT NULL,
    user_id            BLOB NOT NULL,
    client             BLOB NOT NULL,
    session            BLOB,
    created            INTEGER NOT NULL,
    last_used          INTEGER NOT NULL,
    expires            INTEGER NOT NULL,
    revoked            INTEGER,
    revoked_reason     TEXT,
    certificate_issuer BLOB,
    certificate_serial TEXT,
    body               TEXT NOT NULL
) STRICT;
CREATE INDEX grants_user ON grants (user_id);
CREATE INDEX grants_session ON grants (session) WHERE session IS NOT NULL;
CREATE INDEX grants_certificate ON grants (certificate_issuer, certificate_serial) WHERE certificate_issuer IS NOT NULL;
CREATE INDEX grants_expires ON grants (expires);

CREATE TABLE device_codes (
    hash      BLOB NOT NULL PRIMARY KEY,
    user_code TEXT NOT NULL UNIQUE,
    tenant    BLOB NOT NULL,
    client    BLOB NOT NULL,
    expires   INTEGER NOT NULL,
    state     INTEGER NOT NULL,
    last_poll INTEGER,
    body      TEXT NOT NULL
) STRICT;
CREATE INDEX device_codes_expires ON device_codes (expires);

-- What other nodes and other processes must forget. AUTOINCREMENT: a number is never given twice, even after a purge.
CREATE TABLE changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant   BLOB,
    kind     INTEGER NOT NULL,
    id       TEXT
) STRICT;
