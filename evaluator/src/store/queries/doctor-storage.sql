-- Bytes and rows of every table of this database, and for the tables of spans the days that they hold.
SELECT
    table,
    toString(sum(rows)) AS stored_rows,
    toString(sum(bytes_on_disk)) AS on_disk,
    toString(uniqExact(partition)) AS partitions,
    toString(count()) AS parts
FROM system.parts
WHERE database = currentDatabase() AND active
GROUP BY table
ORDER BY sum(bytes_on_disk) DESC
