-- Members, and how they come in, are under the same policy as every row of a tenant. An invite of no tenant is seen
-- only by who crosses tenants.

ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON members
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE owner_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE owner_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON owner_keys
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE invites ENABLE ROW LEVEL SECURITY;
ALTER TABLE invites FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON invites
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE member_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE member_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON member_sessions
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');
