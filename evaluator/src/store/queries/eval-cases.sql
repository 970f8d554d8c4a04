-- The cases of one evaluation.
SELECT body FROM eval_cases FINAL WHERE eval_id = {eval_id: String} ORDER BY fixture_id, trial
