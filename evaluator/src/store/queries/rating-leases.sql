-- Who holds which run now, by the database's own clock.
SELECT trace_id, rater
FROM rating_leases FINAL
WHERE created_at >= now64(6) - INTERVAL 1 DAY AND until > now64(3)
