-- Tenants and what they bring: data keys, connections to Duo, sealed credentials, API keys.

CREATE TABLE tenants (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
    -- The house counter at the last change of the tenant or of anything in this file that is the tenant's.
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX tenants_by_revision ON tenants (revision);

CREATE TABLE data_keys (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    version BIGINT NOT NULL,
    kek_id TEXT NOT NULL,
    wrapped TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, version)
);

CREATE UNIQUE INDEX data_keys_active ON data_keys (tenant_id) WHERE active;
CREATE INDEX data_keys_by_kek ON data_keys (kek_id);

CREATE TABLE connections (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    label TEXT,
    host TEXT NOT NULL,
    defaults TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (tenant_id, name),
    UNIQUE (tenant_id, id)
);

-- A credential refers to its connection together with the tenant, so it cannot hang on somebody else's.
CREATE TABLE credentials (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    connection_id TEXT NOT NULL,
    api TEXT NOT NULL CHECK (api IN ('auth', 'admin', 'accounts')),
    host TEXT NOT NULL,
    ikey TEXT NOT NULL,
    skey TEXT NOT NULL,
    ikey_last4 TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    signature TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    status TEXT NOT NULL CHECK (status IN ('unverified', 'verified', 'rejected')),
    grants TEXT NOT NULL,
    verified_at BIGINT,
    UNIQUE (tenant_id, connection_id, api),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    person TEXT NOT NULL,
    scopes TEXT NOT NULL,
    standing TEXT NOT NULL,
    last4 TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);

CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, created_at);
