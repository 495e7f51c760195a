-- The case that this transaction's live grant of a category was asked for; NULL without one.
CREATE FUNCTION records_live_case(wanted text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT q.case_number FROM access_grant g JOIN access_query q ON q.reference = g.query_reference
    WHERE g.bound_transaction = pg_current_xact_id_if_assigned() AND g.bound_backend = pg_backend_pid()
        AND g.category = wanted AND g.expires_at > clock_timestamp() AND q.case_number <> ''
$$;
REVOKE ALL ON FUNCTION records_live_case(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION records_live_case(text) TO rtcc_reader;
-- A copy outlives its day for one case: a grant for that case opens it whatever the day, and no other grant does.
DROP POLICY access_read ON records_preservedread;
CREATE POLICY access_read ON records_preservedread FOR SELECT TO rtcc_reader
    USING (case_number = (SELECT records_live_case('PLATE_READ')));
-- Copies go when their hold ends: the purge role may delete by hold, and sees nothing else of a row.
GRANT SELECT (hold_reference), DELETE ON records_preservedread TO rtcc_purge;
CREATE POLICY records_release_select ON records_preservedread FOR SELECT TO rtcc_purge USING (true);
CREATE POLICY records_release_delete ON records_preservedread FOR DELETE TO rtcc_purge USING (true);
