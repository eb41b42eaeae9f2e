-- Consent is read in pages, by client and by person, and ends with the person.
CREATE INDEX permission_grants_page ON permission_grants (tenant, id);
CREATE INDEX permission_grants_client ON permission_grants (tenant, client, id);
CREATE INDEX permission_grants_principal ON permission_grants (tenant, principal_key, id);

-- Devices are found and sorted by name. Names stored before this are put into lower case by the database (on SQLite only their ASCII
-- letters) until the device is saved again.
ALTER TABLE devices ADD COLUMN name_key TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE devices SET name_key = lower(trim(body::jsonb ->> 'displayName'));
CREATE INDEX devices_name ON devices (tenant, name_key, id);
