-- The same as for SQLite.

ALTER TABLE users ADD COLUMN name_key TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN mail_key TEXT COLLATE "C";
UPDATE users SET name_key = lower(trim(body::jsonb ->> 'displayName')), mail_key = lower(trim(body::jsonb ->> 'mail'));
CREATE INDEX users_id ON users (tenant, id);
CREATE INDEX users_name ON users (tenant, name_key, id);
CREATE INDEX users_mail ON users (tenant, mail_key, id) WHERE mail_key IS NOT NULL;

-- Users, groups and applications that can still be restored.
CREATE TABLE deleted_objects (
    id      UUID NOT NULL PRIMARY KEY,
    tenant  UUID NOT NULL REFERENCES tenants (id),
    kind    BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    body    TEXT NOT NULL
);
CREATE INDEX deleted_objects_kind ON deleted_objects (tenant, kind, id);
CREATE INDEX deleted_objects_deleted ON deleted_objects (deleted);

CREATE TABLE devices (
    id        UUID NOT NULL PRIMARY KEY,
    tenant    UUID NOT NULL REFERENCES tenants (id),
    device_id UUID NOT NULL,
    body      TEXT NOT NULL
);
CREATE UNIQUE INDEX devices_device_id ON devices (tenant, device_id);
