-- What the judge has answered to this question: of each repeat the first answer that could be read.
SELECT repeat, verdict, reason, toString(input_tokens) AS input_tokens, toString(output_tokens) AS output_tokens, cost
FROM judge_answers
WHERE key = {key: String} AND verdict != ''
ORDER BY repeat, asked_at
LIMIT 1 BY repeat
