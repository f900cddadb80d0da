-- OAuth: the clients that are known, requests under way in browsers, and what members granted, with its tokens.

CREATE TABLE oauth_clients (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL CHECK (source IN ('document', 'registered')),
    metadata TEXT NOT NULL,
    -- Of what a client registered: the same again is the same client. One with a document has none.
    digest TEXT UNIQUE,
    -- A keyed hash of the address that registered it, for the hourly count; the address itself is not kept.
    registrant TEXT,
    created_at BIGINT NOT NULL,
    fresh_until BIGINT NOT NULL,
    last_used_at BIGINT
);

CREATE INDEX oauth_clients_unused ON oauth_clients (created_at) WHERE last_used_at IS NULL;
CREATE INDEX oauth_clients_by_registrant ON oauth_clients (registrant, created_at) WHERE registrant IS NOT NULL;

-- No tenant's: who will sign in is not known yet.
CREATE TABLE authorizations (
    hash TEXT PRIMARY KEY,
    -- The hash of what the browser that began it holds in a cookie.
    browser TEXT NOT NULL,
    request TEXT NOT NULL,
    decided TEXT CHECK (decided IN ('yes', 'no')),
    decided_at BIGINT,
    expires_at BIGINT NOT NULL,
    CHECK ((decided IS NULL) = (decided_at IS NULL))
);

CREATE INDEX authorizations_by_expiry ON authorizations (expires_at);

CREATE TABLE authorization_codes (
    hash TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    request TEXT NOT NULL,
    ends_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- What it was redeemed for. A code that comes again ends that grant.
    grant_id TEXT,
    FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);

CREATE INDEX authorization_codes_by_tenant ON authorization_codes (tenant_id, expires_at);

CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    client TEXT NOT NULL,
    client_name TEXT NOT NULL,
    redirect_origin TEXT NOT NULL,
    scopes TEXT NOT NULL,
    resource TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT,
    revoked_why TEXT,
    -- The refresh tokens: each refresh makes a generation. See the rules in the program.
    generation BIGINT NOT NULL,
    used_generation BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL,
    idle_until BIGINT NOT NULL,
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);

CREATE INDEX grants_by_tenant ON grants (tenant_id, created_at, id);
CREATE INDEX grants_by_member ON grants (tenant_id, member_id);

CREATE TABLE access_tokens (
    hash TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    scopes TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (tenant_id, grant_id) REFERENCES grants (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX access_tokens_by_grant ON access_tokens (tenant_id, grant_id);

-- Those that were replaced are kept as long as their grant: one that comes back tells of a theft.
CREATE TABLE refresh_tokens (
    hash TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    FOREIGN KEY (tenant_id, grant_id) REFERENCES grants (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (tenant_id, grant_id);
