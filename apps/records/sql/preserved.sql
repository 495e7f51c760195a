-- Copies go when their hold ends: the purge role may delete by hold, and sees nothing else of a row.
GRANT SELECT (hold_reference), DELETE ON records_preservedread TO rtcc_purge;
CREATE POLICY records_release_select ON records_preservedread FOR SELECT TO rtcc_purge USING (true);
CREATE POLICY records_release_delete ON records_preservedread FOR DELETE TO rtcc_purge USING (true);
