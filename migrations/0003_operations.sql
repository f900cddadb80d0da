-- Changes with one life each, their steps, and the pushes that reached people.

CREATE TABLE operations (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    tool TEXT NOT NULL,
    level TEXT NOT NULL,
    account TEXT NOT NULL,
    caller TEXT NOT NULL,
    caller_key TEXT NOT NULL,
    title TEXT NOT NULL,
    objects BIGINT NOT NULL,
    digest TEXT NOT NULL,
    payload TEXT,
    state TEXT NOT NULL CHECK (state IN ('asking', 'waiting', 'approved', 'running', 'done', 'failed', 'denied',
        'expired', 'cancelled', 'outcome_unknown')),
    decided_by TEXT,
    results TEXT NOT NULL,
    -- Names the standing approval that it ran under, for the hourly count.
    standing TEXT,
    lease_replica TEXT,
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,
    finished_at BIGINT,
    UNIQUE (tenant_id, id)
);

CREATE INDEX operations_by_tenant ON operations (tenant_id, created_at, id);
CREATE INDEX operations_by_digest ON operations (tenant_id, caller_key, digest);
CREATE INDEX operations_by_standing ON operations (tenant_id, caller_key, standing, created_at) WHERE standing IS NOT NULL;
CREATE INDEX operations_waiting ON operations (created_at, id) WHERE state = 'waiting';
CREATE INDEX operations_decided ON operations (decided_at, id) WHERE decided_at IS NOT NULL;
CREATE INDEX operations_to_expire ON operations (expires_at) WHERE state IN ('asking', 'waiting');
CREATE INDEX operations_to_claim ON operations (created_at, id) WHERE state IN ('approved', 'running');

CREATE TABLE steps (
    tenant_id TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    send_deadline BIGINT,
    results TEXT,
    PRIMARY KEY (tenant_id, operation_id, position),
    FOREIGN KEY (tenant_id, operation_id) REFERENCES operations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE pushes (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    -- Neither the connection nor the key is referred to: a push is remembered when they are gone, for the caps.
    connection_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    username TEXT NOT NULL,
    factor TEXT NOT NULL,
    txid TEXT,
    state TEXT NOT NULL CHECK (state IN ('reserved', 'waiting', 'allow', 'deny', 'fraud', 'timeout', 'sent', 'not_sent',
        'unknown')),
    status TEXT,
    status_msg TEXT,
    lease_replica TEXT,
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);

CREATE INDEX pushes_by_person ON pushes (tenant_id, user_id, created_at);
CREATE INDEX pushes_by_tenant ON pushes (tenant_id, created_at);
CREATE INDEX pushes_by_txid ON pushes (tenant_id, txid);
CREATE INDEX pushes_to_follow ON pushes (created_at) WHERE state IN ('reserved', 'waiting');
