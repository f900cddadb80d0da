-- What happened. Rows are added and read, never changed; they outlive the tenant, so they refer to nothing.

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    -- Empty for acts of the house.
    tenant_id TEXT,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    account TEXT,
    digest TEXT,
    level TEXT,
    outcome TEXT NOT NULL,
    code TEXT,
    objects TEXT NOT NULL,
    operation TEXT,
    request TEXT,
    duration_ms BIGINT
);

CREATE INDEX audit_by_tenant ON audit (tenant_id, at, id);
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_operation ON audit (operation) WHERE operation IS NOT NULL;
