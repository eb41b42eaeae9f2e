-- Which user, group or service principal holds which application role of which resource; resource is a client id.
CREATE TABLE app_role_assignments (
    id        BLOB NOT NULL PRIMARY KEY,
    tenant    BLOB NOT NULL REFERENCES tenants (id),
    principal BLOB NOT NULL,
    resource  BLOB NOT NULL,
    app_role  BLOB NOT NULL,
    body      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX app_role_assignments_principal ON app_role_assignments (tenant, principal, resource, app_role);
CREATE INDEX app_role_assignments_resource ON app_role_assignments (tenant, resource, id);
