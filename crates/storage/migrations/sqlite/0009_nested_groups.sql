-- Which groups a group holds is found without passing over the people in it.

CREATE INDEX group_members_groups ON group_members (tenant, group_id, member) WHERE kind = 2;
