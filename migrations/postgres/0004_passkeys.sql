-- Passkeys are under the same policy as every row of a tenant.

ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkeys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON passkeys
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE passkey_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkey_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON passkey_answers
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');
