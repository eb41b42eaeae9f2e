-- Certificates that administrators denied. What is unique is the key: the thumbprint, else serial number and issuer.
CREATE TABLE denied_certificates (
    id       UUID NOT NULL PRIMARY KEY,
    tenant   UUID NOT NULL REFERENCES tenants (id),
    deny_key TEXT COLLATE "C" NOT NULL,
    created  BIGINT NOT NULL,
    body     TEXT NOT NULL
);
CREATE UNIQUE INDEX denied_certificates_key ON denied_certificates (tenant, deny_key);

-- SHA-256 of the certificate, so that what rests on it ends although its serial number is not named.
ALTER TABLE sessions ADD COLUMN certificate_sha256 BYTEA;
CREATE INDEX sessions_certificate_sha256 ON sessions (certificate_sha256) WHERE certificate_sha256 IS NOT NULL;
ALTER TABLE grants ADD COLUMN certificate_sha256 BYTEA;
CREATE INDEX grants_certificate_sha256 ON grants (certificate_sha256) WHERE certificate_sha256 IS NOT NULL;
