-- A sign-in asks for the consent of one user to one client: among hundreds of thousands, that is found by this order.

DROP INDEX permission_grants_pair;
CREATE UNIQUE INDEX permission_grants_pair ON permission_grants (tenant, client, principal_key, resource);
