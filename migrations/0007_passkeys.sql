-- Passkeys: a third way in for members, beside the owner key and the invite.

CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    -- By which an authenticator names it; no two members have the same.
    credential_id TEXT NOT NULL UNIQUE,
    -- The public key and what is known of the authenticator, as the library of passkeys writes it. Nothing secret.
    credential TEXT NOT NULL,
    -- How often the authenticator said it has signed; 0 for one that does not count.
    counter BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);

CREATE INDEX passkeys_by_member ON passkeys (tenant_id, member_id, created_at);

-- Questions to authenticators that were answered, until they would have run out: each is taken once.
CREATE TABLE passkey_answers (
    hash TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    expires_at BIGINT NOT NULL
);

CREATE INDEX passkey_answers_by_tenant ON passkey_answers (tenant_id, expires_at);

-- By which passkey a session was opened, so that it ends with the passkey.
ALTER TABLE member_sessions ADD COLUMN passkey_id TEXT;

CREATE INDEX member_sessions_by_passkey ON member_sessions (tenant_id, passkey_id) WHERE passkey_id IS NOT NULL;
