INSERT INTO rating_leases (trace_id, rater, until) SELECT {trace_id: String}, {rater: String}, now64(3) + toIntervalMillisecond({for_ms: Int64})
