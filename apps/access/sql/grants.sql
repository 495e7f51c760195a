-- A grant is a secret. The table keeps only the hash of a token; nobody but the owner can read it. A grant can be opened only
-- for a query whose permission is on record, and is bound, once, to the backend and transaction that shows the token.
CREATE TABLE access_grant (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    query_reference uuid NOT NULL,
    category text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at >= starts_at),
    expires_at timestamptz NOT NULL,
    bound_backend integer,
    bound_transaction xid8,
    CHECK ((bound_backend IS NULL) = (bound_transaction IS NULL))
);
REVOKE ALL ON access_grant FROM PUBLIC, rtcc_app, rtcc_reader, rtcc_ingest, rtcc_purge, rtcc_auditor, rtcc_sealer;
CREATE UNIQUE INDEX access_grant_bound ON access_grant (bound_transaction, bound_backend, category)
    WHERE bound_transaction IS NOT NULL;
CREATE INDEX access_grant_expiry ON access_grant (expires_at);

-- Whether what stands behind a grant has to be committed. It has, always; only the tests, which put a whole look-up into one
-- transaction that they roll back, replace this function, and a superuser alone can.
CREATE FUNCTION access_needs_commit() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT true $$;

CREATE FUNCTION access_open_grant(
    secret_hash bytea, query uuid, wanted text, opens_from timestamptz, opens_until timestamptz, seconds double precision
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Whoever could write query and log entry, read, and then roll back would have read unseen. So a grant is the first thing
    -- that its transaction writes: all that stands behind it was committed before.
    IF access_needs_commit() AND pg_current_xact_id_if_assigned() IS NOT NULL THEN
        RAISE EXCEPTION 'a grant must be the first thing that its transaction writes'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- What never was released (a process that died) goes when the next grant is opened.
    DELETE FROM access_grant WHERE expires_at < clock_timestamp() - interval '1 hour';
    IF NOT EXISTS (
        SELECT FROM access_query q
        WHERE q.reference = query AND q.category = wanted AND q.outcome = 'PERMITTED' AND q.answered_at IS NULL
            AND q.window_start <= opens_from AND q.window_end >= opens_until
            AND EXISTS (
                SELECT FROM ledger_entry e WHERE e.reference = q.decided_entry AND e.event = 'QUERY_DECIDED'
                    AND e.subject = q.reference::text
            )
    ) THEN
        RAISE EXCEPTION 'no permitted, unanswered and recorded query stands behind this grant'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO access_grant (token_hash, query_reference, category, starts_at, ends_at, expires_at)
    VALUES (secret_hash, query, wanted, opens_from, opens_until,
            clock_timestamp() + make_interval(secs => least(greatest(seconds, 0), 300)));
END $$;

CREATE FUNCTION access_activate_grant(secret bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE access_grant SET bound_backend = pg_backend_pid(), bound_transaction = pg_current_xact_id()
    WHERE token_hash = sha256(secret) AND bound_transaction IS NULL AND expires_at > clock_timestamp();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this grant does not exist, is used or is over' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

CREATE FUNCTION access_release_grant(secret bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DELETE FROM access_grant WHERE token_hash = sha256(secret)
$$;

-- Asked once a statement by the policies of governed tables. Without a grant it is NULL, and no row is within NULL.
CREATE FUNCTION access_live_window(wanted text) RETURNS tstzrange
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT tstzrange(starts_at, ends_at) FROM access_grant
    WHERE bound_transaction = pg_current_xact_id_if_assigned() AND bound_backend = pg_backend_pid()
        AND category = wanted AND expires_at > clock_timestamp()
$$;

-- Guards one table or one partition: security forced even on its owner, reading only within a live grant's window,
-- writing only by the write door, and no privilege for anybody else.
CREATE FUNCTION access_protect_table(target regclass, category text, time_column name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, rtcc_app, rtcc_reader, rtcc_ingest, rtcc_purge, rtcc_auditor, rtcc_sealer', target);
    EXECUTE format('GRANT SELECT ON %s TO rtcc_reader', target);
    EXECUTE format('GRANT INSERT ON %s TO rtcc_ingest', target);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('DROP POLICY IF EXISTS access_read ON %s', target);
    EXECUTE format('DROP POLICY IF EXISTS access_write ON %s', target);
    EXECUTE format(
        'CREATE POLICY access_read ON %s FOR SELECT TO rtcc_reader USING (%I <@ (SELECT access_live_window(%L)))',
        target, time_column, category
    );
    EXECUTE format('CREATE POLICY access_write ON %s FOR INSERT TO rtcc_ingest WITH CHECK (true)', target);
END $$;

REVOKE ALL ON FUNCTION access_needs_commit() FROM PUBLIC;
REVOKE ALL ON FUNCTION access_open_grant(bytea, uuid, text, timestamptz, timestamptz, double precision) FROM PUBLIC;
REVOKE ALL ON FUNCTION access_activate_grant(bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION access_release_grant(bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION access_live_window(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION access_protect_table(regclass, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_open_grant(bytea, uuid, text, timestamptz, timestamptz, double precision) TO rtcc_app;
GRANT EXECUTE ON FUNCTION access_activate_grant(bytea) TO rtcc_reader;
GRANT EXECUTE ON FUNCTION access_release_grant(bytea) TO rtcc_reader, rtcc_app;
GRANT EXECUTE ON FUNCTION access_live_window(text) TO rtcc_reader;
