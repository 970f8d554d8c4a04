-- One evaluation's own row.
SELECT body FROM eval_runs FINAL WHERE eval_id = {eval_id: String} LIMIT 1
