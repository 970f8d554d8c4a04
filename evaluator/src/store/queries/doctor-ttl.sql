SELECT name AS table, create_table_query AS statement FROM system.tables WHERE database = currentDatabase() AND name IN ('otel_traces', 'steps', 'runs', 'scores', 'verdicts')
