-- Which user, group or service principal holds which application role of which resource; resource is a client id.
CREATE TABLE app_role_assignments (
    id        UUID NOT NULL PRIMARY KEY,
    tenant    UUID NOT NULL REFERENCES tenants (id),
    principal UUID NOT NULL,
    resource  UUID NOT NULL,
    app_role  UUID NOT NULL,
    body      TEXT NOT NULL
);
CREATE UNIQUE INDEX app_role_assignments_principal ON app_role_assignments (tenant, principal, resource, app_role);
CREATE INDEX app_role_assignments_resource ON app_role_assignments (tenant, resource, id);
