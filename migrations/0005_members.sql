-- Members: who acts for a tenant, how they come in (owner keys, invites, sessions in a browser), and whose each key is.

-- A person who signs in at the pages has to answer a Duo push as well.
ALTER TABLE tenants ADD COLUMN require_push BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE members (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'service')),
    duo_username TEXT,
    role TEXT NOT NULL CHECK (role IN ('owner', 'administrator', 'user_manager', 'help_desk', 'read_only')),
    scopes TEXT NOT NULL,
    standing TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT,
    UNIQUE (tenant_id, id)
);

CREATE UNIQUE INDEX members_by_name ON members (tenant_id, name) WHERE removed_at IS NULL;

-- The key of a member, by which it signs in at the pages. One at a time: a new one takes the old one's place.
CREATE TABLE owner_keys (
    tenant_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    last4 TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, member_id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);

CREATE TABLE invites (
    id TEXT PRIMARY KEY,
    -- Empty: whoever has it may make a tenant.
    tenant_id TEXT REFERENCES tenants (id),
    hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'administrator', 'user_manager', 'help_desk', 'read_only')),
    scopes TEXT NOT NULL,
    last4 TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    -- Not referred to: the member of a tenant that was made by it may be gone with its tenant.
    used_by TEXT,
    revoked_at BIGINT
);

CREATE INDEX invites_by_tenant ON invites (tenant_id, created_at);

CREATE TABLE member_sessions (
    hash TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);

CREATE INDEX member_sessions_by_member ON member_sessions (tenant_id, member_id);
CREATE INDEX member_sessions_by_expiry ON member_sessions (expires_at);

-- Keys from before there were members: each name of a tenant's keys becomes a member, whose role narrows nothing.
-- It is left empty by a gateway of before that still serves; such a key opens nothing until it is made anew.
ALTER TABLE api_keys ADD COLUMN member_id TEXT REFERENCES members (id);

INSERT INTO members (id, tenant_id, name, kind, role, scopes, standing, created_at)
    SELECT 'mem_' || substr(MIN(id), 5), tenant_id, person, 'person', 'administrator',
        '["duo:read","duo:logs","duo:auth","duo:write","duo:destroy","duo:accounts"]', '[]', MIN(created_at)
    FROM api_keys GROUP BY tenant_id, person;

UPDATE api_keys SET member_id = (SELECT m.id FROM members m
    WHERE m.tenant_id = api_keys.tenant_id AND m.name = api_keys.person);

CREATE INDEX api_keys_by_member ON api_keys (tenant_id, member_id);

-- A standing approval of a member is counted over all its keys.
CREATE INDEX operations_by_approval ON operations (tenant_id, standing, created_at) WHERE standing IS NOT NULL;
