-- What the directory API looks up, sorts by and keeps of what was deleted. Names stored before this are put into lower case by the
-- database (on SQLite only their ASCII letters) until the user is saved again.

ALTER TABLE users ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN mail_key TEXT;
UPDATE users SET name_key = lower(trim(json_extract(body, '$.displayName'))), mail_key = lower(trim(json_extract(body, '$.mail')));
CREATE INDEX users_id ON users (tenant, id);
CREATE INDEX users_name ON users (tenant, name_key, id);
CREATE INDEX users_mail ON users (tenant, mail_key, id) WHERE mail_key IS NOT NULL;

-- Users, groups and applications that can still be restored.
CREATE TABLE deleted_objects (
    id      BLOB NOT NULL PRIMARY KEY,
    tenant  BLOB NOT NULL REFERENCES tenants (id),
    kind    INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE INDEX deleted_objects_kind ON deleted_objects (tenant, kind, id);
CREATE INDEX deleted_objects_deleted ON deleted_objects (deleted);

CREATE TABLE devices (
    id        BLOB NOT NULL PRIMARY KEY,
    tenant    BLOB NOT NULL REFERENCES tenants (id),
    device_id BLOB NOT NULL,
    body      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX devices_device_id ON devices (tenant, device_id);
