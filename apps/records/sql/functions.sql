-- The table of a category; a partition's name is its table's with the day behind it.
CREATE FUNCTION records_table_of(category text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF category = 'PLATE_READ' THEN
        RETURN 'records_plateread';
    ELSIF category = 'CALL_FOR_SERVICE' THEN
        RETURN 'records_callforservice';
    END IF;
    RAISE EXCEPTION 'no governed table for category %', category USING ERRCODE = 'invalid_parameter_value';
END $$;

-- Makes a day's partition, with row-level security on it before it can hold a row, and names it; NULL if the day is
-- destroyed. Until the transaction ends the day cannot be dropped.
CREATE FUNCTION records_make_partition(category text, day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    parent text := records_table_of(category);
    part text := parent || to_char(day, '_YYYYMMDD');
BEGIN
    IF day IS NULL OR day < DATE '2000-01-01' OR day > (now() AT TIME ZONE 'UTC')::date + 31 THEN
        RAISE EXCEPTION 'no partition for the day %', day USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('records.bucket:' || part, 0));
    IF EXISTS (SELECT FROM keys_datakey k WHERE k.category = $1 AND k.label = to_char($2, 'YYYY-MM-DD')
               AND k.destroyed_at IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    IF to_regclass('public.' || part) IS NOT NULL THEN
        RETURN part;
    END IF;
    -- One maker at a time: two that attach in different order would wait for each other.
    PERFORM pg_advisory_xact_lock(hashtextextended('records.make:' || parent, 0));
    -- Asked of the table itself: what the session remembers of names is not refreshed by an advisory lock.
    IF EXISTS (SELECT FROM pg_class c WHERE c.relname = part AND c.relnamespace = 'public'::regnamespace) THEN
        RETURN part;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
    EXECUTE format('ALTER TABLE public.%I ADD CHECK (occurred_at >= %L AND occurred_at < %L)', part,
                   day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
    PERFORM access_protect_table(to_regclass('public.' || part), category, 'occurred_at');
    -- Rows come in by the parent only, where they are counted.
    EXECUTE format('REVOKE INSERT ON public.%I FROM rtcc_ingest', part);
    -- Attaching lets readers and writers of the other days go on; CREATE … PARTITION OF would stop them all.
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES IN (%L)', parent, part, day);
    RETURN part;
END $$;

-- Drops a day's partition once its key is destroyed. Returns whether there was one.
CREATE FUNCTION records_drop_partition(category text, day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    part text := records_table_of(category) || to_char(day, '_YYYYMMDD');
BEGIN
    IF day IS NULL OR NOT EXISTS (SELECT FROM keys_datakey k WHERE k.category = $1 AND k.label = to_char($2, 'YYYY-MM-DD')
                                  AND k.destroyed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the key of % of % is not destroyed', $1, $2 USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('records.bucket:' || part, 0));
    IF NOT EXISTS (SELECT FROM pg_class c WHERE c.relname = part AND c.relnamespace = 'public'::regnamespace) THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE public.%I', part);
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION records_table_of(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION records_make_partition(text, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION records_drop_partition(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION records_make_partition(text, date) TO rtcc_ingest;
GRANT EXECUTE ON FUNCTION records_drop_partition(text, date) TO rtcc_purge;
