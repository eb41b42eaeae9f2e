-- The index of 0009 lacked the kind, which the statements name: SQLite passed over every person of every group instead.
DROP INDEX group_members_groups;
CREATE INDEX group_members_groups ON group_members (tenant, kind, group_id, member) WHERE kind = 2;
