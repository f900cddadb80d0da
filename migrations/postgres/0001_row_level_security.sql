-- A tenant's transaction sees and writes that tenant's rows only, even where a query forgets to say so.
--
-- The seam sets gw.tenant for the length of each transaction: to a tenant's id, or to * where it says why it crosses.
-- Outside of one the setting is NULL (never set) or empty (set before): neither equals an id, so nothing is seen.
-- FORCE holds the owner of the tables to the same rule.

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tenants
    USING (id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE data_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE data_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON data_keys
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE connections ENABLE ROW LEVEL SECURITY;
ALTER TABLE connections FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON connections
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE credentials FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON credentials
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON api_keys
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE operations ENABLE ROW LEVEL SECURITY;
ALTER TABLE operations FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON operations
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE steps ENABLE ROW LEVEL SECURITY;
ALTER TABLE steps FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON steps
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE pushes ENABLE ROW LEVEL SECURITY;
ALTER TABLE pushes FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON pushes
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON audit
    USING (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*')
    WITH CHECK (tenant_id = current_setting('gw.tenant', true) OR current_setting('gw.tenant', true) = '*');

-- The audit log is added to, by whomever; a role with the rights of the tables' owner is stopped as well.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
