-- What belongs to the installation and to no tenant: one counter, one root secret, the KEKs it has seen, its operators.

CREATE TABLE house (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    -- Grows with every change that replicas have cached something of.
    counter BIGINT NOT NULL,
    root_kek_id TEXT,
    root_wrapped TEXT,
    CHECK ((root_kek_id IS NULL) = (root_wrapped IS NULL))
);

INSERT INTO house (id, counter) VALUES (1, 0);

-- A value that only the right bytes of a KEK give, so that wrong bytes under a right name are noticed at start.
CREATE TABLE keks (
    id TEXT PRIMARY KEY,
    check_value TEXT NOT NULL
);

CREATE TABLE operators (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE operator_sessions (
    hash TEXT PRIMARY KEY,
    operator_id TEXT NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);

CREATE INDEX operator_sessions_by_operator ON operator_sessions (operator_id);
CREATE INDEX operator_sessions_by_expiry ON operator_sessions (expires_at);
