-- The server itself: version, clock, the fullest disk.
SELECT
    version() AS version,
    toString(toUnixTimestamp64Milli(now64(3))) AS now_ms,
    (SELECT toString(min(free_space)) FROM system.disks WHERE total_space > 0) AS free_bytes,
    (SELECT min(free_space / total_space) FROM system.disks WHERE total_space > 0) AS free_share
