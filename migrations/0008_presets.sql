-- The most that any key or client of a tenant may do, whatever its member may.
ALTER TABLE tenants ADD COLUMN preset TEXT NOT NULL DEFAULT 'everything'
    CHECK (preset IN ('look', 'helpdesk', 'security', 'everything'));
-- Who besides owners says yes or no to what waits.
ALTER TABLE members ADD COLUMN approves BOOLEAN NOT NULL DEFAULT FALSE;
