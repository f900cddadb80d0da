-- What members granted is under the same policy as every row of a tenant. Clients and requests under way are no tenant's.

ALTER TABLE authorization_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE authorization_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON authorization_codes
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE grants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON grants
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE access_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON access_tokens
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON refresh_tokens
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');
